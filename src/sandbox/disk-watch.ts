/** Measures the folders that a program can write, and says when they hold too much: for where no quota is given to us. */
import type { Clock } from '../base/clock.ts';
import { type Loop, startLoop } from '../base/loop.ts';
import { runProgram } from '../base/program.ts';

export interface FolderSize {
  /** As allocated on disk; a file with many names counts once. */
  bytes: number;
  /** Files and folders. */
  entries: number;
}

const pauseMs = 2_000;
const measureSecondsMax = 60;

async function sumOf(args: readonly string[], folders: readonly string[]): Promise<number> {
  const all = ['--summarize', '--total', '--one-file-system', ...args, '--', ...folders];
  const { stdout } = await runProgram({
    file: '/usr/bin/du',
    args: all,
    env: {},
    timeoutMs: measureSecondsMax * 1_000,
  });
  // What vanishes meanwhile makes du complain and go on.
  return Number(/(\d+)\ttotal\n$/.exec(stdout.toString('latin1'))?.[1] ?? 0);
}

/** Measured by a program of its own, since a tree may be large; no link is followed. */
export async function measure(folders: readonly string[]): Promise<FolderSize> {
  const [bytes, entries] = await Promise.all([sumOf(['--block-size=1'], folders), sumOf(['--inodes'], folders)]);
  return { bytes, entries };
}

export interface DiskBounds {
  bytesMax: number;
  entriesMax: number;
}

export interface DiskWatch extends DiskBounds {
  folders: readonly string[];
  clock: Clock;
  /** In words. */
  onOver(what: string): void;
}

/** What of these bounds is passed, in words, if one is. */
function overSize({ bytes, entries }: FolderSize, { bytesMax, entriesMax }: DiskBounds): string | undefined {
  const mb = (count: number) => Math.ceil(count / 2 ** 20);
  if (bytes > bytesMax) return `its files take ${mb(bytes)} MB of the disk, ${mb(bytesMax)} are allowed`;
  return entries > entriesMax ? `it has ${entries} files and folders, ${entriesMax} are allowed` : undefined;
}

/** Looks every two seconds until stopped. */
export function watchDisk({ folders, clock, onOver, ...bounds }: DiskWatch): Loop {
  return startLoop({
    clock,
    pauseMs,
    async step() {
      const what = overSize(await measure(folders), bounds);
      if (what) onOver(what);
    },
    onError: () => {},
  });
}
