/**
 * The gate of what is said in Slack: an agent speaks with its own app, in its own channels and threads, and while it may act.
 *
 * wish + live facts -> permit for that one message | refusal
 */
import type { Clock } from '../../base/clock.ts';
import { digestOf } from '../../base/digest.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { type ConversationBinding, Permit } from '../../work-items/gate/permit.ts';
import type { OutboxWish, Outgoing } from '../outgoing.ts';

export type SayPermit = Permit<ConversationBinding>;

/** What holds at this moment. */
export interface SayGateFacts {
  /** Undefined where the agent is gone or faulty. */
  readonly agent?: {
    readonly app: string;
    readonly channels: readonly string[];
    /** Whether it may speak where people of another company read. */
    readonly allowShared: boolean;
    readonly configDigest: string;
    /** Why it may not act now: paused, or its files are not those that were trusted. */
    readonly blocked?: Refusal;
  };
  /** Whose the thread is, if it is anybody's. */
  readonly threadOf?: string;
  /** Whether another company is in the channel, or why that cannot be said now. */
  readonly isShared: boolean | Refusal;
}

export type SayWish = Pick<OutboxWish, 'agentId' | 'sessionId' | 'by' | 'place' | 'what'>;

function denied({ agentId, place }: SayWish, why: string): Refusal {
  const fix = 'Name the channel in `slack.channels` and the app in `slack.app` if the agent belongs there.';
  return refuse('ADDRESS_DENIED', `${agentId} may not write to slack/${place.app}/${place.channel}: ${why}`, fix);
}

/** An agent's own words; the platform's lines answer a person where they asked. */
function checkAgent(wish: SayWish, { agent, threadOf, isShared }: SayGateFacts): Refusal | undefined {
  const { agentId, place } = wish;
  if (!agent) return refuse('AGENT_ID', `there is no agent ${agentId} that could speak`, 'Run `jvagent agent list`.');
  if (agent.app !== place.app) return denied(wish, `its app is ${agent.app}`);
  if (threadOf !== undefined && threadOf !== agentId) return denied(wish, `the thread belongs to ${threadOf}`);
  const isOwn = threadOf === agentId || agent.channels.includes(place.channel);
  if (!isOwn) return denied(wish, 'the channel is none of its own');
  if (agent.blocked || agent.allowShared) return agent.blocked;
  if (isShared !== true) return isShared || undefined;
  const why = `slack/${place.app}/${place.channel} is shared with another company`;
  return refuse('ADDRESS_DENIED', `${agentId} may not write there: ${why}`, 'Set `slack.allowShared` if it may.');
}

export function permitToSay(
  wish: SayWish,
  facts: SayGateFacts,
  { id, clock }: { id: string; clock: Clock },
): SayPermit | Refusal {
  const refusal = wish.by === 'agent' ? checkAgent(wish, facts) : undefined;
  if (refusal) return refusal;
  const { agentId, sessionId, place, what } = wish;
  const configDigest = facts.agent?.configDigest ?? '';
  return Permit.mint(id, { kind: 'say', agentId, sessionId, ...useOf(place, what), configDigest }, clock);
}

/** What a call is about to say, as its permit must have it: where, and the digest of the words. */
export function useOf({ app, channel, root }: OutboxWish['place'], what: Outgoing) {
  return { address: ['slack', app, channel, root].filter(Boolean).join('/'), hash: digestOf(what) };
}
