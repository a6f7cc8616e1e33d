/** What a turn leaves uncommitted when its item is taken away from it: kept as a commit of our own, and found again. */
import type { Clock } from '../base/clock.ts';
import type { Author } from '../git/commit.ts';
import { isKept, keepWork } from '../git/kept-work.ts';
import type { Repository } from '../git/repository.ts';
import type { Refusal } from '../refusal.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Tree } from './workspace.ts';

export interface KeptWorkOptions {
  repository: Repository;
  author: Author;
  clock: Clock;
}

/** The commit that keeps it; undefined when there is nothing to keep, a refusal when it cannot be kept. */
export async function keepUncommitted(
  { repository, author, clock }: KeptWorkOptions,
  { workItemId }: WorkItem,
  tree: Tree,
): Promise<string | undefined | Refusal> {
  const index = tree.index();
  // A merge that nobody concluded is made anew.
  if (tree.merge?.tree === index.rev) return undefined;
  return keepWork({ repository, workItemId, folder: tree.folder, index, author, at: clock.now() });
}

/** The item's kept work, unless it is too old. */
export async function keptFor(repository: Repository, { workItemId, change }: WorkItem): Promise<string | undefined> {
  const { kept } = change ?? {};
  return kept && (await isKept(repository, workItemId, kept)) ? kept : undefined;
}
