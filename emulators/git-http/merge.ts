/** The three ways to merge a pull request, as commits in the bare repository; no branch is moved here. */
import type { Repository, Signature } from './repository.ts';

export type MergeMethod = 'merge' | 'squash' | 'rebase';

interface MergeOptions {
  method: MergeMethod;
  /** Full commit shas. */
  base: string;
  head: string;
  /** For the merge or squash commit; a rebase keeps the messages and authors of its commits. */
  message: string;
  author: Signature;
  committer: Signature;
}

/** The new commit of the base branch, or the conflicting paths. */
type MergeOutcome = { sha: string } | { conflicts: string[] };

/** Applies the change of each commit to the base, like a cherry-pick; merge commits are skipped. */
async function rebase(repository: Repository, { base, head, committer }: MergeOptions): Promise<MergeOutcome> {
  let tip = base;
  for (const commit of await repository.commits(base, head)) {
    const [parent, ...others] = commit.parents;
    if (parent === undefined || others.length > 0) continue;
    const tipTree = (await repository.commit(tip))?.tree ?? '';
    // merge-tree finds the merge base from history: a commit with the tip's tree and this commit's parent makes that parent the
    // base.
    const stand = { tree: tipTree, parents: [parent], author: committer, committer, message: 'tip' };
    const merged = await repository.mergeTrees(await repository.writeCommit(stand), commit.sha);
    if ('conflicts' in merged) return merged;
    tip = await repository.writeCommit({ ...commit, tree: merged.tree, parents: [tip], committer });
  }
  return { sha: tip };
}

/** Creates the commits for the chosen method. */
export async function mergeCommits(repository: Repository, options: MergeOptions): Promise<MergeOutcome> {
  const { method, base, head, message, author, committer } = options;
  if (method === 'rebase') return rebase(repository, options);
  const merged = await repository.mergeTrees(base, head);
  if ('conflicts' in merged) return merged;
  const parents = method === 'merge' ? [base, head] : [base];
  return { sha: await repository.writeCommit({ tree: merged.tree, parents, author, committer, message }) };
}
