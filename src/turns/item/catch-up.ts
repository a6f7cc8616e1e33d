/** The part of a repair that needs no model: a merge that git makes alone is committed, and a commit that was not pushed is pushed. */
import { authorOf } from '../../agents/config/git.ts';
import { commitChanges } from '../../git/commit.ts';
import { isRefusal } from '../../refusal.ts';
import { pauses, tryAgainAt } from '../../waits.ts';
import type { PendingMerge, Standing } from '../../work-items/observe/standing.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import type { EngineTurnEnd } from './drive-item.ts';
import { summaryOf } from './tools/git-commit.ts';
import type { ItemTurn } from './turn.ts';

type Merging = Pick<ItemTurn, 'agent' | 'connections' | 'clock'>;

/** What people changed is not ours to bound. */
const bounds = { filesMax: Number.POSITIVE_INFINITY, linesMax: Number.POSITIVE_INFINITY };

async function commitMerge({ agent, connections, clock }: Merging, item: WorkItem, head: string, merge: PendingMerge) {
  const { repository } = connections;
  const { theirs, tree: onto, of } = merge;
  const what = of === 'target' ? repository.targetBranch : 'what people pushed';
  return commitChanges({
    repository,
    parents: [head, theirs],
    onto,
    against: await repository.sharedWithTarget(head, theirs),
    changes: [],
    message: `chore: merge ${what} (#${item.workItemId})`,
    author: authorOf(agent.git),
    signOff: agent.git.signOff,
    at: clock.now(),
    bounds,
  });
}

export async function catchUp(turn: Merging, item: WorkItem, { head, merge }: Standing): Promise<EngineTurnEnd> {
  const { commit } = item.change ?? {};
  if (merge?.needs === 'git') {
    const made = await commitMerge(turn, item, head, merge);
    if (isRefusal(made)) return { event: { kind: 'gave-up', refusal: made } };
    const { sha, diff } = made;
    return { event: { kind: 'change-made', sha, summary: summaryOf(diff), deliver: 'pull-request' } };
  }
  if (!commit || commit.pushed) return { rest: { until: tryAgainAt(turn.clock.now(), pauses.lookSoon) } };
  return { event: { kind: 'change-made', sha: commit.sha, summary: commit.summary, deliver: 'pull-request' } };
}
