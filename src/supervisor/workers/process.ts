/**
 * One worker process: forked with an environment made from nothing, told what it is by one message, ended with its folder.
 *
 * Its death ends only its own turns.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
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
import { permissionFlags } from './permissions.ts';

export interface WorkerProcessOptions {
  /** Everything of a worker's setup but its folder. */
  setup: Omit<WorkerSetup, 'runFolder' | 'agentId'> & { agentId: AgentId };
  /** Folders of the machine that the agent's configuration names for its programs. */
  shown: readonly string[];
  /** Where workers get their folders, which are gone when they are. */
  runFolder: string;
  /** The environment of a worker process, to which its own folder is added as HOME and TMPDIR. */
  environment: Readonly<Record<string, string>>;
  methods: Implementation<SupervisorMethods>;
  /** What it found: whose its tokens are, and its configuration; a refusal ends it. */
  onConfigured: (found: { identities: string[]; configDigest: string }) => Promise<Refusal | undefined>;
  onExit: () => void;
}

/** What a worker's process needs of its node. */
export type WorkerNode = Pick<Node, 'crashPoints' | 'clock' | 'log'>;

export interface WorkerProcess {
  readonly agentId: string;
  readonly peer: Peer<WorkerMethods>;
  /** Resolves when it is ready for turns; with the reason, and its end, when it is not fit; rejects when it died. */
  configure(): Promise<Refusal | undefined>;
  /** Since when it has nothing to do, milliseconds since 1970; undefined while it starts, has turns, or is ending. */
  idleSince(): number | undefined;
  /** Takes no turn any more: it is gone, or goes when its turns have ended. */
  isLeaving(): boolean;
  /** Counts a turn in, until the answer is called. */
  begin(): () => void;
  /** Ends it when its turns have ended. */
  drain(): Promise<void>;
  /** Ends it now, with its turns parked; resolves when the process is gone. */
  end(): Promise<void>;
}

/** How long a worker may take to park its turns before it is ended. */
const stopMs = 10_000;

const workerFile = new URL('../../worker/main.ts', import.meta.url);

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

export function startWorkerProcess(node: WorkerNode, options: WorkerProcessOptions): WorkerProcess {
  const { crashPoints, clock, log } = node;
  const { setup, shown, environment, methods, onConfigured, onExit } = options;
  const { agentId } = setup;
  const runFolder = mkdtempSync(join(options.runFolder, 'w'));
  const child = fork(workerFile, [], {
    env: { ...environment, HOME: runFolder, TMPDIR: runFolder },
    execArgv: permissionFlags({ ...setup, agentId, runFolder, shown, compileCache: environment.NODE_COMPILE_CACHE }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const channel = channelOf(child, crashPoints);
  const peer = createPeer<SupervisorMethods, WorkerMethods>({ channel, methods, parse: parseForSupervisor });
  // Its start is counted as a turn.
  let turns = 1;
  let idleSince = clock.now();
  let isLeaving = false;
  child.once('exit', (code, signal) => {
    if (!isLeaving) log.warn({ agentId, code, signal }, 'a worker ended by itself');
    isLeaving = true;
    rm(runFolder, { recursive: true, force: true }).catch((error: unknown) => log.debug(messageOf(error)));
    onExit();
  });

  async function end(): Promise<void> {
    isLeaving = true;
    if (hasEnded(child)) return;
    const gone = once(child, 'exit');
    peer.call('stop', {}).catch((error: unknown) => log.debug(messageOf(error)));
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await gone;
    clearTimeout(timer);
  }

  function endTurn(): void {
    turns -= 1;
    idleSince = clock.now();
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
    begin() {
      turns += 1;
      return endTurn;
    },
    async drain() {
      isLeaving = true;
      if (turns === 0) await end();
    },
    end,
  };
}
