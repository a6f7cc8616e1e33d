/** A node as a process of its own: it may be killed at any moment, and is then started again without crash points. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { ownEnvironment } from '../../src/settings.ts';

export interface Node {
  /** Crash points that were passed, such as `worker.intent:3`, in order. */
  passed: () => string[];
  /** How often it was started again. */
  restarts: () => number;
  /** All that it said on stderr. */
  said: () => string;
  /** Stops it; resolves to what it or its children left running, as `pid name`. */
  stop: () => Promise<string[]>;
}

export interface NodeOptions {
  root: string;
  settings: Readonly<Record<string, string>>;
  /** What each start is armed with, the first one first; later starts have nothing. */
  crashAt: readonly string[];
}

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const lookMs = 50;
/** How long a process may take to end after the one that it belongs to. */
const goneMs = 60_000;

/** Name and start time of a process; undefined when it has ended (proc(5)). */
function processAt(pid: number): { name: string; startedAt: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    return state === 'Z' ? undefined : { name, startedAt: rest[18] ?? '' };
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    const own = text.split(' ').filter(Boolean).map(Number);
    return own.flatMap((child) => [child, ...childrenOf(child)]);
  } catch {
    return [];
  }
}

export function startNode({ root, settings, crashAt }: NodeOptions): Node {
  const seen = new Map<number, string>();
  let child: ChildProcess;
  let said = '';
  let restarts = 0;
  let stopping = false;

  function start(): void {
    const armed = crashAt[restarts];
    const points = armed === undefined ? {} : { JVAGENT_CRASH_AT: armed };
    const env = { ...ownEnvironment(), HOME: root, ...settings, ...points };
    child = spawn(process.execPath, [main, 'start', '--root', root, '--port', '0'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
    child.once('exit', (_code, signal) => {
      if (stopping || signal !== 'SIGKILL') return;
      restarts += 1;
      start();
    });
  }

  function look(): void {
    for (const pid of childrenOf(child.pid ?? 0)) seen.set(pid, processAt(pid)?.startedAt ?? '');
  }

  const left = () =>
    [...seen].flatMap(([pid, startedAt]) => {
      const found = processAt(pid);
      return found?.startedAt === startedAt ? [`${pid} ${found.name}`] : [];
    });

  start();
  const timer = setInterval(look, lookMs);
  return {
    passed: () => [...said.matchAll(/^crash point (\S+)$/gm)].map(([, point = '']) => point),
    restarts: () => restarts,
    said: () => said,
    async stop() {
      clearInterval(timer);
      look();
      stopping = true;
      const isRunning = child.exitCode === null && child.signalCode === null;
      const ended = isRunning && once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      for (const until = Date.now() + goneMs; left().length > 0 && Date.now() < until; ) {
        await new Promise((resolve) => setTimeout(resolve, lookMs));
      }
      return left();
    },
  };
}
