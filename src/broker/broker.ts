/**
 * Accepts messages, checks who may write to whom, and delivers each to the sessions of all agents that receive it.
 *
 * publish: draft -> address -> right to send -> stored; route: stored -> takers -> their sessions -> deliveries, all of a time stored at once;
 * a question that reaches no session of the asked agent is answered with the reason
 */
import type { AgentId } from '../agents/agent-id.ts';
import type { Clock } from '../base/clock.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { type Address, type AgentAddress, agentOf, formatAddress, parseAddress } from './address.ts';
import { type Delivery, type DeliveryFault, deliver } from './deliver.ts';
import {
  formatSender,
  heardCommands,
  type Message,
  type MessageDraft,
  parseDraft,
  personCommands,
  type Sender,
} from './message.ts';
import { type Answer, answerOf, failedAnswer, isAnswerKey, isQuestion } from './question.ts';
import { maySendTo, type Route } from './route.ts';

/** What becomes of a new message. */
export interface Routing {
  /** Without any it reaches nobody. */
  readonly deliveries: readonly Delivery[];
  /** What is answered at once. */
  readonly answers: readonly Message[];
  /** Why it does not reach all its receivers, if it does not. */
  readonly why?: string;
}

/** A message that did not reach all its receivers. */
export interface RoutingFault {
  readonly id: string;
  readonly to: string;
  readonly command: string;
  readonly why: string;
}

export interface Routed {
  readonly deliveries: readonly Delivery[];
  /** For the log. */
  readonly faults: readonly RoutingFault[];
}

/** Implemented by the store; every call is one transaction. */
export interface MessageStore {
  /**
   * Returns false and stores nothing if a message with the same from, to and dedupeKey exists. A message to a person is not routed.
   */
  add(message: Message): Promise<boolean>;
  get(messageId: string): Promise<Message | undefined>;
  /** How many messages to this address, or to this agent's sessions, are not finished by a turn yet. */
  open(to: Address): Promise<number>;
  /** Messages to agents that are not routed yet, oldest first. */
  unrouted(max: number): Promise<Message[]>;
  /** Messages to Slack that are not sent yet, oldest first. */
  outbound(max: number): Promise<Message[]>;
  /**
   * Takes at most `max` messages to agents that are not routed yet, oldest first, and stores what `decide` says of each. One that
   * cannot be decided or stored is kept as dead, and the others go on.
   */
  routeNew(max: number, decide: (message: Message) => Routing): Promise<Routed>;
  /** Stores the deliveries and marks the message as routed; without deliveries it is kept and marked as dead. */
  delivered(messageId: string, deliveries: readonly Omit<Delivery, 'command'>[]): Promise<void>;
}

export interface Broker {
  /**
   * Stores a message. Returns undefined if its dedupeKey was used before. `causedBy` is the message in whose turn it was
   * written. RATE if too many messages are waiting there, unless a person writes; ADDRESS_DENIED if the sending agent, or an
   * agent along the chain of causes, may not write there; AGENT_ID or SESSION_ID for an invalid address.
   */
  publish(draft: MessageDraft, from: Sender, causedBy?: string): Promise<Message | Refusal | undefined>;
  /**
   * Stores the answer to a question. `from` is the asked session, or the asked address if it has no session. Undefined if it was
   * answered before.
   */
  answer(question: Message, answer: Answer, from: AgentAddress): Promise<Message | undefined>;
  /** Routes at most `max` messages to agents. */
  route(max?: number): Promise<Routed>;
}

interface BrokerOptions {
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly newId: () => string;
  /** All agents as they are now. */
  readonly routes: () => readonly Route[];
}

const routedAtOnceMax = 500;

/** The agents whose words a message may contain: its sender, and the senders along its chain of causes. */
async function authorsOf(store: MessageStore, from: string, causedBy?: string): Promise<AgentId[] | Refusal> {
  const authors = [agentOf(from)];
  let cause = causedBy;
  for (let steps = 0; cause !== undefined; steps += 1) {
    const message = steps < limits.causesMax ? await store.get(cause) : undefined;
    if (!message)
      return refuse(
        'ADDRESS_DENIED',
        'the chain of causes is broken or too long',
        'Send a new message that is not caused by another.',
      );
    authors.push(agentOf(message.from));
    cause = message.causedBy;
  }
  return authors.filter((author) => author !== undefined);
}

function denied(authors: readonly AgentId[], to: Address, routes: readonly Route[]): Refusal | undefined {
  const closed = authors.find((author) => {
    const route = routes.find(({ agentId }) => agentId === author);
    return route === undefined || !maySendTo(route, to);
  });
  return closed && refuse('ADDRESS_DENIED', `${closed} may not write to ${formatAddress(to)}`);
}

function notForAgents(command: string, [author]: readonly AgentId[]): Refusal | undefined {
  const isHeard = heardCommands.includes(command);
  if (author === undefined || !(isHeard || personCommands.has(command))) return undefined;
  const fix = isHeard ? 'It comes from Slack alone.' : 'Only a person can send it, with the `jvagent` command.';
  return refuse('ADDRESS_DENIED', `${author} may not send ${command}`, fix);
}

/** Refuses messages that nobody may send. */
function refuseForAll(draft: MessageDraft, to: Address): Refusal | undefined {
  if (isAnswerKey(draft.dedupeKey)) {
    return refuse('ADDRESS_DENIED', `the dedupeKey ${draft.dedupeKey} is reserved for answers`, 'Use another key.');
  }
  if (to.kind === 'agent' || !isQuestion(draft)) return undefined;
  return refuse(
    'ADDRESS_DENIED',
    `${draft.to} is a channel; only an agent can be asked`,
    'Send the question to agent/ID.',
  );
}

/** Why a question found no session at the asked agent. */
function noSessionFor({ agentId }: AgentAddress, faults: readonly DeliveryFault[]): Refusal {
  const own = faults.find((fault) => fault.agentId === agentId)?.why;
  if (own) return { ...own, why: `${agentId}: ${own.why}` };
  const fix = 'Run `jvagent agent list` to see the agents and what is wrong with them.';
  return refuse('AGENT_ID', `there is no agent ${agentId} that could answer`, fix);
}

export function createBroker({ store, clock, newId, routes }: BrokerOptions): Broker {
  const answerTo = (question: Message, given: Answer, from: AgentAddress): Message => ({
    ...{ id: newId(), at: clock.now() },
    ...answerOf(question, given, from),
  });

  async function answer(question: Message, given: Answer, from: AgentAddress): Promise<Message | undefined> {
    const message = answerTo(question, given, from);
    return (await store.add(message)) ? message : undefined;
  }

  function routingOf(message: Message, all: readonly Route[]): Routing {
    const to = parseAddress(message.to);
    if (isRefusal(to)) return { deliveries: [], answers: [], why: to.why };
    if (to.kind === 'slack') return { deliveries: [], answers: [], why: 'no agent is there' };
    const { deliveries, faults } = deliver(message, to, all);
    const isHeard = deliveries.some(({ agentId }) => agentId === to.agentId);
    const isLost = isQuestion(message) && !isHeard;
    const answers = isLost ? [answerTo(message, failedAnswer(noSessionFor(to, faults)), to)] : [];
    const whys = faults.map(({ agentId, why }) => `${agentId}: ${why.why}`);
    if (deliveries.length === 0 && faults.length === 0) whys.push('no agent receives it');
    return { deliveries, answers, ...(whys.length > 0 ? { why: whys.join('; ') } : {}) };
  }

  return {
    answer,

    async publish(input, from, causedBy) {
      const draft = parseDraft(input);
      if (isRefusal(draft)) return draft;
      const to = parseAddress(draft.to);
      if (isRefusal(to)) return to;
      const authors = await authorsOf(store, formatSender(from), causedBy);
      const refusal = isRefusal(authors)
        ? authors
        : (refuseForAll(draft, to) ?? notForAgents(draft.command, authors) ?? denied(authors, to, routes()));
      if (refusal) return refusal;
      if (from.kind !== 'person' && (await store.open(to)) >= limits.inboxMessagesMax) {
        return refuse('RATE', `${limits.inboxMessagesMax} messages are waiting at ${formatAddress(to)}`);
      }
      const message: Message = {
        id: newId(),
        to: formatAddress(to),
        from: formatSender(from),
        command: draft.command,
        payload: draft.payload,
        at: clock.now(),
        ...(draft.dedupeKey === undefined ? {} : { dedupeKey: draft.dedupeKey }),
        ...(causedBy === undefined ? {} : { causedBy }),
      };
      return (await store.add(message)) ? message : undefined;
    },

    async route(max = routedAtOnceMax) {
      const all = routes();
      return store.routeNew(max, (message) => routingOf(message, all));
    },
  };
}
