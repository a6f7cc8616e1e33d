/** Merges the trees of two commits without a work tree; conflicting files get the usual conflict markers. */
import type { MergedTree } from '../work-items/source.ts';
import type { Change } from './change.ts';
import { type Git, records } from './git-program.ts';

/** Merges commit `theirs` into commit `ours`; the caller commits the tree with both as parents. */
export async function mergeTrees(git: Git, ours: string, theirs: string): Promise<MergedTree> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', '--end-of-options'];
  const { code, stdout } = await git([...args, ours, theirs], { okCodes: [0, 1] });
  const [tree = '', ...files] = records(stdout);
  return { tree, conflicts: code === 0 ? [] : files };
}

/** The unresolved files: not changed after the merge, or still with conflict markers. */
export function unresolved(files: readonly string[], changes: readonly Change[]): string[] {
  const changed = new Map(changes.map((change) => [change.path, change]));
  return files.filter((path) => {
    const change = changed.get(path);
    if (!change) return true;
    return !change.deleted && /^(<{7}|>{7}) /m.test(change.bytes.toString('latin1'));
  });
}
