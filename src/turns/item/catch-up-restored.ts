/**
 * Where a work item of a restored state really is: what happened after the backup left its marks outside.
 *
 * the platform's word that it was restored -> pull request of the item's branch, last change of its tile -> event
 */
import type { Message } from '../../broker/message.ts';
import type { LifecycleEvent } from '../../work-items/lifecycle/events.ts';
import { type StateMapping, stateOf } from '../../work-items/phase.ts';
import type { Person, StateChange } from '../../work-items/tracker.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import { branchOf } from '../own-items.ts';
import type { ItemTurn } from './turn.ts';

/** Whether we moved the tile on from where the item of the backup left it. */
function wasMovedOn(change: StateChange | undefined, me: Person, item: WorkItem, mapping: StateMapping): boolean {
  if (change?.by.id !== me.id) return false;
  return (
    change.state !== stateOf(item.phase, mapping) ||
    (item.phase === 'executing' && change.rev !== item.approval?.claimRev)
  );
}

/** Undefined for any other message. */
export async function restoredEvent(
  { agent, connections, gate }: Pick<ItemTurn, 'agent' | 'connections' | 'gate'>,
  { command, from }: Message,
  item: WorkItem,
): Promise<LifecycleEvent | undefined> {
  if (command !== 'work.restored' || !from.startsWith('platform/')) return undefined;
  const { tracker, codeHost, repository } = connections;
  const branch = item.change?.branch ?? branchOf(agent, item);
  const [pullRequest, account, me, change] = await Promise.all([
    codeHost.find(branch, repository.targetBranch),
    codeHost.me(),
    tracker.me(),
    tracker.lastStateChange(item.workItemId),
  ]);
  const movedOn = wasMovedOn(change, me, item, agent.devops.stateMapping);
  // Anybody who may push can give a branch this name.
  const isOurs = pullRequest?.openedBy.toLowerCase() === account.toLowerCase();
  if (!pullRequest || !isOurs || pullRequest.state === 'closed') return { kind: 'restored', movedOn };
  const { number, url, headSha } = pullRequest;
  const approval = await gate.pastApproval(item);
  return { kind: 'restored', movedOn, ahead: { branch, number, url, headSha, ...(approval ? { approval } : {}) } };
}
