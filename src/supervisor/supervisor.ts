/**
 * One node of the platform, wired: ways in, broker, schedule, workers, and the state that they share.
 *
 * messages and heartbeats -> broker -> sessions due -> turns in workers -> events back into the store.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentState, type AgentStore, createAgentStore } from '../agents/agent-store.ts';
import { checkUrls } from '../agents/outside-urls.ts';
import type { Clock } from '../base/clock.ts';
import { createCrashPoints } from '../base/crash-points.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Loop, startLoop } from '../base/loop.ts';
import { type Broker, createBroker } from '../broker/broker.ts';
import { routeOf } from '../broker/route.ts';
import { claudeProgram } from '../engine/claude-program.ts';
import type { LogEntry } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { nodeProgram } from '../sandbox/layout.ts';
import { probeSandbox } from '../sandbox/probe.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import { programEnvironment, type Settings } from '../settings.ts';
import { openStore, type Store } from '../store/database.ts';
import { holdSupervisorLock } from '../store/sqlite.ts';
import { createHeartbeats } from '../triggers/heartbeat.ts';
import { createSchedule, type Schedule } from './schedule-turn.ts';
import { createTurnMethods, type RunningTurn } from './turn-methods.ts';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';

export interface SupervisorOptions {
  settings: Settings;
  clock: Clock;
  log: Log;
  /** Told of everything that is written to a session's log. */
  onEntries?: (session: { agentId: string; sessionId: string }, entries: LogEntry[]) => void;
}

export interface Supervisor {
  store: Store;
  agents: AgentStore;
  /** Parks turns under way and ends everything. */
  stop(): Promise<void>;
}

/** Where the platform keeps its state in a workspace. */
export function stateFolderOf(root: string): string {
  return join(root, '.jvagent');
}

/** The broker over a store and the agents as they are now; commands use the same one with no supervisor running. */
export function brokerOver(store: Store, agents: AgentStore, clock: Clock): Broker {
  const routes = () => agents.list().flatMap((state) => ('agent' in state ? [routeOf(state.agent)] : []));
  return createBroker({ store: store.messages, clock, newId: randomUUID, routes });
}

/** A worker that read other files than those that were trusted is not used: they changed in between. */
async function admitWorker(
  store: Store,
  agentId: string,
  { identities, configDigest }: { identities: string[]; configDigest: string },
): Promise<Refusal | undefined> {
  const { trusted } = await store.agents.get(agentId);
  await store.agents.set(agentId, { identities });
  if (trusted?.digest === configDigest) return undefined;
  return refuse('CONFIG_UNTRUSTED', `${agentId}: its files changed while its worker started`);
}

/** A development switch in the real world is no start at all. */
function mixedUrls(agents: AgentStore): Refusal | undefined {
  return agents
    .list()
    .flatMap((state) => ('agent' in state ? (checkUrls(state.agent, true) ?? []) : []))
    .at(0);
}

/** What workers of an earlier start left in `run` is of no use to anybody. */
function makeFolders(stateFolder: string): void {
  rmSync(join(stateFolder, 'run'), { recursive: true, force: true });
  for (const name of ['', 'state', 'repos', 'trees', 'run']) {
    mkdirSync(join(stateFolder, name), { recursive: true, mode: 0o700 });
  }
}

interface Parts {
  store: Store;
  agents: AgentStore;
  broker: Broker;
  pool: WorkerPool;
  schedule: Schedule;
  log: Log;
}

/** Messages that came for a turn under way make it look at its work item again. */
async function routeMessages({ broker, schedule, pool, log }: Parts): Promise<void> {
  const { deliveries, undelivered } = await broker.route();
  for (const { message, why } of undelivered) log.warn({ to: message.to, command: message.command }, why);
  for (const { agentId, sessionId } of deliveries) {
    const turn = schedule.turnFor(agentId, sessionId);
    const worker = turn && (await pool.get(agentId));
    if (!turn || !worker || isRefusal(worker)) continue;
    worker.peer.call('look', { turnId: turn.turnId }).catch((error: unknown) => log.debug(messageOf(error)));
  }
}

const debounceOf = (agents: AgentStore) => (agentId: string) => {
  const state = agents.get(agentId);
  return state && 'agent' in state ? state.agent.config.autoRun.debounceMs : 0;
};

function heartbeatsOf(states: readonly AgentState[]) {
  return states.flatMap((state) => {
    if (!('agent' in state)) return [];
    const { heartbeat, timezone, autoRun } = state.agent.config;
    if (!heartbeat || !autoRun.enabled) return [];
    return [{ agentId: state.id, pattern: heartbeat, ...(timezone ? { timezone } : {}) }];
  });
}

function logFaults({ agents, log }: Pick<Parts, 'agents' | 'log'>, ids: readonly string[]): void {
  for (const id of ids) {
    const state = agents.get(id);
    if (state && 'refusal' in state) log.warn({ agentId: id }, `${state.refusal.refused}: ${state.refusal.why}`);
  }
}

function startLoops(parts: Parts, clock: Clock, beat: (agentId: string) => void) {
  const { agents, schedule, pool, log } = parts;
  const heartbeats = createHeartbeats({ beat });
  heartbeats.set(heartbeatsOf(agents.list()));
  const loop = (pauseMs: number, step: () => Promise<void>): Loop =>
    startLoop({ clock, pauseMs, step, onError: (error) => log.error(messageOf(error)) });

  const changes = loop(limits.changesPollMs, async () => {
    await routeMessages(parts);
    await schedule.startDue();
  });
  const files = loop(limits.agentFilesPollMs, async () => {
    const changed = agents.refresh();
    if (changed.length === 0) return;
    logFaults(parts, changed);
    heartbeats.set(heartbeatsOf(agents.list()));
    await Promise.all(changed.map((agentId) => pool.replace(agentId)));
  });
  const leases = loop(limits.leaseRenewSeconds * 1_000, async () => {
    await schedule.renew();
    await pool.endIdle();
  });
  return {
    poke: () => changes.poke(),
    async stop() {
      heartbeats.stop();
      await Promise.all([changes.stop(), files.stop(), leases.stop()]);
    },
  };
}

/** Starts the node; a refusal when the sandbox does not hold or another supervisor has this state. */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor | Refusal> {
  const { settings, clock, log, onEntries = () => {} } = options;
  const stateFolder = stateFolderOf(settings.root);
  const { sandboxUid } = settings;
  const sandbox = createSandbox({
    sandboxUid,
    processesMax: limits.sandboxProcessesMax,
    memoryMb: limits.sandboxMemoryMb,
  });
  const closedSandbox = await probeSandbox(sandbox, { programs: [claudeProgram(), nodeProgram()] });
  if (closedSandbox) return closedSandbox;
  const agents = createAgentStore({ root: settings.root, home: settings.home });
  const mixed = settings.allowLoopback ? mixedUrls(agents) : undefined;
  if (mixed) return mixed;
  const lock = holdSupervisorLock(join(stateFolder, 'state'));
  if (!lock) {
    const mend = 'Stop the other one, or give this one another workspace.';
    return refuse('GATE_LEASE', `another supervisor runs on ${settings.root}`, mend);
  }
  makeFolders(stateFolder);

  const store = await openStore({ folder: join(stateFolder, 'state'), clock, debounceMsOf: debounceOf(agents) });
  await store.sessions.dropLeases();
  const broker = brokerOver(store, agents, clock);
  const running = new Map<string, RunningTurn>();
  const crashPoints = createCrashPoints(settings.crashAt);
  let poke = () => {};
  const pool = createWorkerPool({
    setup: {
      root: settings.root,
      home: settings.home,
      stateFolder,
      sandboxUid,
      allowLoopback: settings.allowLoopback,
      ...(settings.anthropicApiKey ? { modelKey: settings.anthropicApiKey } : {}),
      ...(settings.anthropicBaseUrl ? { modelUrl: settings.anthropicBaseUrl } : {}),
      ...(settings.crashAt ? { crashAt: settings.crashAt } : {}),
    },
    environment: programEnvironment(),
    runFolder: join(stateFolder, 'run'),
    methodsFor: (agentId) =>
      createTurnMethods({
        store,
        broker,
        turnOf: (turnId) => {
          const turn = running.get(turnId);
          return turn?.agentId === agentId ? turn : undefined;
        },
        onEntries,
        poke: () => poke(),
        crashPoints,
        clock,
      }),
    onConfigured: (agentId, found) => admitWorker(store, agentId, found),
    crashPoints,
    clock,
    log,
  });
  const owner = randomUUID();
  const schedule = createSchedule({ store, agents, pool, running, owner, newId: randomUUID, onEntries, clock, log });
  const parts: Parts = { store, agents, broker, pool, schedule, log };
  logFaults(
    parts,
    agents.list().map((state) => state.id),
  );
  const loops = startLoops(parts, clock, (agentId) => {
    void broker.publish({ to: `agent/${agentId}`, command: 'heartbeat' }, { kind: 'platform', name: 'heartbeat' });
  });
  poke = loops.poke;
  return {
    store,
    agents,
    async stop() {
      await loops.stop();
      const closed = schedule.close();
      await pool.stop();
      await closed;
      await store.close();
      lock.release();
    },
  };
}
