/**
 * Takes one message of the inbox to its decision: facts -> route -> everything that follows, stored at once.
 *
 * False if it has to wait: somebody else was quicker, and it is looked at again.
 */
import { randomUUID } from 'node:crypto';
import { messageOf, OutsideError } from '../../base/errors.ts';
import { mapSession } from '../../broker/session-mapper.ts';
import type { BotCommand } from '../../conversations/bot-command.ts';
import { delivered, type HeardMessage, type Outcome, outcomeOf, stopped } from '../../conversations/inbox-outcome.ts';
import { type Candidate, type Decision, route } from '../../conversations/route.ts';
import { isRefusal } from '../../refusal.ts';
import type { Received } from '../../store/conversations/inbox.ts';
import type { Node } from '../node.ts';
import { candidatesAt } from './candidates.ts';
import type { Lookups } from './lookups.ts';
import type { ConnectedApp } from './slack-node.ts';

export type HearNode = Pick<Node, 'store' | 'agents' | 'clock' | 'log'>;

export type ReceivedMessage = Extract<Received, { kind: 'message' }>;

/** What a person told the bot itself to do; answers with what follows. */
export type Obey = (heard: HeardMessage, command: BotCommand, agentIds: readonly string[]) => Promise<Outcome>;

export interface HearParts {
  lookups: Lookups;
  /** Without it, words that could be a command are told to the agent. */
  obey?: Obey | undefined;
}

/** The session of a thread, at whatever agent. */
export function sessionOfThread({ app: _, ...heard }: Pick<HeardMessage, 'app' | 'channel' | 'root' | 'body'>) {
  const { channel, root, body } = heard;
  return mapSession('slack-thread', { command: 'slack.message', payload: { team: body.team, channel, ts: root } });
}

async function heardOf(entry: ReceivedMessage, { reads }: ConnectedApp, { lookups }: HearParts): Promise<HeardMessage> {
  const { app, channel, root, ts, user, body, at } = entry;
  return { app, channel, root, ts, user, userName: await lookups.userName(app, user, reads), body, at };
}

async function decide(
  node: HearNode,
  heard: HeardMessage,
  decision: Decision,
  seq: number,
  rest: { candidates: readonly Candidate[]; obey?: Obey | undefined },
) {
  const { store } = node;
  const { app, channel, root } = heard;
  if (decision.kind === 'stop') {
    const isStored = await store.decisions.decide({ seq }, stopped(heard, decision, decision.reason), heard);
    if (isStored) await store.sessions.askStop(decision);
    return isStored;
  }
  const bound = await store.threads.get({ app, channel, root });
  const { candidates, obey } = rest;
  const outcome =
    decision.kind === 'command' && obey
      ? await obey(heard, decision.command, decision.agentIds)
      : outcomeOf(heard, decision as Exclude<Decision, { kind: 'command' | 'stop' }>, {
          bound,
          candidates,
          newId: randomUUID,
        });
  return store.decisions.decide({ seq }, outcome, heard);
}

const whoReadsUnknown =
  'Slack does not tell me who reads this channel, so I do not answer here. Whoever runs me sees how to fix it with `jvagent doctor`.';

/** Whether another company is in the channel; or why Slack does not tell the app, which a person must put right. */
async function sharedFact({ app, channel, body }: ReceivedMessage, { reads }: ConnectedApp, { lookups }: HearParts) {
  if (body.isDirect) return false;
  if (body.isShared !== undefined) lookups.tell(app, channel, body.isShared);
  if (body.isShared) return true;
  return lookups.isShared(app, channel, reads).catch((error: unknown) => {
    if (error instanceof OutsideError && !error.retryable) return { why: messageOf(error) };
    throw error;
  });
}

export async function hear(
  node: HearNode,
  entry: ReceivedMessage,
  app: ConnectedApp,
  parts: HearParts,
): Promise<boolean> {
  const { store } = node;
  const { seq, channel, root, ts, user, body } = entry;
  const heard = await heardOf(entry, app, parts);
  const [bound, facts] = await Promise.all([
    store.threads.get({ app: entry.app, channel, root }),
    store.decisions.facts(heard),
  ]);
  const at = { app: entry.app, channel, user, userTeam: body.userTeam, isDirect: body.isDirect };
  const all = await candidatesAt(node, at, bound?.agentId);
  const candidates = parts.obey ? all : all.map((one) => ({ ...one, knowsWriter: false }));
  const sessionId = sessionOfThread(heard);
  if (isRefusal(sessionId)) throw new Error(`no session: ${sessionId.why}`);
  const isShared = candidates.length > 0 && (await sharedFact(entry, app, parts));
  const said = { ...body, user, isReply: root !== ts };
  const botUser = app.self()?.botUser ?? '';
  const decision: Decision =
    typeof isShared === 'boolean'
      ? route(said, { ...facts, botUser, bound, sessionId, candidates, isShared })
      : { kind: body.mentions.includes(botUser) ? 'tell' : 'ignore', text: whoReadsUnknown, reason: isShared.why };
  return decide(node, heard, decision, seq, { candidates, obey: parts.obey });
}

/** Gives a message that waited for a choice to the agent that was chosen; false if it no longer waits. */
export async function giveTo(
  node: HearNode,
  entry: ReceivedMessage,
  candidate: Candidate,
  app: ConnectedApp,
  parts: HearParts,
): Promise<boolean> {
  const heard = await heardOf(entry, app, parts);
  const sessionId = sessionOfThread(heard);
  if (isRefusal(sessionId)) throw new Error(`no session: ${sessionId.why}`);
  const { agentId, stopped: why } = candidate;
  const outcome = delivered(
    heard,
    { agentId, sessionId },
    { reason: 'people chose the agent', stopped: why, newId: randomUUID },
  );
  return node.store.decisions.decide({ seq: entry.seq, from: 'choose' }, outcome, heard);
}
