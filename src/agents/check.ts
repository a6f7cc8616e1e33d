/** Every fault of a workspace's agents as rows for `jvagent agent check`. */
import { boundWarning } from '../models/model.ts';
import { type AgentState, createAgentStore } from './agent-store.ts';
import { type Fault, fault } from './fault.ts';

export interface AgentFault extends Fault {
  readonly agentId: string;
}

function faultsOf(state: AgentState): AgentFault[] {
  return 'faults' in state ? state.faults.map((found) => ({ agentId: state.id, ...found })) : [];
}

/** What is no fault and yet worth a word, of all sound agents or of the one named. */
export function checkWarnings(root: string, id?: string): { agentId: string; warning: string }[] {
  return createAgentStore({ root })
    .list()
    .flatMap((state) => {
      if (!('agent' in state) || (id !== undefined && state.id !== id)) return [];
      const { model, triageModel } = state.agent;
      const warnings = new Set([model, triageModel].flatMap((each) => boundWarning(each) ?? []));
      return [...warnings].map((warning) => ({ agentId: state.id, warning }));
    });
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
