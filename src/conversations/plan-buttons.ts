/** The buttons below the news that a plan waits: people can send it back or stop the work item there, and approve only on the board. */
import { limits } from '../limits.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { ButtonWish } from './outgoing.ts';

/** The names of the marks on the buttons. */
export const planActions = { changes: 'plan-changes', reject: 'plan-reject', stop: 'plan-stop' } as const;

/** The field of the form in which people say what should change. */
export const changesField = 'changes';

/** The hash of the plan that waits for a decision; undefined where none does. */
export const waitingPlan = (item: WorkItem | undefined): string | undefined =>
  item?.phase === 'plan-ready' ? item.plan?.hash : undefined;

/** Good for just this plan; none where no plan waits. */
export function planButtons(item: WorkItem, now: number): ButtonWish[] {
  const hash = waitingPlan(item);
  if (hash === undefined) return [];
  const body = { workItemId: item.workItemId, hash };
  const expiresAt = now + limits.buttonHours * 3_600_000;
  return [
    { label: 'Request changes', action: planActions.changes, body, expiresAt },
    { label: 'Reject', action: planActions.reject, body, expiresAt, style: 'danger' },
    { label: 'Stop', action: planActions.stop, body, expiresAt },
  ];
}
