/** All agents with their health and their money, in the order of their ids. */
import type { Agent } from '../agents/agent.ts';
import { known } from '../base/known.ts';
import { agentStanding } from '../status/agent-standing.ts';
import type { AgentFacts } from '../status/facts.ts';
import { type AgentStatus, agentStatus } from './platform-view.ts';
import { allAgentFacts, type ViewSource } from './source.ts';

/** An agent in the list of all. */
export interface ListedAgent extends AgentStatus {
  /** These two are absent where its files have faults. */
  readonly kind?: Agent['kind'];
  readonly usdMax?: number;
  readonly name?: string;
  readonly fix?: string;
  /** The last look at its board that succeeded, milliseconds since 1970. */
  readonly lastLookAt: number | null;
  /** How many changes of its instance it proposes that nobody has decided about. */
  readonly proposalsOpen: number;
}

export interface AgentsView {
  /** Each stands below the agents whose files it inherits. */
  readonly agents: readonly ListedAgent[];
}

export function listedAgent(facts: AgentFacts): ListedAgent {
  const { agent, record, proposals } = facts;
  return known({
    ...agentStatus(facts),
    kind: agent?.kind,
    usdMax: agent?.limits.dayUsdMax,
    name: agent?.config.name,
    fix: agentStanding(facts).refusal?.fix,
    lastLookAt: record.lastLookAt ?? null,
    proposalsOpen: proposals.length,
  });
}

export async function readAgents(source: ViewSource): Promise<AgentsView> {
  return { agents: (await allAgentFacts(source)).map(listedAgent) };
}
