/** Ends the hold that a failed deployment put on an agent's instance. */
import { isRefusal, type Refusal } from '../refusal.ts';
import { knownAgent } from './known-agent.ts';
import { noteAct, type Operator } from './operator.ts';
import { wakeAll } from './wake-waiting.ts';

/** Returns what is so now, as one sentence; AGENT_ID for an agent that is not there. */
export async function release(operator: Operator, id: string): Promise<string | Refusal> {
  const { store, agents } = operator;
  const agent = knownAgent(agents, id);
  if (isRefusal(agent)) return agent;
  const { hold } = await store.agents.get(id);
  if (!hold) return `The instance of ${id} is not on hold.`;
  await store.agents.set(id, { hold: null });
  await wakeAll(store, await store.sessionLists.inPhase('deploying', id));
  await noteAct(operator, [agent], 'release');
  return `${id} deploys to its instance again. It was on hold because: ${hold.why}`;
}
