/** What people do after a merge that ends its deployment: the tile is taken away or gone, or the merge is taken back. */
import type { StateMapping } from '../phase.ts';
import type { Person, StateChange, Tile } from '../tracker.ts';

export interface Departure {
  kind: 'moved' | 'gone';
  why: string;
}

export interface MoveFacts {
  tile: Pick<Tile, 'state'>;
  /** The last change of its state. */
  change: StateChange | undefined;
  me: Person;
  /** When the pull request was merged, milliseconds since 1970. */
  mergedAt: number;
  /** Whether the board counts work in this state as done. */
  isDone: boolean;
}

/** A merge closes the tile a little later, and so does a person who does both: a move this soon after it is part of it. */
export const mergeFollowsMs = 10_000;

/**
 * Why a merged item's tile is no longer ours to go on with; undefined while it is. To say that the work is done is no
 * move away, however late: a merge may close a tile when its automation gets to it.
 */
export function movedAfterMerge(facts: MoveFacts, mapping: StateMapping): string | undefined {
  const { tile, change, me, mergedAt, isDone } = facts;
  if (tile.state === mapping.prCreated || tile.state === mapping.deployed || isDone) return undefined;
  if (!change || change.by.id === me.id || change.at <= mergedAt + mergeFollowsMs) return undefined;
  return `people moved the work item to "${tile.state}" after the merge`;
}
