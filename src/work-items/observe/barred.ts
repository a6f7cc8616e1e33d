/** Whether moves that a rule of the board refused are to be tried again: people or the configuration changed something, or a pause is over. */
import { nextTryAt } from '../board-move.ts';
import type { LifecycleEvent } from '../lifecycle/events.ts';
import type { Phase } from '../phase.ts';
import type { Tile } from '../tracker.ts';
import type { WorkItem } from '../work-item.ts';
import type { ObserveOptions } from './observation.ts';

/** Phases in which people take a tile away by its type or its tags. */
const leavable: ReadonlySet<Phase> = new Set(['planning', 'needs-info', 'plan-ready', 'executing']);

/** Whether the tile is one that we do not take any more, so that nothing of it is tried again. */
export const isTakenAway = (
  { rules: { takes } }: Pick<ObserveOptions, 'rules'>,
  { phase }: WorkItem,
  tile: Tile,
): boolean => leavable.has(phase) && !takes(tile);

/**
 * Undefined while they go on waiting, or where there are none, or where people took the tile away. What we wrote on the tile
 * ourselves is no change.
 */
export async function observeBarred(options: ObserveOptions, item: WorkItem): Promise<LifecycleEvent | undefined> {
  const { tracker, rules, clock } = options;
  const { workItemId, barred } = item;
  if (!barred) return undefined;
  const [tile, me] = await Promise.all([tracker.tile(workItemId), tracker.me()]);
  if (!tile || isTakenAway(options, item, tile)) return undefined;
  if (tile.state !== barred.state) return { kind: 'unbarred', again: false };
  const isTouched = tile.rev > barred.rev && tile.changedBy?.id !== me.id;
  const isDue = clock.now() >= nextTryAt(barred);
  return isTouched || isDue || rules.configDigest !== barred.configDigest
    ? { kind: 'unbarred', again: true }
    : undefined;
}
