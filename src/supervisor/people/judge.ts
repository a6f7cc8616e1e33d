/** Reads live who somebody in Slack is, and what they may do with an agent; and answers those who may not. */
import { randomUUID } from 'node:crypto';
import { defaultApp } from '../../connectors/slack/apps.ts';
import { type DecisionPermit, permitDecision, type Right } from '../../conversations/gate/person-decision.ts';
import type { Outcome } from '../../conversations/inbox-outcome.ts';
import type { OutboxWish, Place } from '../../conversations/outgoing.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { auditRefusal } from '../../store/audit-refusal.ts';
import type { Node } from '../node.ts';
import type { ConnectedApp } from '../slack/slack-node.ts';

export type PeopleNode = Pick<Node, 'store' | 'agents' | 'clock' | 'poke'>;

/** What somebody wants to do. */
export interface Wanted {
  readonly app: ConnectedApp;
  /** The user's id, as Slack gave it. */
  readonly user: string;
  readonly agentId: string;
  readonly sessionId: string;
  /** In a word, for the audit log. */
  readonly action: string;
  /** What it is done to, for the audit log. */
  readonly target: string;
  readonly right?: Right | undefined;
  readonly only?: readonly string[] | undefined;
  /** The hash of what they were shown, and of what stands there now. */
  readonly shown: string;
  readonly current: string | undefined;
}

export interface Allowed {
  readonly permit: DecisionPermit;
  /** Who that is outside Slack. */
  readonly person: string;
}

export const actorOf = ({ app, user }: Pick<Wanted, 'app' | 'user'>) => `slack/${app.app.name}/${user}`;

/** The permit is spent at once: what it is good for follows in one step of the store. */
async function ask({ store, agents, clock }: PeopleNode, wanted: Wanted): Promise<Allowed | Refusal> {
  const { app, user, agentId, sessionId, right, only, shown, current } = wanted;
  const state = agents.get(agentId);
  if (!state || !('agent' in state)) return refuse('AGENT_ID', `${agentId} cannot work at present`);
  const { config, digest: configDigest } = state.agent;
  const { people = {}, app: name = defaultApp } = config.slack ?? {};
  if (name !== app.app.name) return refuse('ADDRESS_DENIED', `${agentId} is not in this Slack app`);
  const [live, { trusted }] = await Promise.all([app.reads.user(user), store.agents.get(agentId)]);
  const isTrusted = trusted?.digest === configDigest;
  const blocked = isTrusted ? undefined : refuse('CONFIG_UNTRUSTED', `the configuration of ${agentId} changed`);
  const team = app.self()?.team ?? '';
  const facts = { agentId, sessionId, user, right, people, live, team, shown, current, blocked, configDigest };
  const given = permitDecision({ ...facts, ...(only ? { only } : {}) }, { id: randomUUID(), clock });
  return isRefusal(given) ? given : (given.permit.spend(['person-decision'], { hash: shown }) ?? given);
}

/** Throws OutsideError where Slack cannot be asked. A no is an entry of the audit log. */
export async function judge(node: PeopleNode, wanted: Wanted): Promise<Allowed | Refusal> {
  const answer = await ask(node, wanted);
  if (!isRefusal(answer)) return answer;
  const { agentId, sessionId, action, target } = wanted;
  if (node.agents.get(agentId)) {
    const act = { actor: actorOf(wanted), action, target, code: answer.refused };
    await auditRefusal(node.store.audit, { agentId, sessionId }, act);
  }
  return answer;
}

/** A line that only this person sees. */
export function whisper(key: string, place: Place, user: string, text: string): OutboxWish {
  return { key, agentId: '', sessionId: '', place, by: 'platform', what: { kind: 'ephemeral', user, text } };
}

export const nothing: Pick<Outcome, 'messages' | 'wishes' | 'logs'> = { messages: [], wishes: [], logs: [] };

export const noText = ({ why, fix }: Refusal) => `Not done: ${why}. ${fix}`;
