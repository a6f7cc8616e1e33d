/**
 * One node of the platform, wired: ways in, broker, schedule, workers, and the state that they share.
 *
 * messages and heartbeats -> broker -> sessions due -> turns in workers -> events back into the store.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentId } from '../agents/agent-id.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import { real, shownFolders } from '../agents/work-dirs.ts';
import type { Clock } from '../base/clock.ts';
import { createCrashPoints } from '../base/crash-points.ts';
import type { Log } from '../base/log.ts';
import { removeFolder } from '../base/remove-folder.ts';
import { type Broker, createBroker } from '../broker/broker.ts';
import { routeOf } from '../broker/route.ts';
import type { LogEntry } from '../ipc/protocol.ts';
import { createMetrics, type Metrics } from '../ops/metrics.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { ownEnvironment, type Settings } from '../settings.ts';

import type { Store } from '../store/database/database.ts';
import { shownPlace } from '../store/database/postgres.ts';
import { moveTrees } from './copies/move-trees.ts';
import { createEnds, type Ends } from './ends.ts';
import { createFaults } from './faults.ts';
import { createModelWatch } from './model-watch.ts';
import type { Node } from './node.ts';
import { checkNode } from './node-checks.ts';
import { startLoops } from './node-loops.ts';
import { createLeases, startLeaseWatch } from './nodes/leases.ts';
import { agentsOf, openState, stateFolderOf } from './nodes/state.ts';
import { openHooks } from './open-hooks.ts';
import { startOpsWatch, type WatchPace } from './ops/watch.ts';
import { createPurse } from './purse.ts';
import { collectSessions } from './retention/collect-sessions.ts';
import type { RunningTurn } from './running-turn.ts';
import { createSchedule } from './schedule-turn.ts';
import { createSlackIn } from './slack/slack-in.ts';
import { startSlackOut } from './slack/slack-out.ts';
import { createTurnMethods, type TurnMethodsOptions } from './turn-methods.ts';
import { enginesMaxOf } from './workers/engines-max.ts';
import { createWorkerPool } from './workers/pool.ts';

export interface SupervisorOptions {
  settings: Settings;
  clock: Clock;
  log: Log;
  /** Told of everything that is written to a session's log. */
  onEntries?: (session: { agentId: string; sessionId: string }, entries: LogEntry[]) => void;
  /** Gets each line that a worker writes to stderr; without it they go to our own. */
  onWorkerLine?: (line: string) => void;
  /** Whether every agent with a heartbeat looks at its board within a minute, whatever its schedule. */
  looksAtStart?: boolean;
  /** How soon alarms are told; without it at their usual pace. */
  watchPace?: WatchPace;
  /** The address of the dashboard, where there is one. */
  dashboard?: string;
}

export interface Supervisor {
  store: Store;
  agents: AgentStore;
  broker: Broker;
  /** The name that this node's leases bear. */
  owner: string;
  /** Whether work is being taken. */
  isAlive: () => boolean;
  /** What a monitoring system reads, served at /metrics. */
  metrics: Metrics;
  /** Where it keeps its state, as `stateFolderOf` names it. */
  stateFolder: string;
  /** Parks running turns and ends everything. */
  stop(): Promise<void>;
}

/** The broker over a store and the agents as they are now; commands use the same one with no supervisor running. */
export function brokerOver(store: Store, agents: AgentStore, clock: Clock): Broker {
  const routes = () => agents.list().flatMap((state) => ('agent' in state ? [routeOf(state.agent)] : []));
  return createBroker({ store: store.messages, clock, newId: randomUUID, routes });
}

/** What workers of an earlier start left in `run` is of no use to anybody. */
function makeFolders(stateFolder: string): void {
  removeFolder(join(stateFolder, 'run'));
  for (const name of ['', 'state', 'repos', 'trees', 'run']) {
    mkdirSync(join(stateFolder, name), { recursive: true, mode: 0o700 });
  }
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

/** What every worker of the node is told beside its agent. */
function workerSetupOf(settings: Settings, stateFolder: string) {
  const { root, home, sandboxUid, allowLoopback, outbound, anthropicApiKey, anthropicBaseUrl, crashAt } = settings;
  return {
    root,
    home,
    stateFolder,
    sandboxUid,
    allowLoopback,
    outbound,
    ...(anthropicApiKey ? { modelKey: anthropicApiKey } : {}),
    ...(anthropicBaseUrl ? { modelUrl: anthropicBaseUrl } : {}),
    ...(crashAt ? { crashAt } : {}),
  };
}

/** Folders as they are when a worker starts. */
const foldersFor =
  (agents: AgentStore, { root, home }: Settings) =>
  (agentId: AgentId) => {
    const state = agents.get(agentId);
    const config = state && 'agent' in state ? state.agent.config : undefined;
    const surroundings = { root, home: real(home), agentFolders: agents.list().map(({ id }) => join(root, id)) };
    const { workDirs = [], sandbox, git } = config ?? {};
    const named = [...workDirs, ...(sandbox?.readOnly ?? []), ...(git?.repo ? [git.repo] : [])];
    return { surroundings, shown: shownFolders(named, surroundings) };
  };

/** What happens here makes the loops of this node look at once, and those of the other nodes soon. */
async function hintsTo({ store, log }: Pick<Node, 'store' | 'log'>, loops: readonly { poke(): void }[]) {
  const look = () => {
    for (const loop of loops) loop.poke();
  };
  const hints = await store.hints({ onHint: look, onTrouble: (why) => log.warn(why) });
  return {
    poke() {
      look();
      hints?.send();
    },
    close: async () => hints?.close(),
  };
}

/** A worker reaches only its own turns. */
function methodsFor(node: Node, agentId: string, parts: Pick<TurnMethodsOptions, 'purse' | 'modelWatch' | 'thread'>) {
  const turnOf = (turnId: string) => {
    const turn = node.running.get(turnId);
    return turn?.agentId === agentId ? turn : undefined;
  };
  return createTurnMethods(node, { ...parts, agentId, turnOf });
}

/** Opens the state and begins the parts over it. What has begun is in `ends`, also when it throws or refuses. */
async function startParts(options: SupervisorOptions, stateFolder: string, ends: Ends): Promise<Supervisor | Refusal> {
  const { settings, clock, log, onEntries = () => {}, onWorkerLine, looksAtStart = false } = options;
  const state = await openState(settings, clock);
  const { store, agents, owner, isElsewhere } = state;
  ends.add('giving turns back', () => store.sessions.giveBack(owner));
  ends.add('leaving the nodes', state.leave);
  ends.add('the database', store.close);
  // A database that takes no writes is found out before anything begins.
  for (const text of await state.beat(false)) log.warn(text);
  await moveTrees(store, stateFolder);
  const broker = brokerOver(store, agents, clock);
  const running = new Map<string, RunningTurn>();
  const crashPoints = createCrashPoints(settings.crashAt);
  let poke = () => {};
  const faults = createFaults(log, settings.databaseUrl && shownPlace(settings.databaseUrl));
  const told = { onEntries, onWorkerLine, onFault: faults.tell };
  const node: Node = { store, agents, broker, running, ...told, poke: () => poke(), crashPoints, clock, log };
  const slackIn = createSlackIn(node, settings);
  const hooks = await openHooks(node, settings, slackIn.slack);
  if (isRefusal(hooks)) return hooks;
  ends.add('hooks', () => hooks?.close());
  const purse = createPurse({ usage: store.usage, shared: store.shared, clock });
  const modelWatch = createModelWatch(node);
  for (const { agentId } of await store.agents.list()) await modelWatch.tryAtOnce(agentId);
  const pool = createWorkerPool(node, {
    setup: workerSetupOf(settings, stateFolder),
    environment: ownEnvironment(),
    runFolder: join(stateFolder, 'run'),
    foldersFor: foldersFor(agents, settings),
    workersMax: settings.workersMax,
    methodsFor: (agentId) => methodsFor(node, agentId, { purse, modelWatch, thread: slackIn.thread }),
    onConfigured: (agentId, found) => admitWorker(store, agentId, found),
  });
  const parts = { pool, owner, enginesMax: enginesMaxOf(settings), newId: randomUUID, isElsewhere };
  const schedule = createSchedule(node, parts);
  ends.add('turns', () => Promise.all([schedule.allEnded(), pool.stop()]));
  const leases = startLeaseWatch(node, createLeases({ sessions: store.sessions, running, clock, log }));
  ends.add('leases', leases.stop);
  const collect = (signal: AbortSignal) => collectSessions({ store, agents, stateFolder, running, clock, signal });
  const loops = startLoops(node, {
    state: { ...state, beat: faults.writing(state.beat) },
    pool,
    schedule,
    modelWatch,
    collect,
    looksAtStart,
  });
  ends.add('loops', loops.stop);
  const slackOut = await startSlackOut(node, slackIn.thread);
  ends.add('what goes to Slack', slackOut.stop);
  const opsWatch = startOpsWatch(node, settings, { pace: options.watchPace, dashboard: options.dashboard });
  ends.add('the watch', opsWatch.stop);
  const hints = await hintsTo(node, [loops, slackOut]);
  ends.add('hints', hints.close);
  poke = hints.poke;
  ends.add('Slack', slackIn.stop);
  slackIn.start();
  return {
    store,
    agents,
    broker,
    owner,
    isAlive: loops.isAlive,
    metrics: createMetrics({ store, agents, clock, workers: pool.count }),
    stateFolder,
    stop: ends.all,
  };
}

/** Starts the node; a refusal when the sandbox does not hold, another supervisor has this state, or the port for hooks is taken. */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor | Refusal> {
  // Node lets a worker follow no link on the way to its own folders.
  const settings = { ...options.settings, root: real(options.settings.root) };
  const stateFolder = stateFolderOf(settings.root);
  const lock = await checkNode(settings, agentsOf(settings, options.clock), stateFolder);
  if (isRefusal(lock)) return lock;
  const ends = createEnds(options.log);
  ends.add('the lock', lock.release);
  try {
    makeFolders(stateFolder);
    const started = await startParts({ ...options, settings }, stateFolder, ends);
    if (isRefusal(started)) await ends.all();
    return started;
  } catch (error) {
    await ends.all();
    throw error;
  }
}
