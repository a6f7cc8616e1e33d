/** What happens to messages: posted, changed, deleted, reacted to; each becomes the events that Slack sends about it. */
import { randomUUID } from 'node:crypto';
import type { Block, Channel, Message, Metadata, SlackApp, SlackFile } from './model.ts';
import { appOfBot, newId, nextTs, type State, userOf } from './state.ts';
import { mentionsIn, richText } from './text.ts';

/** A message as its author gives it, whose text is stored text already. */
export interface Draft {
  user: string;
  text: string;
  /** The root of the thread. */
  thread?: string | undefined;
  /** Also shown in the channel itself. */
  broadcast?: boolean | undefined;
  subtype?: string;
  inviter?: string;
  blocks?: Block[] | undefined;
  attachments?: unknown[] | undefined;
  files?: SlackFile[];
  metadata?: Metadata | undefined;
  streaming?: boolean;
}

const messageEvents = { channel: 'message.channels', group: 'message.groups', im: 'message.im' } as const;

export const messageAt = (channel: Channel, ts: string): Message | undefined =>
  channel.messages.find((message) => message.ts === ts);

export const repliesTo = (channel: Channel, root: string): Message[] =>
  channel.messages.filter(({ thread_ts, ts }) => thread_ts === root && ts !== root);

/** The message as the API and events show it: without metadata, a root with what is known of its thread. */
export function shown(channel: Channel, message: Message, withMetadata = false): Record<string, unknown> {
  const { metadata, ...rest } = message;
  const answer: Record<string, unknown> = { ...structuredClone(rest) };
  if (withMetadata && metadata) answer.metadata = structuredClone(metadata);
  const replies = message.thread_ts && message.thread_ts !== message.ts ? [] : repliesTo(channel, message.ts);
  if (replies.length === 0) return answer;
  const people = [...new Set(replies.map(({ user }) => user))];
  return {
    ...answer,
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: people.length,
    latest_reply: replies.at(-1)?.ts,
    reply_users: people.slice(0, 5),
    is_locked: false,
    subscribed: false,
  };
}

function profileOf(app: SlackApp, updated: number): Record<string, unknown> {
  return {
    id: app.botId,
    deleted: false,
    name: app.title,
    updated,
    app_id: app.id,
    icons: { image_36: '', image_48: '', image_72: '' },
    team_id: app.team,
  };
}

function byApp(app: SlackApp, now: number): Partial<Message> {
  return { bot_id: app.botId, app_id: app.id, bot_profile: profileOf(app, Math.trunc(now / 1000)) };
}

/** Blocks always have an id, given or not. */
const identified = (blocks: Block[]): Block[] =>
  blocks.map((block) => ({ ...block, block_id: block.block_id ?? newId('').slice(1, 6) }));

function subtypeOf({ subtype, files, broadcast, thread }: Draft): string | undefined {
  if (subtype) return subtype;
  if (broadcast && thread) return 'thread_broadcast';
  return files && files.length > 0 ? 'file_share' : undefined;
}

function made(state: State, channel: Channel, draft: Draft): Message {
  const { user, text, thread, attachments, files, metadata, inviter, streaming } = draft;
  const app = appOfBot(state, user);
  const subtype = subtypeOf(draft);
  const root = thread === undefined ? undefined : messageAt(channel, thread);
  const isWords = text !== '' && !draft.subtype;
  const blocks = draft.blocks ?? (isWords ? [richText(text, newId('').slice(1, 6))] : undefined);
  return {
    type: 'message',
    ...(subtype && { subtype }),
    user,
    text,
    ts: nextTs(state, channel),
    team: userOf(state, user).team,
    ...(app ? byApp(app, state.clock.now()) : isWords && { client_msg_id: randomUUID() }),
    ...(blocks && blocks.length > 0 && { blocks: identified(blocks) }),
    ...(attachments && attachments.length > 0 && { attachments }),
    ...(files && { files, upload: false }),
    ...(thread && { thread_ts: thread, ...(root && { parent_user_id: root.user }) }),
    ...(inviter && { inviter }),
    ...(metadata && { metadata }),
    ...(streaming && { streaming_state: 'in_progress' }),
  };
}

/** The fields that every event about a message has. */
const around = (channel: Channel, ts: string) => ({ channel: channel.id, event_ts: ts, channel_type: channel.kind });

/** Posts a message; apps in the channel hear of it, and an app that is mentioned hears of it twice. */
export function post(state: State, channel: Channel, draft: Draft): Message {
  const message = made(state, channel, draft);
  channel.messages.push(message);
  const event = { ...shown(channel, message), ...around(channel, message.ts) };
  const root = message.subtype === 'thread_broadcast' ? messageAt(channel, message.thread_ts ?? '') : undefined;
  state.tell(channel, root ? { ...event, root: shown(channel, root) } : event, messageEvents[channel.kind]);
  if (channel.kind === 'im' || (message.subtype && message.subtype !== 'file_share')) return message;
  for (const id of new Set(mentionsIn(message.text))) {
    const app = appOfBot(state, id);
    const { channel_type: _, ...mention } = event;
    if (app) state.tell(channel, { ...mention, type: 'app_mention', mentioned: id }, 'app_mention');
  }
  return message;
}

/** `extra` is how the event differs from a plain message. */
function tellHidden(state: State, channel: Channel, subtype: string, extra: Record<string, unknown>): void {
  const ts = nextTs(state, channel);
  const event = { type: 'message', subtype, hidden: true, ...extra, ts, ...around(channel, ts) };
  state.tell(channel, event, messageEvents[channel.kind]);
}

/** Changes a message in place; `by` is named as its editor unless the change is none of words. */
export function change(state: State, channel: Channel, message: Message, to: Partial<Message>, by?: string): void {
  const previous_message = shown(channel, message);
  const ts = nextTs(state, channel);
  const blocks = to.blocks ? { blocks: identified(to.blocks) } : {};
  Object.assign(message, to, blocks, by === undefined ? {} : { edited: { user: by, ts } });
  tellHidden(state, channel, 'message_changed', { message: shown(channel, message), previous_message });
}

/** A person changes the words of a message. */
export function editWords(state: State, channel: Channel, message: Message, text: string): void {
  change(state, channel, message, { text, blocks: [richText(text, newId('').slice(1, 6))] }, message.user);
}

/** Deletes a message; a root with replies leaves a stone in its place, as on Slack. */
export function remove(state: State, channel: Channel, message: Message): void {
  const previous_message = shown(channel, message);
  if (repliesTo(channel, message.ts).length > 0 && message.subtype !== 'tombstone') {
    const { ts, type } = message;
    const stone: Message = { type, ts, subtype: 'tombstone', text: 'This message was deleted.', user: 'USLACKBOT' };
    channel.messages.splice(channel.messages.indexOf(message), 1, { ...stone, hidden: true });
    const left = messageAt(channel, ts);
    if (left) tellHidden(state, channel, 'message_changed', { message: { ...shown(channel, left) }, previous_message });
    return;
  }
  channel.messages.splice(channel.messages.indexOf(message), 1);
  tellHidden(state, channel, 'message_deleted', { deleted_ts: message.ts, previous_message });
}

function tellReaction(state: State, channel: Channel, message: Message, what: string, user: string, name: string) {
  const item = { type: 'message', channel: channel.id, ts: message.ts };
  const event_ts = nextTs(state, channel);
  state.tell(channel, { type: what, user, reaction: name, item, item_user: message.user, event_ts }, what);
}

/** False if that person had reacted with it already. */
export function react(state: State, channel: Channel, message: Message, user: string, name: string): boolean {
  const all = message.reactions ?? [];
  const same = all.find((reaction) => reaction.name === name) ?? { name, users: [], count: 0 };
  if (same.users.includes(user)) return false;
  same.users.push(user);
  same.count = same.users.length;
  message.reactions = all.includes(same) ? all : [...all, same];
  tellReaction(state, channel, message, 'reaction_added', user, name);
  return true;
}

/** False if that person had not reacted with it. */
export function unreact(state: State, channel: Channel, message: Message, user: string, name: string): boolean {
  const same = message.reactions?.find((reaction) => reaction.name === name);
  if (!same?.users.includes(user)) return false;
  same.users = same.users.filter((each) => each !== user);
  same.count = same.users.length;
  const left = (message.reactions ?? []).filter(({ count }) => count > 0);
  if (left.length > 0) message.reactions = left;
  else delete message.reactions;
  tellReaction(state, channel, message, 'reaction_removed', user, name);
  return true;
}

/** A person or a bot comes into a channel. */
export function join(state: State, channel: Channel, user: string, inviter?: string): Message {
  channel.members.add(user);
  const text = `<@${user}> has joined the channel`;
  return post(state, channel, { user, text, subtype: 'channel_join', ...(inviter && { inviter }) });
}
