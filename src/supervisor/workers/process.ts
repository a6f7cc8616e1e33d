/**
 * One worker process: forked with a new environment, configured by one message, and ended together with its folder.
 *
 * If it dies, only its own turns end.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AgentId } from '../../agents/agent-id.ts';
import type { CrashPoints } from '../../base/crash-points.ts';
import { messageOf } from '../../base/errors.ts';
import { type Channel, createPeer, type Implementation, type Peer } from '../../ipc/peer.ts';
import {
  parseForSupervisor,
  type SupervisorMethods,
  type WorkerMethods,
  type WorkerSetup,
} from '../../ipc/protocol.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import type { Node } from '../node.ts';
import { memoryMbOf } from './keeping.ts';
import { permissionFlags } from './permissions.ts';

export interface WorkerProcessOptions {
  /** The setup of a worker, without its folder. */
  setup: Omit<WorkerSetup, 'runFolder' | 'agentId'> & { agentId: AgentId };
  /** Folders of the machine that the agent's configuration lists for its programs. */
  shown: readonly string[];
  /** Where workers' folders are created; a folder is deleted with its worker. */
  runFolder: string;
  /** The environment of a worker process; its own folder is added as HOME and TMPDIR. */
  environment: Readonly<Record<string, string>>;
  methods: Implementation<SupervisorMethods>;
  /** Called with what the worker found: the owners of its tokens, and its configuration. A refusal ends it. */
  onConfigured: (found: { identities: string[]; configDigest: string }) => Promise<Refusal | undefined>;
  onExit: () => void;
}

/** The parts of a node that a worker process needs. */
export type WorkerNode = Pick<Node, 'onWorkerLine' | 'crashPoints' | 'clock' | 'log'>;

export interface WorkerProcess {
  readonly agentId: string;
  readonly peer: Peer<WorkerMethods>;
  /** Resolves when it is ready for turns, or with the reason if it cannot run (then it ends); rejects if it died. */
  configure(): Promise<Refusal | undefined>;
  /** When it became idle, milliseconds since 1970; undefined while it starts, has turns, or is ending. */
  idleSince(): number | undefined;
  /** Whether it accepts no more turns, because it has ended or ends after its turns. */
  isLeaving(): boolean;
  /** Until when it is kept although it is idle, milliseconds since 1970. */
  keptUntil(): number;
  /** Its resident memory. */
  memoryMb(): number;
  /** Counts a turn until the returned function is called, with the time until which the worker is then kept. */
  begin(): (keptUntil?: number) => void;
  /** Ends it after its turns. */
  drain(): Promise<void>;
  /** Parks its turns and ends it now; resolves when the process has ended. */
  end(): Promise<void>;
  /** Ends it, and with it all that it started, without waiting for anything. */
  kill(): void;
}

/** How long a worker may take to park its turns before it is killed. */
const stopMs = 10_000;

/** TypeScript in a clone, JavaScript in an installed package. */
const workerFile = new URL(`../../worker/main${extname(import.meta.filename)}`, import.meta.url);

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

function channelOf(child: ChildProcess, crashPoints: CrashPoints): Channel {
  return {
    send: (message) => {
      if (child.connected) child.send(message as object, () => crashPoints.reach('supervisor.message'));
    },
    onMessage: (listener) => child.on('message', listener),
    // After its exit, so that everything it sent before is still read.
    onClose: (listener) => {
      child.once('disconnect', () => listener());
      child.once('error', (error) => child.pid === undefined && listener(error));
    },
  };
}

const peerOf = (child: ChildProcess, methods: WorkerProcessOptions['methods'], crashPoints: CrashPoints) =>
  createPeer<SupervisorMethods, WorkerMethods>({
    channel: channelOf(child, crashPoints),
    methods,
    parse: parseForSupervisor,
  });

/** A process that could not be started has no exit; unheard, its error would end this one. */
function onceEnded(child: ChildProcess, ended: (how: object) => void): void {
  child.once('exit', (code, signal) => ended({ code, signal }));
  child.on('error', (error) => {
    if (child.pid === undefined) ended({ why: messageOf(error) });
  });
}

/** Resolves when the process has ended, by itself or killed. */
async function stopChild(child: ChildProcess, peer: Peer<WorkerMethods>, log: WorkerNode['log']): Promise<void> {
  const gone = once(child, 'exit');
  peer.call('stop', {}).catch((error: unknown) => log.debug(messageOf(error)));
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await gone;
  clearTimeout(timer);
}

export function startWorkerProcess(node: WorkerNode, options: WorkerProcessOptions): WorkerProcess {
  const { onWorkerLine, crashPoints, clock, log } = node;
  const { setup, shown, environment, methods, onConfigured, onExit } = options;
  const { agentId } = setup;
  const runFolder = mkdtempSync(join(options.runFolder, 'w'));
  const child = fork(workerFile, [], {
    env: { ...environment, HOME: runFolder, TMPDIR: runFolder },
    execArgv: permissionFlags({ ...setup, agentId, runFolder, shown, compileCache: environment.NODE_COMPILE_CACHE }),
    stdio: ['ignore', 'ignore', onWorkerLine ? 'pipe' : 'inherit', 'ipc'],
  });
  if (onWorkerLine && child.stderr) createInterface({ input: child.stderr }).on('line', onWorkerLine);
  const peer = peerOf(child, methods, crashPoints);
  // Its start counts as a turn.
  let turns = 1;
  let idleSince = clock.now();
  let keptUntil = 0;
  let isLeaving = false;
  const ended = (how: object) => {
    if (!isLeaving) log.warn({ agentId, ...how }, 'a worker ended unexpectedly');
    isLeaving = true;
    rm(runFolder, { recursive: true, force: true }).catch((error: unknown) => log.debug(messageOf(error)));
    onExit();
  };
  onceEnded(child, ended);

  async function end(): Promise<void> {
    isLeaving = true;
    if (child.pid !== undefined && !hasEnded(child)) await stopChild(child, peer, log);
  }

  function endTurn(kept = 0): void {
    turns -= 1;
    idleSince = clock.now();
    keptUntil = Math.max(keptUntil, kept);
    if (isLeaving && turns === 0) void end();
  }

  return {
    agentId,
    peer,
    async configure() {
      let isSound = false;
      try {
        const configured = await peer.call('configure', { ...setup, runFolder });
        const refusal = isRefusal(configured) ? configured : await onConfigured(configured);
        isSound = refusal === undefined;
        return refusal;
      } finally {
        if (isSound) endTurn();
        else await end();
      }
    },
    idleSince: () => (turns === 0 && !isLeaving ? idleSince : undefined),
    isLeaving: () => isLeaving,
    keptUntil: () => keptUntil,
    memoryMb: () => memoryMbOf(child.pid),
    begin() {
      turns += 1;
      return endTurn;
    },
    async drain() {
      isLeaving = true;
      if (turns === 0) await end();
    },
    end,
    kill: () => void child.kill('SIGKILL'),
  };
}
