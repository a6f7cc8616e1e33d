/** What the platform and each of its agents are doing now, as `status --json` shows it. */
import type { AgentState } from '../agents/agent-store.ts';
import { givenPastTheGate } from '../agents/past-the-gate.ts';
import { mainSession } from '../broker/session-id.ts';
import type { Code, Refusal } from '../refusal.ts';
import type { AgentRecord } from '../store/agents.ts';
import type { Store } from '../store/database/database.ts';
import type { StoredSession } from '../store/session-rows.ts';
import { pauseOf } from '../supervisor/permit-blocks.ts';
import { meaningOf } from '../work-items/code-meaning.ts';
import type { RunningNode } from './find-node.ts';

export interface AgentStatus {
  readonly id: string;
  /** Failing is one whose looks at the board, or whose model, fail. */
  readonly state: 'ready' | 'running' | 'failing' | 'paused' | 'disabled';
  /** Why it is failing, paused or disabled. */
  readonly code?: Code | undefined;
  readonly why?: string | undefined;
  /** Milliseconds since 1970 (UTC). */
  readonly lastHeartbeatAt: number | null;
  /** Sessions that wait: for a person, for the outside, or for their next turn. */
  readonly waiting: number;
  /** Turns under way. */
  readonly running: number;
  readonly usdToday: number;
  /** What people gave the model or their own tools past the gate. */
  readonly warnings?: readonly string[] | undefined;
}

export interface PlatformStatus {
  readonly nodes: readonly RunningNode[];
  readonly agents: readonly AgentStatus[];
}

export function isRunning({ leaseUntil }: Pick<StoredSession, 'leaseUntil'>, now: number): boolean {
  return leaseUntil !== undefined && leaseUntil > now;
}

/** Why the agent cannot work at all: faults in its files, or what its worker found. */
export function disabledBy(state: AgentState, { fault }: AgentRecord): Refusal | undefined {
  return 'refusal' in state ? state.refusal : fault;
}

/** Why nothing of it gets on at present although it could: its model, its looks at the board, or its own program. */
function failure({ modelFault }: AgentRecord, sessions: readonly StoredSession[]): Refusal | undefined {
  if (modelFault) return modelFault;
  const looks = sessions.find(({ sessionId }) => sessionId === mainSession)?.waits;
  if (looks && meaningOf(looks).failsAgent) return looks;
  return sessions.find(({ waits }) => waits?.refused === 'CRASHED')?.waits;
}

/** What is the same for all agents. */
interface Around {
  store: Store;
  now: number;
  platformPausedAt: number | undefined;
  standstill: Refusal | undefined;
}

async function agentStatus(
  { store, now, platformPausedAt, standstill }: Around,
  state: AgentState,
): Promise<AgentStatus> {
  const { id } = state;
  const [memory, sessions, usdToday] = await Promise.all([
    store.agents.get(id),
    store.sessions.list(id),
    store.usage.usdToday(id),
  ]);
  const disabled = disabledBy(state, memory) ?? standstill;
  const warnings = 'agent' in state ? givenPastTheGate(state.agent.config) : [];
  const paused = pauseOf(id, memory, platformPausedAt);
  const running = sessions.filter((session) => isRunning(session, now));
  const waits = ({ pendingTrigger, wakeAt, closedAt }: StoredSession) =>
    closedAt === undefined && (pendingTrigger !== undefined || wakeAt !== undefined);
  const failing = failure(memory, sessions);
  const refusal = disabled ?? paused ?? failing;
  return {
    id,
    state: disabled ? 'disabled' : paused ? 'paused' : failing ? 'failing' : running.length > 0 ? 'running' : 'ready',
    code: refusal?.refused,
    why: refusal?.why,
    lastHeartbeatAt: memory.lastHeartbeatAt ?? null,
    waiting: sessions.filter((session) => waits(session) && !isRunning(session, now)).length,
    running: running.length,
    usdToday,
    warnings: warnings.length > 0 ? warnings : undefined,
  };
}

export async function platformStatus(options: {
  store: Store;
  agents: readonly AgentState[];
  node: RunningNode | undefined;
  /** Why no agent could work if the platform were started now. */
  standstill?: Refusal | undefined;
  now: number;
}): Promise<PlatformStatus> {
  const { store, agents, node, standstill, now } = options;
  const around = { store, now, standstill, platformPausedAt: await store.platform.pausedAt() };
  return {
    nodes: node ? [node] : [],
    agents: await Promise.all(agents.map((state) => agentStatus(around, state))),
  };
}
