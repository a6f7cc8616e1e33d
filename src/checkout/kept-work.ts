/** What a turn leaves uncommitted when its item is taken away from it: kept as a commit of our own, and found again. */
import type { Clock } from '../base/clock.ts';
import type { Author } from '../git/commit.ts';
import { isKept, keepWork } from '../git/kept-work.ts';
import type { Repository } from '../git/repository.ts';
import type { LogEntry } from '../ipc/protocol.ts';
import { isRefusal } from '../refusal.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Tree } from './workspace.ts';

export interface KeptWorkOptions {
  repository: Repository;
  author: Author;
  record: (entries: LogEntry[]) => Promise<void>;
  clock: Clock;
}

export interface KeptWork {
  /** The commit that keeps it; undefined when there is nothing to keep, or nothing that can be. */
  keep(item: WorkItem, tree: Tree): Promise<string | undefined>;
  /** The item's kept work, unless it is too old. */
  of(item: WorkItem): Promise<string | undefined>;
}

export function createKeptWork({ repository, author, record, clock }: KeptWorkOptions): KeptWork {
  return {
    async keep({ workItemId }, tree) {
      const index = tree.index();
      // A merge that nobody concluded is made anew.
      if (tree.merge?.tree === index.rev) return undefined;
      const at = clock.now();
      const kept = await keepWork({ repository, workItemId, folder: tree.folder, index, author, at });
      if (!isRefusal(kept)) return kept;
      const text = `What was not committed could not be kept (${kept.refused}): ${kept.why}`;
      await record([{ at, kind: 'warning', text }]);
      return undefined;
    },
    async of({ workItemId, change }) {
      const { kept } = change ?? {};
      return kept && (await isKept(repository, workItemId, kept)) ? kept : undefined;
    },
  };
}
