/** What a decision about a Slack message leads to, all of which is stored at once: a binding, a message to a session, lines, marks. */

import type { AgentId } from '../agents/agent-id.ts';
import { known } from '../base/known.ts';
import { formatAddress } from '../broker/address.ts';
import type { Message } from '../broker/message.ts';
import { mainSession, type SessionId } from '../broker/session-id.ts';
import { startOf } from '../documents/cut.ts';
import { limits } from '../limits.ts';
import type { Refusal } from '../refusal.ts';
import type { OutboxWish, Place } from './outgoing.ts';
import type { Binding, Candidate, Decision } from './route.ts';
import type { MessageBody } from './slack-event.ts';

/** A message of the inbox with what is known about its place. */
export interface HeardMessage {
  readonly app: string;
  readonly channel: string;
  readonly root: string;
  readonly ts: string;
  readonly user: string;
  readonly userName?: string | undefined;
  readonly body: MessageBody;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Outcome {
  /** One word, as it stands in the inbox. */
  readonly decision: string;
  readonly reason: string;
  /** Whose the thread becomes, unless it is somebody's already: then nothing of the outcome is stored. */
  readonly bind?: Binding;
  readonly messages: readonly { readonly message: Message; readonly agentId: AgentId; readonly sessionId: SessionId }[];
  readonly wishes: readonly OutboxWish[];
  /** The button that was pressed: it and those beside it are good for nothing more. */
  readonly uses?: { readonly buttonId: string; readonly by: string };
  /** The session that is to leave what it was given. */
  readonly finishes?: { readonly agentId: string; readonly sessionId: string };
  readonly logs: readonly { readonly agentId: string; readonly sessionId: string; readonly text: string }[];
}

const dayMs = 86_400_000;

const placeOf = ({ app, channel, root }: HeardMessage): Place & { root: string } => ({ app, channel, root });

/** A line or mark of the platform's own. */
function own(heard: HeardMessage, key: string, what: OutboxWish['what'], agentId = ''): OutboxWish {
  return { key, agentId, sessionId: '', place: placeOf(heard), by: 'platform', what };
}

/** The message as a session of the agent gets it; `slack.ambient` is sorted before anybody answers it. */
function messageTo(
  heard: HeardMessage,
  to: { agentId: string; sessionId: string; workItemId?: number | undefined },
  command: 'slack.message' | 'slack.ambient',
  id: string,
): Outcome['messages'][number] {
  const { app, channel, root, ts, user, userName, body, at } = heard;
  const { team, text, files, eventId, isDirect } = body;
  const agentId = to.agentId as AgentId;
  const sessionId = to.sessionId as SessionId;
  const payload = known({
    ...{ app, team, channel, ts, user, userName, text, files, eventId, isDirect },
    threadTs: root === ts ? undefined : root,
    isAddressed: command === 'slack.message',
    workItemId: to.workItemId,
  });
  const message: Message = {
    ...{ id, command, payload, at },
    to: formatAddress({ kind: 'agent', agentId, sessionId }),
    from: formatAddress({ kind: 'slack', team: app, channel }),
    dedupeKey: `slack:${channel}:${ts}`,
  };
  return { message, agentId, sessionId };
}

/** The mark that somebody was heard. */
const eyes = (heard: HeardMessage, agentId: string): OutboxWish =>
  own(heard, `eyes:${heard.app}:${heard.channel}:${heard.ts}`, { kind: 'react', name: 'eyes', ts: heard.ts }, agentId);

/** Why there is no answer yet, for people who need not know the machine: other reasons can name files and other customers. */
function stoppedLine({ refused, why }: Refusal, agentId: string): string {
  if (refused === 'PAUSED') return `I read this when I go on: ${why}.`;
  if (refused === 'BUDGET_DAY') return `I read this tomorrow: ${agentId} has used up its money of today.`;
  return `I cannot answer now (${refused}). Whoever runs ${agentId} sees the reason with \`jvagent status\`.`;
}

/** The key of a line that is said once in a thread and a day, however often it would be due. */
const onceADay = ({ app, channel, root, at }: HeardMessage, what: string) =>
  `told:${app}:${channel}:${root}:${Math.floor(at / dayMs)}:${what}`;

function stoppedWish(heard: HeardMessage, agentId: string, stopped: Refusal): OutboxWish {
  const key = onceADay(heard, `${agentId} ${stopped.refused}`);
  return own(heard, key, { kind: 'post', text: stoppedLine(stopped, agentId) }, agentId);
}

/** The name of the mark on buttons with which people choose an agent. */
export const chooseAction = 'choose';

function question(heard: HeardMessage, agentIds: readonly string[]): OutboxWish {
  const { channel, root, at } = heard;
  const expiresAt = at + limits.buttonHours * 3_600_000;
  const shown = agentIds.slice(0, limits.askOptionsMax);
  const buttons = shown.map((agentId) => ({
    label: startOf(agentId, 75),
    action: chooseAction,
    body: { agentId },
    expiresAt,
  }));
  const what = { kind: 'post', text: 'Which agent do you mean?' } as const;
  return { ...own(heard, `choose:${heard.app}:${channel}:${root}`, what), buttons };
}

/** What was said, as a line of a log. */
const lineOf = ({ user, userName, channel, body }: HeardMessage, reason: string) =>
  `${userName ?? user} in ${channel}: ${JSON.stringify(startOf(body.text, limits.ignoredTextCharsMax))}: ${reason}`;

export interface OutcomeFacts {
  readonly bound?: Binding | undefined;
  readonly candidates: readonly Candidate[];
  readonly newId: () => string;
}

/** Whose log says that a message was left alone: of the thread's session, or of everybody who listens there. */
function ignored(heard: HeardMessage, reason: string, { bound, candidates }: OutcomeFacts): Outcome['logs'] {
  const text = lineOf(heard, reason);
  if (bound) return [{ agentId: bound.agentId, sessionId: bound.sessionId, text }];
  return candidates.map(({ agentId }) => ({ agentId, sessionId: mainSession, text }));
}

/** Gives the message to one session, and shows people that it was heard. */
export function delivered(
  heard: HeardMessage,
  to: Binding,
  { reason, stopped, newId }: { reason: string; stopped?: Refusal | undefined; newId: () => string },
): Outcome {
  const { agentId } = to;
  const line = stopped ? [stoppedWish(heard, agentId, stopped)] : [];
  return {
    ...{ decision: 'delivered', reason, bind: to, logs: [] },
    messages: [messageTo(heard, to, 'slack.message', newId())],
    wishes: [eyes(heard, agentId), ...line],
  };
}

/** The session leaves what it was given; the turn that has it is ended after that. */
export function stopped(
  { app, channel, root, ts }: Pick<HeardMessage, 'app' | 'channel' | 'root' | 'ts'>,
  { agentId, sessionId }: { agentId: string; sessionId: string },
  reason: string,
): Outcome {
  const place = { app, channel, root };
  const what = { kind: 'post', text: 'Stopped.' } as const;
  const line: OutboxWish = { key: `stopped:${app}:${channel}:${ts}`, agentId, sessionId, place, by: 'platform', what };
  return { decision: 'stopped', reason, messages: [], wishes: [line], logs: [], finishes: { agentId, sessionId } };
}

/** What is stored for a decision. Commands and stops are carried out first, and say themselves what follows. */
export function outcomeOf(
  heard: HeardMessage,
  decision: Exclude<Decision, { kind: 'command' | 'stop' }>,
  facts: OutcomeFacts,
): Outcome {
  const { reason } = decision;
  const nothing = { reason, messages: [], wishes: [], logs: [] };
  switch (decision.kind) {
    case 'deliver': {
      const { agentId, sessionId, stopped } = decision;
      const workItemId = facts.bound?.workItemId;
      return delivered(heard, known({ agentId, sessionId, workItemId }), { reason, stopped, newId: facts.newId });
    }
    case 'ambient': {
      const messages = decision.agentIds.map((agentId) =>
        messageTo(heard, { agentId, sessionId: mainSession }, 'slack.ambient', facts.newId()),
      );
      return { ...nothing, decision: 'ambient', messages };
    }
    case 'choose':
      return { ...nothing, decision: 'choose', wishes: decision.isAsked ? [] : [question(heard, decision.agentIds)] };
    case 'tell': {
      const wish = own(heard, onceADay(heard, decision.text), { kind: 'post', text: decision.text });
      return { ...nothing, decision: 'told', wishes: [wish], logs: ignored(heard, reason, facts) };
    }
    case 'ignore':
      return { ...nothing, decision: 'ignored', logs: ignored(heard, reason, facts) };
  }
}
