/** The changes of the tile itself, and what is remembered of those that a rule of the board refused. */
import type { Refusal } from '../refusal.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import type { Phase } from './phase.ts';

/** An intent that is carried out by one change of the tile. */
export type BoardMove =
  | { kind: 'claim-plan'; nth: number }
  | { kind: 'claim-execution'; hash: string; approvedRev: number }
  | { kind: 'link'; url: string }
  /**
   * `anyState`: a person asked for it, wherever the tile stands. `judgedRev`: the change of state that was judged; a later
   * one is a decision of people that the move would undo.
   */
  | { kind: 'show'; phase: Phase; nth: number; anyState?: true; judgedRev?: number };

/** The tile and the agent as they were when the other side refused. */
export interface SeenTile {
  rev: number;
  state: string;
  /** Milliseconds since 1970. */
  at: number;
  configDigest: string;
}

/** Moves that a rule of the board refused, oldest first; they are tried again until the board takes them. */
export interface BarredMoves extends SeenTile {
  moves: readonly BoardMove[];
  /** The last refusal. */
  refusal: Refusal;
  /** The words of all rules that people were told of; none is said twice. */
  told: readonly string[];
  /** How often they were tried again. */
  tries: number;
}

/** When they are tried again although nothing changed, milliseconds since 1970: after a minute, then after pauses that grow to an hour. */
export function nextTryAt({ at, tries }: BarredMoves): number {
  return tryAgainAt(at, pauses.boardRule, tries);
}

/** Whether the engine has to wait for them: the tile does not say yet that we are at work. */
export function awaitsBoard(barred: BarredMoves | undefined): boolean {
  return barred?.moves.some(({ kind }) => kind !== 'link') ?? false;
}
