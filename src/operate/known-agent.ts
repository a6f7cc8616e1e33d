/** The agent that a person named. */
import type { AgentState, AgentStore } from '../agents/agent-store.ts';
import { type Refusal, refuse } from '../refusal.ts';

/** With or without faults; AGENT_ID where no folder has this id. */
export function knownAgent(agents: Pick<AgentStore, 'get'>, id: string): AgentState | Refusal {
  const fix = 'Run `jvagent agent list` to see the agents.';
  return agents.get(id) ?? refuse('AGENT_ID', `there is no agent ${id} in this workspace`, fix);
}
