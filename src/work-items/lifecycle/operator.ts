/** What a person does to an item at the command line: continue it, roll its deployment back, restore it from a backup. */
import { refuse } from '../../refusal.ts';
import { type Approval, type Commit, newWorkItem, type WorkItem } from '../work-item.ts';
import { tryBarred } from './barred.ts';
import { afterMerge, wayBack } from './deploying.ts';
import type { AheadOfBackup, Decision, EventOf, Facts, Rows } from './events.ts';
import {
  counted,
  enterSaying,
  fresh,
  fromAnyState,
  numbered,
  planAgain,
  planReadyAgain,
  planStale,
  sayOnTile,
  short,
  stay,
  withoutReview,
  workKept,
} from './moves.ts';

/** An item that is not over: the turn that brings this looks at whatever it waits for. */
export const retried = (item: WorkItem): Decision => tryBarred(fresh(item));

type Restored = EventOf<'restored'>;

/** What was found, in words that blame nobody. */
function restoredText({ phase }: WorkItem, { found }: Restored): string {
  const board = found ? ` The board shows "${found}", which this agent set after the backup was made.` : '';
  return `**The state was restored from a backup.**${board} The backup knows the work item in ${phase}, and it continues from there.`;
}

/** A tile that we moved since the backup comes back to where the item is. */
function movedBack(item: WorkItem, event: Restored): Decision {
  if (!event.movedOn) return stay(item);
  return fromAnyState(enterSaying(item, item.phase, restoredText(item, event)));
}

/** A pull request of a plan that the backup does not know is left to people, with its branch. */
function leftToPeople(item: WorkItem, { number, url }: AheadOfBackup) {
  const text = `**The state was restored from a backup**, which does not know the plan of pull request ${number}. Merge or close ${url} by hand: nothing is deployed for it, and the work item gets another branch.`;
  return { item: counted(item, { branchesLeft: item.counts.branchesLeft + 1 }), text };
}

/** The backup knows no plan: the item continues as it was. */
export function restoredUnplanned(before: WorkItem, event: Restored): Decision {
  if (!event.ahead) return movedBack(before, event);
  const { item, text } = leftToPeople(before, event.ahead);
  return fromAnyState(enterSaying(item, item.phase, text));
}

/** The item had not started in the backup: its tile stays where it is. */
export function restoredUntouched(before: WorkItem, { ahead }: Restored): Decision {
  if (!ahead) return stay(before);
  const { item, text } = leftToPeople(before, ahead);
  return sayOnTile(item, text);
}

/** What was done under this approval since the backup is found by its marks. */
function inReviewAgain(item: WorkItem, ahead: AheadOfBackup, approval: Approval): Decision {
  const { hint, question, refusal, ...rest } = item;
  const { branch, number, url, headSha } = ahead;
  const change = { ...item.change, branch, pushedSha: headSha };
  return stay({ ...rest, approval, change, review: { number, url }, phase: 'pr-created' });
}

/**
 * The backup knows the plan and no approval of it. If the tile has none either, people decide again, and the item
 * goes on from what the pull request has.
 */
export function restoredPlan(item: WorkItem, event: Restored): Decision {
  const { ahead, movedOn } = event;
  if (!ahead || !item.plan?.posted) return restoredUnplanned(item, event);
  if (ahead.approval) return inReviewAgain(item, ahead, ahead.approval);
  const { branch, headSha } = ahead;
  const pushed: Commit = { sha: headSha, summary: '', deliver: 'pull-request', pushed: true };
  const { commit = pushed, pushedSha = headSha } = item.change ?? {};
  const known = { ...item, change: { ...item.change, branch, commit, pushedSha } };
  return movedOn ? fromAnyState(planReadyAgain(known, 'the restored backup')) : stay(known);
}

/** The backup knows an approval: whether it is still the one that the tile tells of counts. */
export function restoredChange(item: WorkItem, { movedOn, ahead }: Restored): Decision {
  if (ahead?.approval) return inReviewAgain(item, ahead, ahead.approval);
  return movedOn ? fromAnyState(planReadyAgain(item, 'the restored backup')) : stay(item);
}

/** Its pull request is not looked at any more. */
export function withoutClosed(item: WorkItem): WorkItem {
  if (!item.review?.isClosed) return item;
  const { isClosed, ...review } = item.review;
  return { ...item, review };
}

/** An ended item continues where it can: from its merge, from its plan and work, or with a new plan. */
function goOn(ended: WorkItem, { by, mergedSha: seen }: EventOf<'retried-by'>, facts: Facts) {
  const mergedSha = ended.deployment?.mergedSha ?? (ended.review && ended.approval ? seen : undefined);
  const { cancelledRev, ...item } = fresh(withoutClosed(ended));
  if (item.title === '') {
    return stay(counted(newWorkItem(item.workItemId, '', ''), { moves: item.counts.moves, told: item.counts.told }));
  }
  if (mergedSha === undefined) {
    return fromAnyState(item.plan?.posted ? planReadyAgain(item, by) : planAgain(item, '', facts));
  }
  const { refusal, ...merged } = item;
  const { item: moved, nth } = numbered(merged);
  const next = afterMerge(moved, mergedSha, facts);
  if (!facts.rules.deploys) return next;
  return fromAnyState({ ...next, intents: [{ kind: 'show', phase: next.item.phase, nth }, ...next.intents] });
}

/** The instance goes back to what it ran before the item's deployment. */
export function rolledBack(item: WorkItem, { by, refusal }: EventOf<'rolled-back-by'>): Decision {
  const back = wayBack(item);
  if (back.length === 0 || !item.deployment) return stay(item);
  if (refusal) return sayOnTile(item, `**Not rolled back** (${refusal.refused}): ${refusal.why}. ${refusal.fix}`);
  const { deployedSha, ...deployment } = item.deployment;
  const why = `${by} rolled back the deployment of ${short(deployment.mergedSha)}`;
  // Not running yet: two requests at the same time would wait for each other.
  return stay({ ...item, deployment, phase: 'deploying', refusal: refuse('HOLD', why) }, back);
}

/** A person brings an ended item back: to new for a new plan; to approved for the plan and work it has, by the gate. */
export const endedRows: Rows = {
  'work-kept': workKept,
  found: (item, _event, facts) => planAgain(fresh(item), '', facts),
  'found-approved': (item, _event, facts) => {
    const again = withoutReview(fresh(item));
    if (item.plan?.posted && !item.deployment) return stay({ ...again, phase: 'plan-ready' });
    const why = `work item ${item.workItemId} has no plan that could be approved`;
    return planStale(again, refuse('GATE_NO_PLAN', why), facts);
  },
  'retried-by': goOn,
  'rolled-back-by': rolledBack,
  // It has ended: only what is still owed on its tile is called off, and its closed pull request is looked at no more.
  'cancelled-by': (item) => ({ ...stay(withoutClosed(item)), callsOff: true }),
};
