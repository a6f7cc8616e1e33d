/**
 * What Slack tells us, as one form: a message that somebody wrote, a press of a button, a wish to stop; or nothing for us.
 *
 * Events of the socket, of hooks and of a look at what was missed all come through here. Two keys let each in once: Slack sends an
 * event again, and sends one message with a mention as two events.
 */
import type { z } from 'zod';
import { known } from '../base/known.ts';
import { limits } from '../limits.ts';
import {
  changedShape,
  formShape,
  messageShape,
  type Outer,
  outerShape,
  pressShape,
  reactionShape,
  stoppedShape,
  type WrittenMessage,
} from './slack-shapes.ts';

/** Who the app is, so that it does not hear itself. */
export interface SlackSelf {
  readonly app: string;
  readonly team: string;
  readonly botUser: string;
  readonly botId?: string | undefined;
}

export interface SlackFile {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly mime: string;
}

export interface MessageBody {
  readonly team: string;
  /** As Slack writes it, with `<@U1>` for a mention. */
  readonly text: string;
  readonly files: readonly SlackFile[];
  /** The users that it mentions. */
  readonly mentions: readonly string[];
  readonly isDirect: boolean;
  /** Whether another company is in the channel, where Slack said so or not. */
  readonly isShared?: boolean;
  /** The workspace of who wrote it, where it is another one. */
  readonly userTeam?: string;
  readonly eventId: string;
}

export interface PressBody {
  /** Our name of what the button is for. */
  readonly action: string;
  readonly value: string;
  /** What was filled into a form, by the name of the field; empty for a button. */
  readonly values: Readonly<Record<string, string>>;
  readonly messageTs?: string;
  readonly responseUrl?: string;
  readonly triggerId?: string;
  readonly userTeam?: string;
}

export interface StopBody {
  readonly by: 'reaction' | 'session';
}

interface Heard {
  readonly eventKey: string;
  readonly messageKey?: string;
  readonly channel: string;
  /** The time of the thread's first message, where it is known. */
  readonly root?: string;
  readonly ts?: string;
  readonly user: string;
}

export type InboxEntry =
  | (Heard & { readonly kind: 'message'; readonly ts: string; readonly root: string; readonly body: MessageBody })
  | (Heard & { readonly kind: 'click'; readonly body: PressBody })
  | (Heard & { readonly kind: 'stop'; readonly body: StopBody });

export type Normalised =
  | { readonly take: InboxEntry }
  /** A message was changed, or without `text` deleted; it matters only while nobody has read it. */
  | { readonly changed: { readonly channel: string; readonly ts: string; readonly text?: string } }
  /** Somebody took the app's tokens back: it has to be seen whether it still works. */
  | { readonly revoked: true }
  | { readonly drop: string; readonly by?: OtherProgram };

/** What another program wrote in a thread, or would have begun one with. */
export interface OtherProgram {
  readonly channel: string;
  readonly root: string;
  readonly text: string;
}

/** Messages of people; all other subtypes are news about the channel, or by programs. */
const people: ReadonlySet<string | undefined> = new Set([undefined, 'file_share', 'thread_broadcast', 'me_message']);
const stopping: ReadonlySet<string> = new Set(['x', 'octagonal_sign']);

const drop = (why: string): Normalised => ({ drop: why });

/** The users that a text mentions. */
export function mentionsIn(text: string): string[] {
  return [...new Set([...text.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>/g)].map(([, user = '']) => user))];
}

/** A forwarded message is part of what somebody says. */
function textOf({ text, attachments }: WrittenMessage): string {
  const forwarded = attachments
    .filter(({ is_share, is_msg_unfurl }) => is_share || is_msg_unfurl)
    .map(({ author_name: author = 'somebody', text: words }) => `[forwarded, by ${author}]\n${words}`);
  return [text, ...forwarded].filter(Boolean).join('\n\n').slice(0, limits.slackTextCharsMax);
}

/** Two programs could go on with each other for ever. */
function isByProgram({ bot_id, bot_profile, app_id, user }: WrittenMessage): boolean {
  const isBot = bot_id !== undefined || bot_profile !== undefined || app_id !== undefined;
  return isBot || user === undefined || user === 'USLACKBOT';
}

/** A mention comes a second time as an event of its own, of which nothing more is told. */
function ofProgram({ type, channel, ts, thread_ts: root = ts, text }: WrittenMessage): Normalised {
  const why = 'written by another program';
  return type === 'message' ? { drop: why, by: { channel, root, text } } : drop(why);
}

/** A message as Slack writes it in an event or in a list, as an entry for the inbox. */
function messageOf(
  self: SlackSelf,
  message: WrittenMessage,
  isShared: boolean | undefined,
  eventId: string,
): Normalised {
  if (message.hidden) return drop('hidden');
  if (!people.has(message.subtype)) return drop(`not written by a person: ${message.subtype}`);
  if (message.user === self.botUser) return drop('our own');
  if (isByProgram(message)) return ofProgram(message);
  const { channel, user = '', thread_ts, user_team: userTeam } = message;
  const text = textOf(message);
  const body = {
    team: self.team,
    text,
    files: message.files.slice(0, limits.slackFilesMax).map(({ mimetype, ...file }) => ({ ...file, mime: mimetype })),
    mentions: mentionsIn(text),
    isDirect: message.channel_type === 'im' || (message.channel_type === undefined && channel.startsWith('D')),
    ...known({ isShared, userTeam: userTeam === self.team ? undefined : userTeam }),
    eventId,
  };
  const keys = { eventKey: eventId, messageKey: `${channel}:${message.ts}` };
  return { take: { kind: 'message', ...keys, channel, root: thread_ts ?? message.ts, ts: message.ts, user, body } };
}

function changeOf(event: unknown): Normalised {
  const read = changedShape.safeParse(event);
  if (!read.success) return drop('unreadable');
  const { subtype, channel, message, previous_message: before } = read.data;
  if (subtype === 'message_deleted') return before ? { changed: { channel, ts: before.ts } } : drop('unreadable');
  // Slack tells also of a preview that was added below.
  if (!message || message.text === before?.text) return drop('its words did not change');
  return { changed: { channel, ts: message.ts, text: message.text.slice(0, limits.slackTextCharsMax) } };
}

function stopOf(event: unknown, eventKey: string): Normalised {
  const reaction = reactionShape.safeParse(event);
  if (reaction.success) {
    const { user, item } = reaction.data;
    if (!stopping.has(reaction.data.reaction)) return drop('a reaction that asks for nothing');
    return { take: { kind: 'stop', eventKey, channel: item.channel, ts: item.ts, user, body: { by: 'reaction' } } };
  }
  const stopped = stoppedShape.safeParse(event);
  if (!stopped.success) return drop('unreadable');
  const { channel, thread_ts: root, user } = stopped.data;
  return { take: { kind: 'stop', eventKey, channel, root, user, body: { by: 'session' } } };
}

function eventOf(self: SlackSelf, { event, event_id, is_ext_shared_channel: isShared }: Outer): Normalised {
  switch (event.type) {
    case 'message':
    case 'app_mention': {
      if (event.subtype === 'message_changed' || event.subtype === 'message_deleted') return changeOf(event);
      const read = messageShape.safeParse(event);
      return read.success ? messageOf(self, read.data, isShared, event_id) : drop('unreadable');
    }
    case 'reaction_added':
    case 'agent_session_stopped':
      return event.user === self.botUser ? drop('our own') : stopOf(event, event_id);
    case 'tokens_revoked':
    case 'app_uninstalled':
      return { revoked: true };
    default:
      return drop(`no use for ${event.type}`);
  }
}

function pressOf(self: SlackSelf, press: z.infer<typeof pressShape>): Normalised {
  const { team, user, container, message, trigger_id: triggerId, response_url: responseUrl, actions } = press;
  if (team.id !== self.team) return drop('of another workspace');
  const [{ action_id: action = '', value = '', action_ts = '' } = {}] = actions;
  const messageTs = message?.ts ?? container?.message_ts;
  const channel = press.channel?.id ?? container?.channel_id ?? '';
  const root = message?.thread_ts ?? container?.thread_ts ?? messageTs;
  const userTeam = user.team_id === self.team ? undefined : user.team_id;
  const body: PressBody = { action, value, values: {}, ...known({ messageTs, responseUrl, triggerId, userTeam }) };
  const eventKey = `click:${triggerId ?? `${messageTs}:${action}:${user.id}:${action_ts}`}`;
  return { take: { kind: 'click', eventKey, channel, ...known({ root, ts: messageTs }), user: user.id, body } };
}

function formOf(self: SlackSelf, { team, user, view, trigger_id: triggerId }: z.infer<typeof formShape>): Normalised {
  if (team.id !== self.team) return drop('of another workspace');
  const fields = Object.values(view.state.values).flatMap((inner) => Object.entries(inner));
  const values = Object.fromEntries(
    fields.map(([name, { value }]) => [name, (value ?? '').slice(0, limits.slackTextCharsMax)]),
  );
  const userTeam = user.team_id === self.team ? undefined : user.team_id;
  const more = known({ triggerId, userTeam });
  const body: PressBody = { action: view.callback_id, value: view.private_metadata, values, ...more };
  return { take: { kind: 'click', eventKey: `form:${view.id}:${view.hash ?? ''}`, channel: '', user: user.id, body } };
}

/** Our buttons and forms are named so, with a number where a message has several of one action. */
const ownAction = /^jv:([a-z-]+)(?::\d+)?$/;

function own(read: Normalised): Normalised {
  if (!('take' in read) || read.take.kind !== 'click') return read;
  const { body } = read.take;
  const [, action] = ownAction.exec(body.action) ?? [];
  if (action === undefined) return drop('a button that is not ours');
  return { take: { ...read.take, body: { ...body, action } } };
}

/** What the body of an event or of an interaction means for us. */
export function normalise(self: SlackSelf, body: unknown): Normalised {
  const outer = outerShape.safeParse(body);
  if (outer.success) {
    const { team_id: team, context_team_id: context } = outer.data;
    return team === self.team || context === self.team ? eventOf(self, outer.data) : drop('of another workspace');
  }
  const press = pressShape.safeParse(body);
  if (press.success) return own(pressOf(self, press.data));
  const form = formShape.safeParse(body);
  return form.success ? own(formOf(self, form.data)) : drop('unreadable');
}

/** A message of a channel's or thread's list, which names no channel. */
export function normaliseListed(self: SlackSelf, channel: string, message: unknown): Normalised {
  const read = messageShape.safeParse({ type: 'message', ...Object(message), channel });
  return read.success ? messageOf(self, read.data, undefined, `listed:${channel}:${read.data.ts}`) : drop('unreadable');
}
