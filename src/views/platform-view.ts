/** What the platform and each of its agents are doing now, as `status` shows it. */
import { givenPastTheGate } from '../agents/past-the-gate.ts';
import type { Code } from '../refusal.ts';
import { type AgentState, agentStanding } from '../status/agent-standing.ts';
import { type AgentFacts, isDue, isRunning } from '../status/facts.ts';
import { type Need, needsOf, type Overview, overviewOf } from '../status/overview.ts';
import { allAgentFacts, type NodeView, toldItems, type ViewSource } from './source.ts';

export interface AgentStatus {
  readonly id: string;
  readonly state: AgentState;
  /** Why it is failing, paused or disabled. */
  readonly code?: Code | undefined;
  readonly why?: string | undefined;
  /** Milliseconds since 1970 (UTC). */
  readonly lastHeartbeatAt: number | null;
  /** When it looks at its board next; null where nothing brings a look. */
  readonly nextLookAt: number | null;
  /** Sessions that wait: for a person, for the outside, or for their next turn. */
  readonly waiting: number;
  /** Turns that are running. */
  readonly running: number;
  readonly usdToday: number;
  /** What people gave the model or their own tools past the gate. */
  readonly warnings?: readonly string[] | undefined;
}

/** As `status --json` prints it; in each group the oldest first. */
export interface PlatformStatus extends Overview {
  readonly nodes: readonly NodeView[];
  readonly needs: readonly Need[];
  readonly agents: readonly AgentStatus[];
}

type Waiting = AgentFacts['sessions'][number] & { pendingTrigger?: unknown; closedAt?: number };

function agentStatus(facts: AgentFacts): AgentStatus {
  const { id, agent, record, sessions, platform, usdToday } = facts;
  const { now } = platform;
  const { state, refusal, nextLookAt } = agentStanding(facts);
  const warnings = agent ? givenPastTheGate(agent.config) : [];
  const waits = (session: Waiting) =>
    session.closedAt === undefined &&
    !isRunning(session, now) &&
    (session.pendingTrigger !== undefined || session.wakeAt !== undefined || isDue(session, now));
  return {
    id,
    state,
    code: refusal?.refused,
    why: refusal?.why,
    lastHeartbeatAt: record.lastHeartbeatAt ?? null,
    nextLookAt,
    waiting: sessions.filter(waits).length,
    running: sessions.filter((session) => isRunning(session, now)).length,
    usdToday,
    warnings: warnings.length > 0 ? warnings : undefined,
  };
}

export async function platformView(source: ViewSource): Promise<PlatformStatus> {
  const agents = await allAgentFacts(source);
  const items = (await Promise.all(agents.map((facts) => toldItems(source.store, facts)))).flat();
  const overview = overviewOf(agents, items);
  return { nodes: source.nodes, ...overview, needs: needsOf(overview), agents: agents.map(agentStatus) };
}
