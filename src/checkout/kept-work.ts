/** Uncommitted work of a turn that loses its item: kept as a commit in our repository, and restored later. */
import type { Clock } from '../base/clock.ts';
import type { Author } from '../git/commit.ts';
import { isKept, keepWork } from '../git/kept/kept-work.ts';
import type { Repository } from '../git/repository.ts';
import type { Refusal } from '../refusal.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Tree } from './workspace.ts';

export interface KeptWorkOptions {
  repository: Repository;
  author: Author;
  clock: Clock;
}

/** The commit with the kept work; undefined if there is nothing to keep; a refusal if it cannot be kept. */
export async function keepUncommitted(
  { repository, author, clock }: KeptWorkOptions,
  { workItemId }: WorkItem,
  tree: Tree,
): Promise<string | undefined | Refusal> {
  const index = tree.index();
  // An unfinished merge is made again.
  if (tree.merge?.tree === index.rev) return undefined;
  return keepWork({ repository, workItemId, folder: tree.folder, index, author, at: clock.now() });
}

/** The kept work of the item, unless it is too old. */
export async function keptFor(repository: Repository, { workItemId, change }: WorkItem): Promise<string | undefined> {
  const { kept } = change ?? {};
  return kept && (await isKept(repository, workItemId, kept)) ? kept : undefined;
}
