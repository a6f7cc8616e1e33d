/** Merges the moved base into our branch as trees, without a work tree: clean, or a tree that shows the conflicts. */
import { records } from './git-program.ts';
import type { Repository } from './repository.ts';
import type { Change } from './tree-read.ts';

export type Merged =
  | { kind: 'clean'; tree: string }
  /** The tree holds the usual conflict marks in these files. */
  | { kind: 'conflicts'; tree: string; files: string[] };

/** Merges commit `theirs` into commit `ours`; commit the tree with both as parents. */
export async function mergeBase(merge: { repository: Repository; ours: string; theirs: string }): Promise<Merged> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', '--end-of-options'];
  const { code, stdout } = await merge.repository.git([...args, merge.ours, merge.theirs], { okCodes: [0, 1] });
  const [tree = '', ...files] = records(stdout);
  return code === 0 ? { kind: 'clean', tree } : { kind: 'conflicts', tree, files };
}

/** The conflicting files that nobody has resolved: not changed since the merge, or still with its marks. */
export function unresolved(files: readonly string[], changes: readonly Change[]): string[] {
  const changed = new Map(changes.map((change) => [change.path, change]));
  return files.filter((path) => {
    const change = changed.get(path);
    if (!change) return true;
    return !change.deleted && /^(<{7}|>{7}) /m.test(change.bytes.toString('latin1'));
  });
}
