/** How a turn rests that must wait for its model, or for the money to ask it. */
import type { TurnRest } from '../../ipc/protocol.ts';
import type { Refusal } from '../../refusal.ts';
import { pauses, tryAgainAt } from '../../waits.ts';

/** Until the reason says, or for a while. `now` is milliseconds since 1970. */
export function restUntil(why: Refusal, now: number): TurnRest {
  return { until: why.until ?? tryAgainAt(now, pauses.outage), why };
}
