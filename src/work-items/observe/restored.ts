/**
 * Where a work item of a restored state really is: what happened after the backup left its marks outside.
 *
 * pull request of the item's branch, last change of its tile -> event
 */
import type { LifecycleEvent } from '../lifecycle/events.ts';
import { type StateMapping, stateOf } from '../phase.ts';
import type { Person, StateChange } from '../tracker.ts';
import type { WorkItem } from '../work-item.ts';
import type { ObserveOptions } from './observation.ts';

/** What is looked with. */
export type RestoredOptions = Pick<ObserveOptions, 'codeHost' | 'tracker'> & {
  gate: Pick<ObserveOptions['gate'], 'pastApproval'>;
  rules: Pick<ObserveOptions['rules'], 'mapping' | 'targetBranch' | 'branchOf'>;
};

/** Whether we moved the tile on from where the stored item left it. */
function wasMovedOn(change: StateChange | undefined, me: Person, item: WorkItem, mapping: StateMapping): boolean {
  if (change?.by.id !== me.id) return false;
  return (
    change.state !== stateOf(item.phase, mapping) ||
    (item.phase === 'executing' && change.rev !== item.approval?.claimRev)
  );
}

/** The event of an item that comes out of a backup. */
export async function observeRestored(
  { codeHost, tracker, gate, rules }: RestoredOptions,
  item: WorkItem,
): Promise<LifecycleEvent> {
  const branch = item.change?.branch ?? rules.branchOf(item);
  const [pullRequest, account, me, change] = await Promise.all([
    codeHost.find(branch, rules.targetBranch),
    codeHost.me(),
    tracker.me(),
    tracker.lastStateChange(item.workItemId),
  ]);
  const movedOn = wasMovedOn(change, me, item, rules.mapping);
  const restored = { kind: 'restored', movedOn, ...(movedOn && change ? { found: change.state } : {}) } as const;
  // Anybody who may push can give a branch this name.
  const isOurs = pullRequest?.openedBy.toLowerCase() === account.toLowerCase();
  if (!pullRequest || !isOurs || pullRequest.state === 'closed') return restored;
  const { number, url, headSha } = pullRequest;
  const approval = await gate.pastApproval(item);
  return { ...restored, ahead: { branch, number, url, headSha, ...(approval ? { approval } : {}) } };
}

/** Whether it was us, and not people, who moved a tile from where the stored item left it: then the state is an old one. */
export async function isOlderThanBoard({ tracker, rules }: ObserveOptions, item: WorkItem): Promise<boolean> {
  const [me, change] = await Promise.all([tracker.me(), tracker.lastStateChange(item.workItemId)]);
  return wasMovedOn(change, me, item, rules.mapping);
}
