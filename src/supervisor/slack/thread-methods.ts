/** What a turn may ask about threads: to read its session's own, and to take up a message that nobody was addressed in. */
import { randomUUID } from 'node:crypto';
import { OutsideError } from '../../base/errors.ts';
import { delivered } from '../../conversations/inbox-outcome.ts';
import type { SlackSelf } from '../../conversations/slack-event.ts';
import type { ThreadMessage, ThreadPage } from '../../conversations/thread.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { outsideRefusal } from '../../work-items/outside-refusal.ts';
import type { Node } from '../node.ts';
import type { RunningTurn } from '../running-turn.ts';
import { type ReceivedMessage, sessionOfThread } from './hear.ts';
import type { Lookups } from './lookups.ts';
import type { ConnectedApp } from './slack-node.ts';

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A message as Slack lists it; other bots' and the root by whomever are part of a thread. */
function threadMessage(
  self: SlackSelf,
  listed: Readonly<Record<string, unknown>>,
  name: string | undefined,
): ThreadMessage {
  const { ts, text, user, bot_id, files } = listed;
  const isOurs = user === self.botUser || (bot_id !== undefined && bot_id === self.botId);
  const named = Array.isArray(files)
    ? files.map((file: { name?: unknown }) => ({ name: textIn(file?.name) || 'file' }))
    : [];
  return {
    ...{ ts: textIn(ts), text: textIn(text), user: textIn(user) || textIn(bot_id) || 'unknown' },
    ...(name === undefined ? {} : { name }),
    ...{ isOurs, isBot: isOurs || bot_id !== undefined, files: named },
  };
}

export interface ThreadPart {
  of: (app: string) => ConnectedApp | undefined;
  lookups: Lookups;
}

export async function readThread(
  { store }: Pick<Node, 'store'>,
  { of, lookups }: ThreadPart,
  turn: RunningTurn,
  { cursor, oldest, limit }: { cursor?: string; oldest?: string; limit: number },
): Promise<ThreadPage | Refusal> {
  const { agentId, sessionId } = turn;
  const thread = await store.threads.ofSession(turn);
  if (!thread)
    return refuse('ADDRESS_DENIED', `${sessionId} of ${agentId} has no thread in Slack`, 'Go on without it.');
  const app = of(thread.app);
  const self = app?.self();
  if (!app || !self)
    return refuse('OUTSIDE_UNREACHABLE', `the Slack app ${thread.app} is not connected`, 'Go on without it.');
  const { channel, root } = thread;
  try {
    const { messages, next } = await app.reads.page({ channel, root, cursor, oldest, limit });
    const read = messages.map(async (listed) => {
      const user = textIn(listed.user);
      return threadMessage(self, listed, user === '' ? undefined : await lookups.userName(thread.app, user, app.reads));
    });
    return { messages: await Promise.all(read), ...(next === undefined ? {} : { next }) };
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    return outsideRefusal(error, agentId);
  }
}

/** The first agent that takes a message up has it, and its thread. */
export async function claim(
  { store }: Pick<Node, 'store'>,
  { of, lookups }: ThreadPart,
  { agentId, batch }: RunningTurn,
  messageId: string,
): Promise<{ claimed: boolean; by?: string } | Refusal> {
  const message = batch.find(({ id, command }) => id === messageId && command === 'slack.ambient');
  const { app = '', channel = '', ts = '' } = (message?.payload ?? {}) as Record<string, string | undefined>;
  const entry = (await store.inbox.message(app, channel, ts)) as (ReceivedMessage & { decision?: string }) | undefined;
  if (!entry) return refuse('SESSION_TENANT', `${messageId} was not put to ${agentId} to sort`);
  const { root, user, body, at, seq } = entry;
  const place = { app, channel, root };
  const whose = async () => (await store.threads.get(place))?.agentId;
  const owner = await whose();
  if (owner !== undefined) return { claimed: owner === agentId, by: owner };
  const connected = of(app);
  const userName = connected && (await lookups.userName(app, user, connected.reads));
  const heard = { ...place, ts, user, userName, body, at };
  const sessionId = sessionOfThread(heard);
  if (isRefusal(sessionId)) return sessionId;
  const outcome = delivered(heard, { agentId, sessionId }, { reason: `${agentId} took it up`, newId: randomUUID });
  const isTaken = await store.decisions.decide({ seq, from: 'ambient' }, outcome, heard);
  return isTaken ? { claimed: true, by: agentId } : { claimed: (await whose()) === agentId };
}
