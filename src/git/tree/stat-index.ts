/**
 * The content of a tree when it last matched a commit, so that later only changed files are read.
 *
 * Stored on the host outside the tree. A stamp contains size, times and inode: nobody inside can set a change time.
 */
import { type BigIntStats, readFileSync } from 'node:fs';
import { z } from 'zod';
import { writeFileWhole } from '../../base/files.ts';

export type FileMode = '100644' | '100755' | '120000';

export interface IndexEntry {
  mode: FileMode | '160000';
  oid: string;
  /** The stamp of the file; empty if it must be read again; absent if the path was not written (such as submodules). */
  stamp?: string;
}

export interface StatIndex {
  /** The tree-ish that the folder matched. */
  rev: string;
  entries: Map<string, IndexEntry>;
}

/** File systems store change times in ticks: a file that changed within the current tick can change again with the same stamp. */
const tickMs = 20n;

/** All attributes of a file that change with the file, as one text. */
export function stampOf(stat: BigIntStats): string {
  return `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.ino}`;
}

/** The stamp, or an empty one if the file can still change without a new stamp. */
export function settledStampOf(stat: BigIntStats, nowMs: number): string {
  return stat.ctimeNs / 1_000_000n + tickMs < BigInt(nowMs) ? stampOf(stat) : '';
}

/** Waits for a file system tick, so that later changes get a new stamp. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Number(tickMs) + 1));
}

const stored = z.object({
  rev: z.string(),
  entries: z.array(
    z.tuple([z.string(), z.enum(['100644', '100755', '120000', '160000']), z.string(), z.string().nullable()]),
  ),
});

export function storeIndex(file: string, index: StatIndex): void {
  const entries = [...index.entries].map(([path, { mode, oid, stamp }]) => [path, mode, oid, stamp ?? null]);
  writeFileWhole(file, JSON.stringify({ rev: index.rev, entries }));
}

export function loadIndex(file: string): StatIndex {
  const { rev, entries } = stored.parse(JSON.parse(readFileSync(file, 'utf8')));
  return {
    rev,
    entries: new Map(
      entries.map(([path, mode, oid, stamp]) => [path, { mode, oid, ...(stamp === null ? {} : { stamp }) }]),
    ),
  };
}
