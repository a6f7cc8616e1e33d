/**
 * The periodic work of a node: route messages, start due sessions, detect changed files, send heartbeats, delete old sessions.
 */
import type { AgentState } from '../agents/agent-store.ts';
import { heartbeatTextOf } from '../agents/instructions.ts';
import { type Loop, startLoop } from '../base/loop.ts';
import { limits } from '../limits.ts';
import { startFirstLooks } from '../triggers/first-looks.ts';
import { createHeartbeats } from '../triggers/heartbeat.ts';
import { createFollower } from './copies/follow.ts';
import type { ModelWatch } from './model-watch.ts';
import type { Node } from './node.ts';
import type { NodeState } from './nodes/state.ts';
import { startForgetting } from './retention/forgetting.ts';
import type { Schedule } from './schedule-turn.ts';
import type { WorkerPool } from './workers/pool.ts';
import { createTellTurns } from './workers/tell-turns.ts';

type LoopNode = Pick<Node, 'store' | 'agents' | 'broker' | 'running' | 'clock' | 'log' | 'onFault'>;

export interface LoopParts {
  state: Pick<NodeState, 'refresh' | 'beat'>;
  pool: WorkerPool;
  schedule: Pick<Schedule, 'startDue' | 'startNoMore'>;
  modelWatch: Pick<ModelWatch, 'tryAtOnce'>;
  /** Deletes sessions that nobody needs, and their files until `signal`. */
  collect: (signal: AbortSignal) => Promise<void>;
  /** Whether every board is looked at soon after the start, whatever the schedules. */
  looksAtStart: boolean;
}

async function routeMessages({ broker, log }: LoopNode): Promise<void> {
  for (const { to, command, why } of (await broker.route()).faults) log.warn({ to, command }, why);
}

/** Only agents with a board, or with something to do at a heartbeat, get heartbeats. */
function heartbeatsOf(states: readonly AgentState[]) {
  return states.flatMap((state) => {
    if (!('agent' in state)) return [];
    const { heartbeat, timezone, autoRun } = state.agent.config;
    const isIdle = state.agent.kind !== 'code-change' && heartbeatTextOf(state.agent) === undefined;
    if (!heartbeat || !autoRun.enabled || isIdle) return [];
    return [{ agentId: state.id, pattern: heartbeat, ...(timezone ? { timezone } : {}) }];
  });
}

function logFaults({ agents, log }: LoopNode, ids: readonly string[]): void {
  for (const id of ids) {
    const state = agents.get(id);
    if (state && 'refusal' in state) log.warn({ agentId: id }, `${state.refusal.refused}: ${state.refusal.why}`);
  }
}

/** Publishes a heartbeat. Every node publishes each planned one, and the first of them counts. */
const beatBy =
  ({ broker }: LoopNode) =>
  async (agentId: string, plannedAt?: number): Promise<void> => {
    const draft = {
      to: `agent/${agentId}`,
      command: 'heartbeat',
      ...(plannedAt === undefined ? {} : { dedupeKey: `${agentId} ${new Date(plannedAt).toISOString()}` }),
    };
    await broker.publish(draft, { kind: 'platform', name: 'heartbeat' });
  };

/** Runs until stopped; `poke` routes and starts immediately instead of after the pause. */
export function startLoops(node: LoopNode, { state, pool, schedule, modelWatch, collect, looksAtStart }: LoopParts) {
  const { store, agents, clock, log, onFault } = node;
  const beat = beatBy(node);
  const tell = createTellTurns(node);
  logFaults(
    node,
    agents.list().map((state) => state.id),
  );
  const heartbeats = createHeartbeats({ clock, beat, onFault });
  const scheduled = heartbeatsOf(agents.list());
  heartbeats.set(scheduled);
  const { firstLookPauseMs: pauseMs, firstLooksMsMax: lastMs } = limits;
  const agentIds = looksAtStart ? scheduled.map(({ agentId }) => agentId) : [];
  const look = (agentId: string) => void beat(agentId).catch(onFault);
  const stopFirstLooks = startFirstLooks({ agentIds, beat: look, pauseMs, lastMs });
  const loop = (pauseMs: number, step: () => Promise<void>): Loop =>
    startLoop({ clock, pauseMs, step, onError: onFault });

  const changes = loop(limits.changesPollMs, async () => {
    await routeMessages(node);
    await tell.news();
    await tell.paused();
    await schedule.startDue();
  });
  let toldAt = clock.now();
  /** Whether messages are routed and turns are started. Only what this node tells of itself is always a write. */
  const isAlive = () => clock.now() - Math.min(changes.succeededAt(), toldAt) < limits.aliveSecondsMax * 1_000;
  const files = loop(limits.agentFilesPollMs, async () => {
    const changed = await state.refresh();
    if (changed.length === 0) return;
    logFaults(node, changed);
    heartbeats.set(heartbeatsOf(agents.list()));
    await Promise.all(changed.map((agentId) => pool.replace(agentId)));
    await Promise.all(changed.map((agentId) => modelWatch.tryAtOnce(agentId)));
  });
  const upkeep = loop(limits.upkeepSeconds * 1_000, async () => {
    for (const text of await state.beat(isAlive())) log.warn(text);
    toldAt = clock.now();
    await pool.endIdle(heartbeats.nextAt);
    await store.proposals.expire();
  });
  const copies = loop(limits.copiesSeconds * 1_000, createFollower(node));
  const stopping = new AbortController();
  const retention = startForgetting(node, () => collect(stopping.signal));
  return {
    poke: () => changes.poke(),
    isAlive,
    async stop() {
      schedule.startNoMore();
      stopping.abort();
      heartbeats.stop();
      stopFirstLooks();
      await Promise.all([changes.stop(), files.stop(), upkeep.stop(), copies.stop(), retention.stop()]);
    },
  };
}
