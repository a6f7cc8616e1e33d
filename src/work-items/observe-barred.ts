/** Whether moves that a rule of the board refused are to be tried again: people or the configuration changed something, or a pause is over. */
import { nextTryAt } from './board-move.ts';
import type { LifecycleEvent } from './lifecycle-events.ts';
import type { ObserveOptions } from './observation.ts';
import type { WorkItem } from './work-item.ts';

/** Undefined while they go on waiting, or where there are none. What we wrote on the tile ourselves is no change. */
export async function observeBarred(
  { tracker, configDigest, clock }: ObserveOptions,
  { workItemId, barred }: WorkItem,
): Promise<LifecycleEvent | undefined> {
  if (!barred) return undefined;
  const [tile, me] = await Promise.all([tracker.tile(workItemId), tracker.me()]);
  if (!tile) return undefined;
  if (tile.state !== barred.state) return { kind: 'unbarred', again: false };
  const isTouched = tile.rev > barred.rev && tile.changedBy?.id !== me.id;
  const isDue = clock.now() >= nextTryAt(barred);
  return isTouched || isDue || configDigest !== barred.configDigest ? { kind: 'unbarred', again: true } : undefined;
}
