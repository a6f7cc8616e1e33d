/**
 * The workers of a node: one per agent, started on demand, kept while the agent is active, and ended when idle or when its files have
 * changed.
 *
 * There are never more than `workersMax` processes. If all are busy, agents without a worker wait in a queue. If one has waited
 * too long, agents with a worker start no more turns until it has had its turn.
 */
import type { AgentId } from '../../agents/agent-id.ts';
import type { Implementation, Peer } from '../../ipc/peer.ts';
import type { SupervisorMethods, WorkerMethods, WorkerSetup } from '../../ipc/protocol.ts';
import { limits } from '../../limits.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { soon } from './keeping.ts';
import { createWorkerLine } from './line.ts';
import { startWorkerProcess, type WorkerNode, type WorkerProcess, type WorkerProcessOptions } from './process.ts';
import { createStartCrashes, type StartCrashes } from './start-crashes.ts';

export interface WorkerPoolOptions extends Pick<WorkerProcessOptions, 'runFolder' | 'environment'> {
  /** The setup of a worker, without its agent. */
  setup: Omit<WorkerSetup, 'agentId' | 'surroundings' | 'runFolder'>;
  /** Current folders: those that no agent may show, and those that this agent's configuration lists. */
  foldersFor: (agentId: AgentId) => { surroundings: WorkerSetup['surroundings']; shown: string[] };
  /** The maximum number of processes, including those that are ending. */
  workersMax: number;
  methodsFor: (agentId: string) => Implementation<SupervisorMethods>;
  /** Called with what a started worker found: the owners of its tokens, and its configuration. A refusal ends the worker. */
  onConfigured: (
    agentId: string,
    found: { identities: string[]; configDigest: string },
  ) => Promise<Refusal | undefined>;
}

/** A worker that has a turn. */
export interface BusyWorker {
  peer: Peer<WorkerMethods>;
  /** Ends the process at once. */
  kill(): void;
  /** Notes that the turn has ended, and until when the worker is kept without another one, milliseconds since 1970. */
  done(keptUntil?: number): void;
}

/** Crash points are armed only once: later workers of an agent have none. */
function createSetups({ crashAt, ...common }: WorkerPoolOptions['setup']) {
  const started = new Set<string>();
  return (agentId: AgentId) => {
    const isFirst = !started.has(agentId);
    started.add(agentId);
    return { ...common, agentId, ...(isFirst && crashAt ? { crashAt } : {}) };
  };
}

function allBusy(agentId: string, workersMax: number): Refusal {
  return refuse('WORKERS', `${agentId} is waiting for a worker: all ${workersMax} workers are in use`);
}

function stopping(agentId: string): Refusal {
  return refuse('WORKERS', `${agentId} is waiting for a worker: this node is stopping`);
}

function othersFirst(agentId: string): Refusal {
  return refuse('WORKERS', `${agentId} is waiting because another agent has waited too long for a worker`);
}

/** The processes, and the one for each agent's next turn. */
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
    /** The agent's next turn gets a new worker. */
    forget: ({ agentId }: WorkerProcess) => void workers.delete(agentId),
    all: (): readonly WorkerProcess[] => [...processes],
    /** Workers that have been idle since before `before`; the one that has been idle for longest comes first. */
    idle(before = Number.POSITIVE_INFINITY): WorkerProcess[] {
      const since = (worker: WorkerProcess) => worker.idleSince() ?? Number.POSITIVE_INFINITY;
      return [...processes].filter((worker) => since(worker) < before).sort((a, b) => since(a) - since(b));
    },
  };
}

/** Those of idle workers that are to end, given from the longest idle on. */
function toEnd(
  idle: readonly WorkerProcess[],
  nextLookAt: (agentId: string) => number | undefined,
  now: number,
): WorkerProcess[] {
  let mb = 0;
  return idle.toReversed().filter((worker) => {
    const until = Math.max(worker.keptUntil(), soon(nextLookAt(worker.agentId), now) ?? 0);
    if (until <= now) return true;
    mb += worker.memoryMb();
    return mb > limits.workersKeptMbMax;
  });
}

export function createWorkerPool(node: WorkerNode, options: WorkerPoolOptions) {
  const { clock, log } = node;
  const { workersMax } = options;
  const crashes = createStartCrashes(clock, log);
  const workers = createWorkers(node, options, crashes);
  const line = createWorkerLine(clock);
  let isStopped = false;

  function retire(worker: WorkerProcess): Promise<void> {
    workers.forget(worker);
    return worker.end();
  }

  async function get(agentId: AgentId, isAskedFor: boolean): Promise<BusyWorker | Refusal> {
    if (isStopped) return stopping(agentId);
    const refusal = isAskedFor || workers.has(agentId) ? undefined : crashes.refusal(agentId);
    if (refusal) return refusal;
    const worker = await (workers.of(agentId) ?? workers.start(agentId));
    if (isRefusal(worker)) return worker;
    // It may have begun to end in the meantime.
    return worker.isLeaving()
      ? get(agentId, isAskedFor)
      : { peer: worker.peer, kill: worker.kill, done: worker.begin() };
  }

  return {
    /**
     * Makes room for a turn of the agent; if needed, ends another agent's idle worker. WORKERS if
     * all are busy or others have waited longer. For a look at a board (`isLook`), the latter counts only if a new worker is
     * needed.
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
     * The agent's worker, started if there is none; counts the turn. CRASHED with `until` if it dies at its start,
     * unless a person asked; WORKERS once the pool was stopped.
     */
    get,
    /** Gives the agent's next turn a new worker; the current one ends after its turns. */
    async replace(agentId: string): Promise<void> {
      crashes.forget(agentId);
      const worker = await workers.of(agentId);
      if (!worker || isRefusal(worker)) return;
      workers.forget(worker);
      await worker.drain();
    },
    /**
     * Ends workers that have had no turn for `workerIdleSeconds` and are not kept: for people, or for a turn that comes soon, such as
     * the agent's next look (`nextLookAt`). Of those that are kept, the ones that had a turn last stay within the memory for them.
     */
    async endIdle(nextLookAt: (agentId: string) => number | undefined = () => undefined): Promise<void> {
      const now = clock.now();
      const idle = workers.idle(now - limits.workerIdleSeconds * 1_000);
      await Promise.all(toEnd(idle, nextLookAt, now).map(retire));
    },
    /** How many processes there are. */
    count: () => workers.all().length,
    /** Ends all, and starts none any more. */
    async stop(): Promise<void> {
      isStopped = true;
      await Promise.all(workers.all().map((worker) => worker.end()));
    },
  };
}

export type WorkerPool = ReturnType<typeof createWorkerPool>;
