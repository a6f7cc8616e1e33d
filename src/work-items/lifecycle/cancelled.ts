/** The rows of an item that people stopped, or took away. */
import type { WorkItem } from '../work-item.ts';
import { afterMerge } from './deploying.ts';
import type { PhaseRules } from './events.ts';
import { enterSaying, fresh, stay } from './moves.ts';
import { endedRows, withoutClosed } from './operator.ts';

/** The item with its pull request, as before people closed that one. */
function reopened(item: WorkItem): WorkItem {
  const { refusal, ...again } = fresh(withoutClosed(item));
  return again;
}

export const cancelled: PhaseRules = {
  rows: {
    ...endedRows,
    // Only of a pull request whose closing cancelled the item: what a person cancelled stays so.
    merged: (item, { mergedSha }, facts) =>
      item.review?.isClosed ? afterMerge(reopened(item), mergedSha, facts) : stay(item),
    'pull-request-reopened': (item) => {
      if (!item.review?.isClosed) return stay(item);
      const text = `**Pull request ${item.review.number} was reopened.** The work item continues with it.`;
      return enterSaying(reopened(item), 'pr-created', text);
    },
  },
};
