/** Measures the folders that a program can write to, and reports when they contain too much. Used instead of a disk quota. */
import type { Clock } from '../base/clock.ts';
import { type Loop, startLoop } from '../base/loop.ts';
import { runProgram } from '../base/program.ts';

export interface FolderSize {
  /** Allocated bytes on disk; a file with several names counts once. */
  bytes: number;
  /** The number of files and folders. */
  entries: number;
}

const pauseMs = 2_000;
const measureSecondsMax = 60;

/**
 * Root can read every folder. Other users get that right for their own files in a user namespace, even if the mode forbids reading.
 */
const asReader = ['/usr/bin/bwrap', '--unshare-user', '--cap-add', 'CAP_DAC_READ_SEARCH', '--ro-bind', '/', '/', '--'];

async function sumOf(options: readonly string[], folders: readonly string[]): Promise<number> {
  const du = ['/usr/bin/du', '--summarize', '--total', '--one-file-system', ...options, '--', ...folders];
  const [file = '', ...args] = process.getuid?.() === 0 ? du : [...asReader, ...du];
  const { stdout, stderr } = await runProgram({ file, args, env: {}, timeoutMs: measureSecondsMax * 1_000 });
  // If a file disappears while du runs, du reports it and continues.
  const [, total] = /(\d+)\ttotal\n$/.exec(stdout.toString('latin1')) ?? [];
  if (total === undefined) throw new Error(`du did not print the size of ${folders.join(', ')}: ${stderr.trim()}`);
  return Number(total);
}

/** Measures with `du`, because a tree can be large; links are not followed. Throws if it takes longer than a minute. */
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
  /** Called with the exceeded bound as text. */
  onOver(what: string): void;
}

/** The exceeded bound as text, if there is one. */
function overSize({ bytes, entries }: FolderSize, { bytesMax, entriesMax }: DiskBounds): string | undefined {
  const mb = (count: number) => Math.ceil(count / 2 ** 20);
  if (bytes > bytesMax) return `its files use ${mb(bytes)} MB of the disk, ${mb(bytesMax)} MB are allowed`;
  return entries > entriesMax ? `it has ${entries} files and folders, ${entriesMax} are allowed` : undefined;
}

/** Checks every two seconds until stopped; not at once, when a program is busy with its start and has used nothing yet. */
export function watchDisk({ folders, clock, onOver, ...bounds }: DiskWatch): Loop {
  return startLoop({
    clock,
    pauseMs,
    waitsFirst: true,
    async step() {
      const what = overSize(await measure(folders), bounds);
      if (what) onOver(what);
    },
    // A folder that cannot be measured may have any size.
    onError: () => onOver(`its files could not be counted within ${measureSecondsMax} s`),
  });
}
