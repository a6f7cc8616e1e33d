/** The port to the ledger of effects: what was intended, what came of it, written before and after every outside call. */
import type { Refusal } from '../refusal.ts';
import type { SeenTile } from '../work-items/board-move.ts';
import type { EffectResult, Intent } from '../work-items/lifecycle/events.ts';

export type EffectOutcome =
  | { kind: 'done'; result: EffectResult }
  /** An expected no; what follows from it the lifecycle decides. `seen` where the other side refused a permitted call. */
  | { kind: 'refused'; refusal: Refusal; seen?: SeenTile }
  /** The other side could not or would not now; it stays intended and is tried again at `until`, milliseconds since 1970. */
  | { kind: 'later'; refusal: Refusal; until: number };

export interface Ledger {
  /** Notes that the effect is about to happen; answers with its result when it was carried out before. */
  begin(key: string, intent: Intent): Promise<EffectResult | undefined>;
  /** Notes what came of it, and under which permit. */
  end(key: string, outcome: EffectOutcome, permitId: string | undefined): Promise<void>;
}
