/** Every fault of a workspace's agents as rows for `jvagent agent check`. */
import { type AgentState, createAgentStore } from './agent-store.ts';
import { type Fault, fault } from './fault.ts';

export interface AgentFault extends Fault {
  readonly agentId: string;
}

function faultsOf(state: AgentState): AgentFault[] {
  return 'faults' in state ? state.faults.map((found) => ({ agentId: state.id, ...found })) : [];
}

/** Of all agents, or of the one named; an agent that does not exist is a fault too. An empty answer means all is well. */
export function checkAgents(root: string, id?: string): AgentFault[] {
  const store = createAgentStore({ root });
  if (id === undefined) return store.list().flatMap(faultsOf);
  const state = store.get(id);
  if (state) return faultsOf(state);
  return [
    { agentId: id, ...fault('AGENT_ID', id, 'there is no such agent here', { mend: 'See `jvagent agent list`.' }) },
  ];
}
