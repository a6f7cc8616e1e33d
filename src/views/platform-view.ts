/** What the platform and each of its agents are doing now, as `status` shows it. */
import { givenPastTheGate } from '../agents/past-the-gate.ts';
import { known } from '../base/known.ts';
import { mainSession, workItemSession } from '../broker/session-id.ts';
import type { Code } from '../refusal.ts';
import { type AgentState, agentStanding } from '../status/agent-standing.ts';
import { type AgentFacts, isDue, isRunning, type PlatformFacts } from '../status/facts.ts';
import { type Entry, type Need, needsOf, overviewOf } from '../status/overview.ts';
import type { LogEntry } from '../store/session-log.ts';
import type { NodeView } from './nodes-view.ts';
import { lastLines } from './session-view.ts';
import { allAgentFacts, toldItems, type ViewSource } from './source.ts';

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

/** A session that has a turn, with the last lines of its log. */
export interface RunningEntry extends Entry {
  readonly sessionId: string;
  readonly log: readonly LogEntry[];
}

/** As `status --json` prints it. In each group the oldest comes first. */
export interface PlatformStatus {
  readonly nodes: readonly NodeView[];
  readonly platform: Pick<PlatformFacts, 'isUp' | 'pausedAt' | 'standstill'>;
  /** What people must do. */
  readonly needs: readonly Need[];
  readonly waits: readonly Entry[];
  readonly running: readonly RunningEntry[];
  /** In the last 24 hours. */
  readonly ended: readonly Entry[];
  readonly agents: readonly AgentStatus[];
}

type Waiting = AgentFacts['sessions'][number] & { pendingTrigger?: unknown; closedAt?: number };

export function agentStatus(facts: AgentFacts): AgentStatus {
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

/** Turns about questions and threads; a look at the board passes in seconds. */
function talksOf({ id, sessions, platform }: AgentFacts): Omit<RunningEntry, 'log'>[] {
  const talks = sessions.filter(
    ({ sessionId, workItemId, ...session }) =>
      workItemId === undefined && sessionId !== mainSession && isRunning(session, platform.now),
  );
  const rest = { phase: null, code: null, why: null, fix: null, nextLookAt: null };
  return talks.map(({ sessionId, lastActiveAt }) => ({
    ...{ agentId: id, sessionId, since: lastActiveAt },
    ...{ ...rest, waitingFor: 'the turn that is running' },
  }));
}

async function withLog(store: ViewSource['store'], entry: Omit<RunningEntry, 'log'>): Promise<RunningEntry> {
  return { ...entry, log: await lastLines(store, entry) };
}

const ofItem = (entry: Entry) => ({ ...entry, sessionId: workItemSession(entry.workItemId ?? 0) });

export async function platformView(source: ViewSource): Promise<PlatformStatus> {
  const agents = await allAgentFacts(source);
  const items = (await Promise.all(agents.map((facts) => toldItems(source.store, facts)))).flat();
  const overview = overviewOf(agents, items);
  const running = [...overview.running.map(ofItem), ...agents.flatMap(talksOf)];
  const { isUp, pausedAt, standstill } = source.platform;
  return {
    nodes: source.nodes,
    platform: known({ isUp, pausedAt, standstill }),
    needs: needsOf(overview, agents),
    waits: overview.waits,
    running: await Promise.all(running.map((entry) => withLog(source.store, entry))),
    ended: overview.ended,
    agents: agents.map(agentStatus),
  };
}
