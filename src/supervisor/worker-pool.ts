/**
 * The worker processes of a node: one an agent, started on demand, ended when idle or when the agent's files changed.
 *
 * A worker gets an environment made from nothing and learns what it is by one message; its death ends only its own turns.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Channel, createPeer, type Implementation, type Peer } from '../ipc/peer.ts';
import { parseForSupervisor, type SupervisorMethods, type WorkerMethods, type WorkerSetup } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { createStartCrashes } from './start-crashes.ts';

export interface WorkerPoolOptions {
  /** Everything of a worker's setup but its agent. */
  setup: Omit<WorkerSetup, 'agentId' | 'runFolder'>;
  /** Where workers get their folders, which are gone when they are. */
  runFolder: string;
  /** The environment of a worker process, to which its own folder is added as HOME. */
  environment: Readonly<Record<string, string>>;
  methodsFor: (agentId: string) => Implementation<SupervisorMethods>;
  /** What a started worker found: whose its tokens are, and its configuration; a refusal ends it. */
  onConfigured: (
    agentId: string,
    found: { identities: string[]; configDigest: string },
  ) => Promise<Refusal | undefined>;
  crashPoints: CrashPoints;
  clock: Clock;
  log: Log;
}

interface Worker {
  peer: Peer<WorkerMethods>;
  /** Says that a turn begins; the answer is called when it has ended. */
  busy(): () => void;
}

interface Entry extends Worker {
  child: ChildProcess;
  turns: number;
  idleSince: number;
  draining: boolean;
}

/** How long a worker may take to park its turns before it is ended. */
const stopMs = 10_000;

const workerFile = new URL('../worker/main.ts', import.meta.url);

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

function channelOf(child: ChildProcess, crashPoints: CrashPoints): Channel {
  return {
    send: (message) => {
      if (child.connected) child.send(message as object, () => crashPoints.reach('supervisor.message'));
    },
    onMessage: (listener) => child.on('message', listener),
    // Later than its exit: what it sent before its end is still read.
    onClose: (listener) => child.once('disconnect', listener),
  };
}

/** Starts the process of one agent's worker, with an environment of its own and a channel to it. */
function forkWorker({ environment, methodsFor, crashPoints }: WorkerPoolOptions, agentId: string, runFolder: string) {
  const child = fork(workerFile, [], {
    env: { ...environment, HOME: runFolder },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const peer = createPeer<SupervisorMethods, WorkerMethods>({
    channel: channelOf(child, crashPoints),
    methods: methodsFor(agentId),
    parse: parseForSupervisor,
  });
  return { child, peer };
}

async function end(entry: Entry, log: Log): Promise<void> {
  entry.draining = true;
  if (hasEnded(entry.child)) return;
  const gone = once(entry.child, 'exit');
  entry.peer.call('stop', {}).catch((error: unknown) => log.debug(messageOf(error)));
  const timer = setTimeout(() => entry.child.kill('SIGKILL'), stopMs);
  await gone;
  clearTimeout(timer);
}

/** Counts a turn in, and out again by the function that it answers with. */
function begin(entry: Entry, clock: Clock, log: Log): () => void {
  entry.turns += 1;
  return () => {
    entry.turns -= 1;
    entry.idleSince = clock.now();
    if (entry.draining && entry.turns === 0) void end(entry, log);
  };
}

/** A crash point is armed once: an agent's later workers have none. */
function createSetups({ crashAt, ...common }: WorkerPoolOptions['setup']) {
  const started = new Set<string>();
  return (agentId: string): Omit<WorkerSetup, 'runFolder'> => {
    const isFirst = !started.has(agentId);
    started.add(agentId);
    return { ...common, agentId, ...(isFirst && crashAt ? { crashAt } : {}) };
  };
}

export function createWorkerPool(options: WorkerPoolOptions) {
  const { setup, clock, log } = options;
  const entries = new Map<string, Promise<Entry | Refusal>>();
  const all = new Set<Entry>();
  const crashes = createStartCrashes(clock, log);
  const setupOf = createSetups(setup);

  async function start(agentId: string): Promise<Entry | Refusal> {
    const runFolder = mkdtempSync(join(options.runFolder, 'w'));
    const { child, peer } = forkWorker(options, agentId, runFolder);
    const entry: Entry = {
      child,
      peer,
      turns: 0,
      idleSince: clock.now(),
      draining: false,
      busy: () => begin(entry, clock, log),
    };
    child.once('exit', (code, signal) => {
      all.delete(entry);
      rm(runFolder, { recursive: true, force: true }).catch((error: unknown) => log.debug(messageOf(error)));
      if (!entry.draining) log.warn({ agentId, code, signal }, 'a worker ended by itself');
    });
    all.add(entry);
    let isSound = false;
    try {
      const configured = await peer.call('configure', { ...setupOf(agentId), runFolder });
      const refusal = isRefusal(configured) ? configured : await options.onConfigured(agentId, configured);
      isSound = refusal === undefined;
      return refusal ?? entry;
    } finally {
      if (!isSound) await end(entry, log);
    }
  }

  return {
    /** The agent's worker, started where there is none; CRASHED with `until` where it dies at its start, unless a person asks. */
    async get(agentId: string, isAskedFor: boolean): Promise<Worker | Refusal> {
      const known = entries.get(agentId);
      if (known) return known;
      const refusal = isAskedFor ? undefined : crashes.refusal(agentId);
      if (refusal) return refusal;
      const starting = crashes.guard(agentId, () => start(agentId));
      entries.set(agentId, starting);
      const forget = () => {
        if (entries.get(agentId) === starting) entries.delete(agentId);
      };
      starting.then(
        (worker) => (isRefusal(worker) || hasEnded(worker.child) ? forget() : worker.child.once('exit', forget)),
        forget,
      );
      return starting;
    },
    /** Lets the agent's next turn have a new worker; the present one ends when its turns have. */
    async replace(agentId: string): Promise<void> {
      crashes.forget(agentId);
      const entry = await entries.get(agentId)?.catch(() => undefined);
      entries.delete(agentId);
      if (!entry || isRefusal(entry)) return;
      entry.draining = true;
      if (entry.turns === 0) await end(entry, log);
    },
    async endIdle(): Promise<void> {
      const before = clock.now() - limits.workerIdleSeconds * 1_000;
      for (const entry of all) if (entry.turns === 0 && entry.idleSince < before) await end(entry, log);
    },
    stop: () => Promise.all([...all].map((entry) => end(entry, log))),
  };
}

export type WorkerPool = ReturnType<typeof createWorkerPool>;
