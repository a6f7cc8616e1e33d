/**
 * Whose a message of Slack is: an event and the facts about its place in, a decision with its reason out.
 *
 * place -> a thread has one agent; an addressed message finds one, or people are asked; the rest is sorted later, or left alone
 */
import type { AgentId } from '../agents/agent-id.ts';
import type { SessionId } from '../broker/session-id.ts';
import type { Refusal } from '../refusal.ts';
import { type BotCommand, readCommand } from './bot-command.ts';
import type { MessageBody } from './slack-event.ts';

/** An agent of the app that is heard where the message stands. */
export interface Candidate {
  readonly agentId: AgentId;
  /** Why it answers nothing at present. */
  readonly stopped?: Refusal | undefined;
  /** Whether a message waits until it goes on; else nothing is given to it while it is stopped. */
  readonly keeps: boolean;
  /** Whether something sorts for it what nobody addressed to it. */
  readonly listens: boolean;
  /** Whether it may be heard where another company is. */
  readonly allowsShared: boolean;
  /** Whether its configuration names who wrote. */
  readonly knowsWriter: boolean;
}

/** Whose a thread is. */
export interface Binding {
  readonly agentId: string;
  readonly sessionId: string;
  readonly workItemId?: number;
  /** Who spoke last: `agent`, or a user's id. */
  readonly lastBy?: string;
}

export interface RouteFacts {
  readonly botUser: string;
  readonly bound?: Binding | undefined;
  /** The session of this thread at any agent. */
  readonly sessionId: SessionId;
  /** The agent that wrote the thread's first message. */
  readonly rootBy?: string | undefined;
  /** The people who spoke in the thread before, as far as it was heard. */
  readonly speakers: readonly string[];
  readonly candidates: readonly Candidate[];
  readonly isShared: boolean;
  /** Whether people were asked in this thread which agent they mean. */
  readonly isAsking: boolean;
}

export interface Said extends Pick<MessageBody, 'text' | 'mentions' | 'isDirect'> {
  readonly user: string;
  readonly isReply: boolean;
}

interface To {
  readonly agentId: string;
  readonly sessionId: string;
}

export type Decision = { readonly reason: string } & (
  | ({ readonly kind: 'deliver'; readonly stopped?: Refusal } & To)
  /** The agents that sort it among what nobody addressed to them. */
  | { readonly kind: 'ambient'; readonly agentIds: readonly AgentId[] }
  /** People are asked, unless they were in this thread. */
  | { readonly kind: 'choose'; readonly agentIds: readonly AgentId[]; readonly isAsked: boolean }
  | { readonly kind: 'command'; readonly command: BotCommand; readonly agentIds: readonly AgentId[] }
  | ({ readonly kind: 'stop' } & To)
  /** One line in the thread. */
  | { readonly kind: 'tell'; readonly text: string }
  | { readonly kind: 'ignore' }
);

const ignore = (reason: string): Decision => ({ kind: 'ignore', reason });

/** To this agent, or where it does not work and keeps nothing, a line that says so. */
export function deliver(
  { agentId, stopped, keeps }: Candidate,
  sessionId: string,
  reason: string,
): Extract<Decision, { kind: 'deliver' | 'tell' }> {
  if (stopped && !keeps) {
    const text = `${agentId} is not at work, and does not read this. Whoever runs it sees why with \`jvagent status\`.`;
    return { kind: 'tell', text, reason: stopped.why };
  }
  return { kind: 'deliver', agentId, sessionId, ...(stopped ? { stopped } : {}), reason };
}

/** Where no agent is heard: somebody who asked for one is told. */
function unserved({ isDirect }: Said, { isShared, candidates }: RouteFacts, isAddressed: boolean): Decision {
  const why = isDirect
    ? 'no agent takes direct messages from this person'
    : isShared && candidates.length > 0
      ? 'the channel is shared with another company, and no agent may be heard there'
      : 'no agent serves this channel';
  const told = isDirect
    ? 'No agent takes direct messages from you. Write in a channel of the agent that you mean.'
    : `${why[0]?.toUpperCase()}${why.slice(1)}.`;
  return isAddressed ? { kind: 'tell', text: told, reason: why } : ignore(why);
}

/** The agents that a first word before a colon names, by their whole id or its last part; all if it names none. */
function meant(words: string, candidates: readonly Candidate[]): { these: readonly Candidate[]; isNamed: boolean } {
  const [, name] = /^([a-z0-9][a-z0-9/-]*)\s*[:,](?:\s|$)/i.exec(words) ?? [];
  const wanted = name?.toLowerCase();
  const these = candidates.filter(({ agentId }) => agentId === wanted || agentId.split('/').at(-1) === wanted);
  const whole = these.filter(({ agentId }) => agentId === wanted);
  if (these.length === 0) return { these: candidates, isNamed: false };
  return { these: whole.length > 0 ? whole : these, isNamed: true };
}

/** The text without the mention of the bot that it begins with. */
function wordsTo(botUser: string, text: string): string {
  const start = new RegExp(`^\\s*<@${botUser}(?:\\|[^>]*)?>[\\s,:]*`);
  return text.replace(start, '').trim();
}

const isStop = (text: string) => /^\s*stop\s*[.!]?\s*$/i.test(text);

const stop = ({ agentId, sessionId }: To): Decision => ({ kind: 'stop', agentId, sessionId, reason: 'says stop' });

function addressed(said: Said, facts: RouteFacts, open: readonly Candidate[]): Decision {
  const { bound, sessionId, isAsking } = facts;
  const words = wordsTo(facts.botUser, said.text);
  const owner = open.find(({ agentId }) => agentId === bound?.agentId);
  const { these, isNamed } = owner ? { these: [owner], isNamed: false } : meant(words, open);
  const command = readCommand(isNamed ? words.replace(/^[^:,]*[:,]\s*/, '') : words);
  const known = these.filter(({ knowsWriter }) => knowsWriter);
  if (command && known.length > 0) {
    return { kind: 'command', command, agentIds: known.map(({ agentId }) => agentId), reason: 'a command' };
  }
  if (bound && owner && isStop(words)) return stop(bound);
  if (bound && owner)
    return deliver(owner, bound.sessionId, said.isDirect ? 'a direct message' : 'mentions the agent of the thread');
  const [one, another] = these;
  if (one && !another) return deliver(one, sessionId, isNamed ? 'names the agent' : 'the only agent here is meant');
  const agentIds = these.map(({ agentId }) => agentId);
  return { kind: 'choose', agentIds, isAsked: isAsking, reason: 'several agents can be meant' };
}

/** A reply in a thread that has an agent, and that does not mention the bot. */
function reply(said: Said, { bound, speakers }: RouteFacts & { bound: Binding }, owner: Candidate): Decision {
  if (isStop(said.text)) return stop(bound);
  if (said.mentions.length > 0) return ignore('speaks to somebody else');
  const isAlone = speakers.every((user) => user === said.user);
  if (isAlone) return deliver(owner, bound.sessionId, 'a reply in the thread of one person and the agent');
  if (bound.lastBy === 'agent') return deliver(owner, bound.sessionId, 'a reply to the agent');
  return ignore('people talk with each other here; mention the agent to be heard');
}

/** A message that nobody is addressed in, where no thread has an agent. */
function ambient(said: Said, { rootBy, sessionId }: RouteFacts, open: readonly Candidate[]): Decision {
  if (said.mentions.length > 0) return ignore('speaks to somebody else');
  if (said.isReply) {
    const author = open.find(({ agentId }) => agentId === rootBy);
    return author
      ? deliver(author, sessionId, "a reply to the agent's own message")
      : ignore('people talk with each other in a thread');
  }
  const agentIds = open.filter(({ listens, stopped }) => listens && !stopped).map(({ agentId }) => agentId);
  if (agentIds.length > 0) return { kind: 'ambient', agentIds, reason: 'addressed to nobody' };
  return ignore(
    open.some(({ listens }) => listens)
      ? 'addressed to nobody, and no agent works at present'
      : 'addressed to nobody, and no agent here has a triage.md',
  );
}

/** What happens with a message. The same facts give the same decision. */
export function route(said: Said, facts: RouteFacts): Decision {
  const { bound, candidates, isShared, botUser } = facts;
  const isAddressed = said.isDirect || said.mentions.includes(botUser);
  const open = isShared ? candidates.filter(({ allowsShared }) => allowsShared) : candidates;
  const owner = open.find(({ agentId }) => agentId === bound?.agentId);
  if (bound && !owner) {
    const reason = `the thread belongs to ${bound.agentId}, which is not heard here`;
    const text = 'The agent of this thread is not heard here any more. Begin a new thread.';
    return isAddressed ? { kind: 'tell', text, reason } : ignore(reason);
  }
  if (open.length === 0) return unserved(said, facts, isAddressed);
  if (isAddressed) return addressed(said, facts, open);
  return bound && owner ? reply(said, { ...facts, bound }, owner) : ambient(said, facts, open);
}
