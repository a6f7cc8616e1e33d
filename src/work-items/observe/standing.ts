/**
 * The state of a change: the commit that work continues from, and what must be merged into it before it can be pushed.
 *
 * What people pushed to our branch is built upon, never overwritten; the target branch is merged in only where the pull
 * request needs it: it conflicts, or planned files differ there.
 */
import { plannedPaths } from '../plan.ts';
import { isOn, type Source } from '../source.ts';
import type { Behind, WorkItem } from '../work-item.ts';

/** A merge that is not made yet. */
export interface PendingMerge {
  /** The commit that is to be merged in. */
  theirs: string;
  /** Whose commit it is: people's on our branch, or the target branch's. */
  of: Behind['of'];
  /** Ours and theirs merged, with conflict marks where git could not. */
  tree: string;
  conflicts: string[];
  /** The engine resolves conflicts in planned files only. */
  needs: Behind['needs'];
}

export interface Standing {
  /** The commit to build upon. */
  head: string;
  merge?: PendingMerge;
  /** The pushed commit is no longer on any branch of the remote: people deleted or rewrote ours. */
  isForsaken?: true;
}

const plannedBy = ({ plan }: WorkItem) => (plan ? plannedPaths(plan.plan) : new Set<string>());

async function pendingMerge(
  source: Source,
  item: WorkItem,
  ours: string,
  { theirs, of }: Pick<PendingMerge, 'theirs' | 'of'>,
): Promise<PendingMerge> {
  const { tree, conflicts } = await source.merge(ours, theirs);
  const planned = plannedBy(item);
  const needs = conflicts.length === 0 ? 'git' : conflicts.every((path) => planned.has(path)) ? 'engine' : 'people';
  return { theirs, of, tree, conflicts, needs };
}

async function onBranch(source: Source, item: WorkItem, ours: string, remote: string): Promise<Standing> {
  if (await isOn(source, ours, remote)) return { head: remote };
  if (await isOn(source, remote, ours)) return { head: ours };
  return { head: ours, merge: await pendingMerge(source, item, ours, { theirs: remote, of: 'branch' }) };
}

async function onTarget(source: Source, item: WorkItem, head: string, targetSha: string): Promise<Standing> {
  if (await isOn(source, targetSha, head)) return { head };
  const merge = await pendingMerge(source, item, head, { theirs: targetSha, of: 'target' });
  const planned = plannedBy(item);
  const brought = await source.changedPaths(head, merge.tree);
  return merge.needs !== 'git' || brought.some((path) => planned.has(path)) ? { head, merge } : { head };
}

/** Reads the remote live. A branch that does not hold what we pushed is not ours to build upon. */
export async function readStanding(source: Source, item: WorkItem): Promise<Standing> {
  const { targetSha, heads } = await source.fetch();
  const { branch = '', commit, pushedSha } = item.change ?? {};
  const remote = pushedSha === undefined ? undefined : heads.get(branch);
  const ours = commit?.sha ?? item.plan?.baseSha ?? targetSha;
  if (!remote || !(await isOn(source, pushedSha, remote))) {
    return pushedSha === undefined ? { head: ours } : { head: ours, isForsaken: true };
  }
  const standing = await onBranch(source, item, ours, remote);
  if (standing.merge || !item.review) return standing;
  return onTarget(source, item, standing.head, targetSha);
}
