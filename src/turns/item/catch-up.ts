/** What goes on in a repair without the model: a merge that git makes alone is committed, and a commit that did not get out goes out. */
import type { Clock } from '../../base/clock.ts';
import { commitChanges } from '../../git/commit.ts';
import type { Repository } from '../../git/repository.ts';
import { isRefusal } from '../../refusal.ts';
import type { PendingMerge, Standing } from '../../work-items/observe/standing.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import type { EngineTurnEnd } from './drive-item.ts';
import { type GitTurnSettings, summaryOf } from './git-commit.ts';

export interface CatchUpOptions {
  repository: Repository;
  settings: GitTurnSettings;
  clock: Clock;
}

export type CatchUp = (item: WorkItem, standing: Standing) => Promise<EngineTurnEnd>;

/** Nothing is left to do after all: the next look tells. */
const lookAgainMs = 1_000;
/** What people changed is not ours to bound. */
const bounds = { filesMax: Number.POSITIVE_INFINITY, linesMax: Number.POSITIVE_INFINITY };

export function createCatchUp({ repository, settings, clock }: CatchUpOptions): CatchUp {
  function commitMerge({ workItemId }: WorkItem, head: string, { theirs, tree, of }: PendingMerge, against: string) {
    const what = of === 'target' ? repository.targetBranch : 'what people pushed';
    const { author, signOff } = settings;
    const message = `chore: merge ${what} (#${workItemId})`;
    const parents = [head, theirs] as const;
    const made = { repository, parents, onto: tree, against, changes: [], message, author, signOff, bounds };
    return commitChanges({ ...made, at: clock.now() });
  }

  return async (item, { head, merge }) => {
    const { commit } = item.change ?? {};
    if (merge?.needs === 'git') {
      const against = await repository.sharedWithTarget(head, merge.theirs);
      const made = await commitMerge(item, head, merge, against);
      if (isRefusal(made)) return { event: { kind: 'gave-up', refusal: made } };
      const { sha, diff } = made;
      return { event: { kind: 'change-made', sha, summary: summaryOf(diff), deliver: 'pull-request' } };
    }
    if (!commit || commit.pushed) return { rest: { wakeInMs: lookAgainMs } };
    return { event: { kind: 'change-made', sha: commit.sha, summary: commit.summary, deliver: 'pull-request' } };
  };
}
