/**
 * What a person decides about one work item: cancel it, let it go on, roll its deployment back.
 *
 * session -> is there something to decide? -> message to the agent; the lifecycle does it in the item's next turn
 */
import { workItemSession } from '../broker/session-id.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { type DecisionName, decisionFault } from '../work-items/decisions.ts';
import { knownAgent } from './known-agent.ts';
import type { Operator } from './operator.ts';

/** What is done, as in "Cannot cancel", and what becomes of the item, as in "will be cancelled". */
const words: Readonly<Record<DecisionName, { verb: string; done: string }>> = {
  cancel: { verb: 'cancel', done: 'cancelled' },
  retry: { verb: 'retry', done: 'continued' },
  rollback: { verb: 'roll back', done: 'rolled back' },
};

/** A message of the agent's own, or why there is nothing to decide, in one sentence. */
export type Decided = { readonly done: string } | { readonly cannot: string } | Refusal;

/** Takes effect in the item's next turn. A refusal where the agent is not there or its files have faults. */
export async function decideItem(
  { store, agents, broker, person }: Operator,
  name: DecisionName,
  agentId: string,
  workItemId: number,
): Promise<Decided> {
  const state = knownAgent(agents, agentId);
  if (isRefusal(state)) return state;
  if ('refusal' in state) return state.refusal;
  const { agent } = state;
  if (agent.kind === 'conversation') return { cannot: `${agentId} has no board: it answers questions.` };
  const item = (await store.sessions.get(agentId, workItemSession(workItemId)))?.item;
  if (!item) {
    const see = `See \`jvagent sessions ${agentId}\` for the ones that it has.`;
    return { cannot: `${agentId} has not started work item ${workItemId}. ${see}` };
  }
  const { verb, done } = words[name];
  const why = decisionFault(name, item, agent.config.instance?.deploy.rollback.mode);
  if (why) return { cannot: `Cannot ${verb} work item ${workItemId}: ${why}.` };
  const draft = { to: `agent/${agentId}`, command: `work.${name}`, payload: { workItemId } };
  const sent = await broker.publish(draft, { kind: 'person', name: person });
  if (isRefusal(sent)) return sent;
  const when = 'within a second, or as soon as the platform runs and is not paused';
  return { done: `Work item ${workItemId} will be ${done} ${when}.` };
}
