/**
 * The workers of a node: one an agent, started on demand, ended when idle or when the agent's files changed.
 *
 * There are never more than `workersMax` processes. Where all are busy an agent without one stands in line, and who waits
 * too long is waited for: agents that have a worker begin nothing more until then.
 */
import type { AgentId } from '../../agents/agent-id.ts';
import type { Implementation, Peer } from '../../ipc/peer.ts';
import type { SupervisorMethods, WorkerMethods, WorkerSetup } from '../../ipc/protocol.ts';
import { limits } from '../../limits.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { createWorkerLine } from './line.ts';
import { startWorkerProcess, type WorkerNode, type WorkerProcess, type WorkerProcessOptions } from './process.ts';
import { createStartCrashes, type StartCrashes } from './start-crashes.ts';

export interface WorkerPoolOptions extends Pick<WorkerProcessOptions, 'runFolder' | 'environment'> {
  /** Everything of a worker's setup but its agent. */
  setup: Omit<WorkerSetup, 'agentId' | 'surroundings' | 'runFolder'>;
  /** Folders as they are now: those that no agent may show, and what of the machine this agent's configuration names. */
  foldersFor: (agentId: AgentId) => { surroundings: WorkerSetup['surroundings']; shown: string[] };
  /** Processes at once, those that are ending among them. */
  workersMax: number;
  methodsFor: (agentId: string) => Implementation<SupervisorMethods>;
  /** What a started worker found: whose its tokens are, and its configuration; a refusal ends it. */
  onConfigured: (
    agentId: string,
    found: { identities: string[]; configDigest: string },
  ) => Promise<Refusal | undefined>;
}

/** A worker that was given a turn. */
interface BusyWorker {
  peer: Peer<WorkerMethods>;
  /** Says that the turn has ended. */
  done(): void;
}

/** A crash point is armed once: an agent's later workers have none. */
function createSetups({ crashAt, ...common }: WorkerPoolOptions['setup']) {
  const started = new Set<string>();
  return (agentId: AgentId) => {
    const isFirst = !started.has(agentId);
    started.add(agentId);
    return { ...common, agentId, ...(isFirst && crashAt ? { crashAt } : {}) };
  };
}

function allBusy(agentId: string, workersMax: number): Refusal {
  return refuse('WORKERS', `${agentId} waits for a worker: all ${workersMax} that may run at once are in use`);
}

function othersFirst(agentId: string): Refusal {
  return refuse('WORKERS', `${agentId} lets another agent go first, which has waited for a worker for long`);
}

/** The processes, and which agent's next turn goes to which. */
function createWorkers(node: WorkerNode, options: WorkerPoolOptions, crashes: StartCrashes) {
  const workers = new Map<string, Promise<WorkerProcess | Refusal>>();
  const processes = new Set<WorkerProcess>();
  const setupOf = createSetups(options.setup);

  function start(agentId: AgentId): Promise<WorkerProcess | Refusal> {
    const forget = () => {
      if (workers.get(agentId) === starting) workers.delete(agentId);
    };
    const starting = crashes.guard(agentId, async () => {
      const { surroundings, shown } = options.foldersFor(agentId);
      const worker = startWorkerProcess(node, {
        ...options,
        setup: { ...setupOf(agentId), surroundings },
        shown,
        methods: options.methodsFor(agentId),
        onConfigured: (found) => options.onConfigured(agentId, found),
        onExit: () => {
          processes.delete(worker);
          forget();
        },
      });
      processes.add(worker);
      return (await worker.configure()) ?? worker;
    });
    workers.set(agentId, starting);
    void starting.then((worker) => isRefusal(worker) && forget());
    return starting;
  }

  return {
    start,
    of: (agentId: string) => workers.get(agentId),
    has: (agentId: string) => workers.has(agentId),
    /** Its agent's next turn has a new one. */
    forget: ({ agentId }: WorkerProcess) => void workers.delete(agentId),
    all: (): readonly WorkerProcess[] => [...processes],
    /** Those that have had nothing to do since before `before`, the longest idle first. */
    idle(before = Number.POSITIVE_INFINITY): WorkerProcess[] {
      const since = (worker: WorkerProcess) => worker.idleSince() ?? Number.POSITIVE_INFINITY;
      return [...processes].filter((worker) => since(worker) < before).sort((a, b) => since(a) - since(b));
    },
  };
}

export function createWorkerPool(node: WorkerNode, options: WorkerPoolOptions) {
  const { clock, log } = node;
  const { workersMax } = options;
  const crashes = createStartCrashes(clock, log);
  const workers = createWorkers(node, options, crashes);
  const line = createWorkerLine(clock);

  function retire(worker: WorkerProcess): Promise<void> {
    workers.forget(worker);
    return worker.end();
  }

  async function get(agentId: AgentId, isAskedFor: boolean): Promise<BusyWorker | Refusal> {
    const refusal = isAskedFor || workers.has(agentId) ? undefined : crashes.refusal(agentId);
    if (refusal) return refusal;
    const worker = await (workers.of(agentId) ?? workers.start(agentId));
    if (isRefusal(worker)) return worker;
    // Its end may have begun in the moment between.
    return worker.isLeaving() ? get(agentId, isAskedFor) : { peer: worker.peer, done: worker.begin() };
  }

  return {
    /**
     * Makes room for a turn of the agent, for which an idle worker of another one is ended where that is needed. WORKERS where
     * all are busy or others waited longer, which for a turn that `isLook` at a board counts only where it needs a new worker.
     */
    async room(agentId: string, isLook: boolean): Promise<Refusal | undefined> {
      if (workers.has(agentId)) return isLook || !line.isHeldUp() ? undefined : othersFirst(agentId);
      const left = workersMax - workers.all().length;
      const unused = workers.idle();
      if (!line.isNext(agentId, left + unused.length)) return allBusy(agentId, workersMax);
      if (left <= 0 && unused[0]) await retire(unused[0]);
      return undefined;
    },
    /**
     * The agent's worker with a turn counted in, started where there is none; CRASHED with `until` where it dies at its start,
     * unless a person asks.
     */
    get,
    /** Lets the agent's next turn have a new worker; the present one ends when its turns have. */
    async replace(agentId: string): Promise<void> {
      crashes.forget(agentId);
      const worker = await workers.of(agentId);
      if (!worker || isRefusal(worker)) return;
      workers.forget(worker);
      await worker.drain();
    },
    /** Ends those without a turn for `workerIdleSeconds`. */
    async endIdle(): Promise<void> {
      await Promise.all(workers.idle(clock.now() - limits.workerIdleSeconds * 1_000).map(retire));
    },
    stop: () => Promise.all(workers.all().map((worker) => worker.end())),
  };
}

export type WorkerPool = ReturnType<typeof createWorkerPool>;
