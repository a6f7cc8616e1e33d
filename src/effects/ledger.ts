/** The port to the ledger of effects: each intent and its outcome, written before and after every outside call. */
import type { Refusal } from '../refusal.ts';
import type { SeenTile } from '../work-items/board-move.ts';
import type { EffectResult, Intent } from '../work-items/lifecycle/events.ts';

export type EffectOutcome =
  | { kind: 'done'; result: EffectResult }
  /** An expected refusal; the lifecycle decides what follows. `seen` is set if the other side refused a permitted call. */
  | { kind: 'refused'; refusal: Refusal; seen?: SeenTile }
  /** The other side failed or asked us to wait; the effect stays open and is tried again at `until`, milliseconds since 1970. */
  | { kind: 'later'; refusal: Refusal; until: number };

/** A try that did not get through: why, and when the next one is wanted. */
export type Tried = Pick<Extract<EffectOutcome, { kind: 'later' }>, 'refusal' | 'until'>;

export interface Ledger {
  /** The last try of an effect that waits for another one. */
  tried(key: string): Promise<Tried | undefined>;
  /** Stores that the effect is about to happen; returns its result if it was carried out before. */
  begin(key: string, intent: Intent): Promise<EffectResult | undefined>;
  /** Stores the outcome and the permit. */
  end(key: string, outcome: EffectOutcome, permitId: string | undefined): Promise<void>;
}
