/**
 * Where a work item of a restored state really is: what happened after the backup left its marks outside.
 *
 * the platform's word that it was restored -> pull request of the item's branch, last change of its tile -> event
 */
import type { Message } from '../../broker/message.ts';
import type { CodeHost } from '../../work-items/code-host.ts';
import type { LifecycleEvent } from '../../work-items/lifecycle/events.ts';
import { type StateMapping, stateOf } from '../../work-items/phase.ts';
import type { Person, StateChange, TrackerReads } from '../../work-items/tracker.ts';
import type { Approval, WorkItem } from '../../work-items/work-item.ts';

export interface RestoredOptions {
  tracker: Pick<TrackerReads, 'me' | 'lastStateChange'>;
  codeHost: Pick<CodeHost, 'find'>;
  targetBranch: string;
  branchOf: (item: WorkItem) => string;
  mapping: StateMapping;
  /** The approval that the item was taken under since, where its tile tells of one. */
  approvalOf: (item: WorkItem) => Promise<Approval | undefined>;
}

/** Whether we moved the tile on from where the item of the backup left it. */
function wasMovedOn(change: StateChange | undefined, me: Person, item: WorkItem, mapping: StateMapping): boolean {
  if (change?.by.id !== me.id) return false;
  return (
    change.state !== stateOf(item.phase, mapping) ||
    (item.phase === 'executing' && change.rev !== item.approval?.claimRev)
  );
}

/** Undefined for any other message. */
export function createCatchUpRestored({
  tracker,
  codeHost,
  targetBranch,
  branchOf,
  mapping,
  approvalOf,
}: RestoredOptions) {
  return async ({ command, from }: Message, item: WorkItem): Promise<LifecycleEvent | undefined> => {
    if (command !== 'work.restored' || !from.startsWith('platform/')) return undefined;
    const branch = item.change?.branch ?? branchOf(item);
    const [found, me, change] = await Promise.all([
      codeHost.find(branch, targetBranch),
      tracker.me(),
      tracker.lastStateChange(item.workItemId),
    ]);
    const movedOn = wasMovedOn(change, me, item, mapping);
    if (!found || found.state === 'closed') return { kind: 'restored', movedOn };
    const { number, url, headSha } = found;
    const approval = await approvalOf(item);
    return { kind: 'restored', movedOn, ahead: { branch, number, url, headSha, ...(approval ? { approval } : {}) } };
  };
}
