/**
 * Looks at a work item's tile, pull request and instance as they are now, and says what happened as one event.
 *
 * The tile is the truth about people's decisions; only after the pull request was opened is that one read first, so that
 * a tile closed by the merge still deploys.
 */
import { isRefusal, refuse } from '../../refusal.ts';
import type { WorkItem } from '../work-item.ts';
import { isTakenAway, observeBarred } from './barred.ts';
import type { Observation, ObserveOptions } from './observation.ts';
import { isOlderThanBoard, observeRestored } from './restored.ts';
import { observeClosed, observeReview } from './review.ts';
import { observeTile } from './tile.ts';

export interface Observer {
  observe(item: WorkItem): Promise<Observation>;
}

/** Only looked at when nothing is owed any more: the deployment was refused, and people may have taken the item away. */
async function whileDeploying({ gate }: ObserveOptions, item: WorkItem): Promise<Observation> {
  const departure = await gate.departure(item);
  if (departure) return isRefusal(departure) ? departure : { to: 'elsewhere', ...departure };
  if (item.refusal) return { kind: 'gave-up', refusal: item.refusal };
  const version = await gate.version(item);
  if (isRefusal(version)) return version;
  return version === 'deployed' && item.deployment
    ? { kind: 'already-deployed', sha: item.deployment.mergedSha }
    : undefined;
}

/** What looks like a decision of people is none where we moved the tile ourselves. */
async function notOurs(options: ObserveOptions, item: WorkItem, seen: Observation): Promise<Observation> {
  const isMove = seen && 'kind' in seen && (seen.kind === 'moved' || seen.kind === 'rejected');
  return isMove && (await isOlderThanBoard(options, item)) ? observeRestored(options, item) : seen;
}

async function onBoard(options: ObserveOptions, item: WorkItem): Promise<Observation> {
  const tile = await options.tracker.tile(item.workItemId);
  // Where the board refused our move the tile does not say yet what the item is.
  if (tile && item.barred && !isTakenAway(options, item, tile)) return undefined;
  if (tile) return notOurs(options, item, await observeTile(options, item, tile));
  const why = `work item ${item.workItemId} was deleted, or moved out of our project and area`;
  return item.phase === 'intake' ? refuse('GATE_TENANT', why) : { kind: 'gone', why };
}

export function createObserver(options: ObserveOptions): Observer {
  return {
    async observe(item) {
      const unbarred = await observeBarred(options, item);
      if (unbarred) return unbarred;
      if (item.phase === 'pr-created') return observeReview(options, item);
      if (item.phase === 'deploying') return whileDeploying(options, item);
      if (item.phase === 'deployed') return undefined;
      return (await observeClosed(options, item)) ?? onBoard(options, item);
    },
  };
}
