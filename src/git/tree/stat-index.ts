/**
 * What a tree held when it was last in step with a commit, so that later only touched files are read.
 *
 * Kept in a file of the host outside the tree. A stamp names size, times and inode: nobody inside can set a change time.
 */
import { type BigIntStats, readFileSync } from 'node:fs';
import { z } from 'zod';
import { writeFileWhole } from '../../base/files.ts';

export type FileMode = '100644' | '100755' | '120000';

export interface IndexEntry {
  mode: FileMode | '160000';
  oid: string;
  /** The file's stamp; empty when it must be read again; none when the path was not written (submodules and the like). */
  stamp?: string;
}

export interface StatIndex {
  /** The tree-ish whose content the folder held. */
  rev: string;
  entries: Map<string, IndexEntry>;
}

/** File systems stamp changes in ticks; a file changed within one of now may change again under the same stamp. */
const tickMs = 20n;

/** Everything about a file that changes when it is touched, as one text. */
export function stampOf(stat: BigIntStats): string {
  return `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.ino}`;
}

/** The stamp, or an empty one when the file may still change without showing it. */
export function settledStampOf(stat: BigIntStats, nowMs: number): string {
  return stat.ctimeNs / 1_000_000n + tickMs < BigInt(nowMs) ? stampOf(stat) : '';
}

/** Waits until a file system tick has passed, so that a later change cannot bear an earlier stamp. */
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
