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

/** As root every folder can be read; anybody else may read what is his own, though its mode forbids it, in a namespace where he has that right. */
const asReader = ['/usr/bin/bwrap', '--unshare-user', '--cap-add', 'CAP_DAC_READ_SEARCH', '--ro-bind', '/', '/', '--'];

async function sumOf(options: readonly string[], folders: readonly string[]): Promise<number> {
  const du = ['/usr/bin/du', '--summarize', '--total', '--one-file-system', ...options, '--', ...folders];
  const [file = '', ...args] = process.getuid?.() === 0 ? du : [...asReader, ...du];
  const { stdout, stderr } = await runProgram({ file, args, env: {}, timeoutMs: measureSecondsMax * 1_000 });
  // What vanishes meanwhile makes du complain and go on.
  const [, total] = /(\d+)\ttotal\n$/.exec(stdout.toString('latin1')) ?? [];
  if (total === undefined) throw new Error(`the size of ${folders.join(', ')} was not found: ${stderr.trim()}`);
  return Number(total);
}

/** Measured by a program of its own, since a tree may be large; no link is followed. Throws where it takes longer than a minute. */
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
    // What cannot be measured may be anything.
    onError: () => onOver(`its files could not be counted within ${measureSecondsMax} s`),
  });
}
