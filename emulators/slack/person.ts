/** A person who uses the emulated Slack: writes, reacts, presses buttons, sends modals, and sees what they may see. */
import { closed, pressed, submitted } from './events/interactions.ts';
import { newFile, share } from './files.ts';
import { editWords, join, messageAt, post, react, remove, unreact } from './messages.ts';
import type { Channel, Ephemeral, Message, OpenView, SlackUser } from './model.ts';
import type { Slack } from './slack.ts';
import { appNamed, channelOf, directChannel, nextTs, userOf } from './state.ts';
import { storedText } from './text.ts';

export interface SayOptions {
  /** The root of the thread to answer in. */
  thread?: string;
  /** Also shown in the channel. */
  broadcast?: boolean;
  /** Files that are shared with it. */
  files?: readonly { name: string; content: string | Uint8Array }[];
}

/** A message as a person sees it. */
export type Seen = Pick<
  Message,
  'ts' | 'user' | 'text' | 'blocks' | 'thread_ts' | 'files' | 'reactions' | 'subtype'
> & {
  /** Only this person sees it. */
  isEphemeral?: true;
};

/** Channels are named by id or name; a person's direct messages with an agent by `@` and the agent's name. */
export interface SlackPerson {
  user: SlackUser;
  /** Gives the message's ts. `@agent` and `#channel` become what they name. */
  say(channel: string, text: string, options?: SayOptions): string;
  edit(channel: string, ts: string, text: string): void;
  delete(channel: string, ts: string): void;
  react(channel: string, ts: string, name: string): boolean;
  unreact(channel: string, ts: string, name: string): boolean;
  join(channel: string): void;
  /** Presses the button with this `action_id` in a message, or chooses an option of it. Throws if the app does not take it. */
  click(ts: string, action: string, options?: { channel?: string; chosen?: string }): Promise<void>;
  /** The modals that are open, newest first. */
  views(): OpenView[];
  /** Sends a modal with the values of its fields, by `action_id` or `block_id`. */
  submit(view: OpenView | string, values: Readonly<Record<string, string>>): Promise<void>;
  close(view: OpenView | string): Promise<void>;
  /** Presses Slack's own stop button of a thread. */
  stop(channel: string, thread: string): void;
  /** The messages of a channel, or of one of its threads with its root, oldest first. */
  messages(channel: string, options?: { thread?: string }): Seen[];
}

const isIn = ({ ts, thread_ts, subtype }: Message | (Ephemeral & { subtype?: string }), thread: string | undefined) =>
  thread === undefined
    ? thread_ts === undefined || thread_ts === ts || subtype === 'thread_broadcast'
    : ts === thread || thread_ts === thread;

/** What this person sees of a channel or thread. */
function seen(slack: Slack, channel: Channel, user: string, thread: string | undefined): Seen[] {
  const said = channel.messages.filter((message) => isIn(message, thread)).map((message) => structuredClone(message));
  const secret = slack.state.ephemerals.filter((each) => each.channel === channel.id && each.user === user);
  const own = secret
    .filter((each) => isIn(each, thread))
    .map(({ from, ...each }): Seen => ({ ...structuredClone(each), user: from, isEphemeral: true }));
  return [...said, ...own].sort((a, b) => a.ts.localeCompare(b.ts));
}

/** Where a person acts: only channels that they are in. */
function placesOf({ state }: Slack, user: SlackUser) {
  function place(named: string): Channel {
    if (named.startsWith('@')) {
      const bot = state.users.find(({ name, team }) => `@${name}` === named && team === user.team);
      const app = state.apps.find(({ botUser }) => botUser === bot?.id);
      return directChannel(state, user.id, appNamed(state, app?.name ?? named));
    }
    const channel = channelOf(state, named, user.team);
    if (!channel.members.has(user.id)) throw new Error(`${user.name} is not in ${channel.name || channel.id}`);
    return channel;
  }
  function at(named: string, ts: string): [Channel, Message] {
    const channel = place(named);
    const message = messageAt(channel, ts);
    if (!message) throw new Error(`there is no message ${ts} in ${channel.name || channel.id}`);
    return [channel, message];
  }
  /** The channel of a message that this person sees. */
  function holding(ts: string): Channel {
    const secret = state.ephemerals.find((each) => each.ts === ts && each.user === user.id);
    const holds = (channel: Channel) => channel.id === secret?.channel || messageAt(channel, ts);
    const found = state.channels.find((channel) => channel.members.has(user.id) && holds(channel));
    if (!found) throw new Error(`${user.name} sees no message ${ts}`);
    return found;
  }
  return { place, at, holding };
}

/** What Slack tells the agent whose stop button a person presses in a thread. */
function stop(slack: Slack, user: SlackUser, channel: Channel, thread: string): void {
  const sessions = [...slack.state.sessions.values()];
  const session = sessions.find((each) => each.channel === channel.id && each.thread === thread);
  if (!session) throw new Error(`no agent shows a status in the thread ${thread}`);
  const streams = channel.messages.filter(
    (each) => each.thread_ts === thread && each.streaming_state === 'in_progress',
  );
  const what = { type: 'agent_session_stopped', channel: channel.id, user: user.id, thread_ts: thread };
  const streaming_message_ts = streams.map(({ ts }) => ts);
  slack.send({ ...what, streaming_message_ts, event_ts: nextTs(slack.state, channel) }, session.app);
}

/** Acts as the user with this id, or with this handle in the first workspace. */
export function createSlackPerson({ slack }: { slack: Slack }, { user: wanted }: { user: string }): SlackPerson {
  const { state, interact } = slack;
  const user = userOf(state, state.users.find(({ name }) => name === wanted)?.id ?? wanted);
  const { place, at, holding } = placesOf(slack, user);
  const userNamed = (name: string) => state.users.find((each) => each.name === name && each.team === user.team)?.id;
  const channelNamed = (name: string) =>
    state.channels.find((each) => each.name === name && each.team === user.team)?.id;
  const stored = (typed: string) => storedText(typed, userNamed, channelNamed);

  const viewOf = (view: OpenView | string): OpenView => {
    const open = state.views.get(typeof view === 'string' ? view : view.id);
    if (!open || open.user !== user.id) throw new Error('this modal is not open');
    return open;
  };

  return {
    user,
    say(named, text, { thread, broadcast, files = [] } = {}) {
      const said = { user: user.id, text: stored(text), thread, broadcast };
      if (files.length === 0) return post(state, place(named), said).ts;
      const all = files.map(({ name, content }) => {
        const bytes = Buffer.from(content);
        return Object.assign(newFile(state, user.id, name, bytes.length), { bytes, isComplete: true });
      });
      return share(state, place(named), all, said).ts;
    },
    edit: (named, ts, text) => editWords(state, ...at(named, ts), stored(text)),
    delete: (named, ts) => remove(state, ...at(named, ts)),
    react: (named, ts, name) => react(state, ...at(named, ts), user.id, name),
    unreact: (named, ts, name) => unreact(state, ...at(named, ts), user.id, name),
    join: (named) => void join(state, channelOf(state, named, user.team), user.id),
    async click(ts, action, { channel: named, chosen } = {}) {
      const channel = named === undefined ? holding(ts) : place(named);
      await pressed(state, interact, user.id, channel, { ts, action, chosen });
    },
    views: () => [...state.views.values()].filter((view) => view.user === user.id).toReversed(),
    submit: async (view, values) => submitted(state, interact, viewOf(view), values),
    close: async (view) => closed(state, interact, viewOf(view)),
    stop: (named, thread) => stop(slack, user, place(named), thread),
    messages: (named, { thread } = {}) => seen(slack, place(named), user.id, thread),
  };
}
