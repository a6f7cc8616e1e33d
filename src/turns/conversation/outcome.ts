/**
 * What it means for a question that a turn of the engine ended without an answer: another try, a wait, or the reason why there is
 * none.
 */
import type { TurnRest } from '../../ipc/protocol.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { pauses, tryAgainAt } from '../../waits.ts';
import { clockCode } from '../talk/how-ended.ts';
import { restUntil } from '../talk/rest.ts';
import type { TalkEnd } from '../talk/talk.ts';

/** `again` is why; a wait leaves the question open. */
export type Unanswered = { again: string } | { waits: TurnRest } | { failed: Refusal };

const dayMs = 86_400_000;
const askLess = 'Ask for less at once, or raise the limit in jvAgent.json.';

/** Nothing is asked while the model's provider refuses; the question waits. */
export const waitsFor = (why: Refusal, now: number): TurnRest => ({ ...restUntil(why, now), isUndone: true });

/**
 * What other turns set aside comes back soon; the day's money at 0:00 UTC, and a person who raises the limit is noticed within the
 * hour.
 */
function waitsForMoney(why: Refusal, now: number): TurnRest {
  // Each try is a paid turn of the engine, so it waits longer than a running model call that asks again.
  if (why.until !== undefined) return waitsFor({ ...why, until: tryAgainAt(now, pauses.outage) }, now);
  const midnight = (Math.floor(now / dayMs) + 1) * dayMs;
  const until = Math.min(midnight, tryAgainAt(now, pauses.moneyOfDay));
  return { until, why: { ...why, until: midnight }, isUndone: true };
}

/** `now` is milliseconds since 1970. */
export function unansweredBy({ ended, exhausted, outage }: TalkEnd, now: number): Unanswered {
  const { outcome, fault, why = 'it gave no reason' } = ended;
  if (outcome === 'aborted') return { waits: { until: now, isUndone: true } };
  if (exhausted?.refused === 'BUDGET_DAY') return { waits: waitsForMoney(exhausted, now) };
  if (exhausted) return { failed: { ...exhausted, fix: askLess } };
  if (outage) return { waits: waitsFor(outage, now) };
  if (fault?.kind === 'refused') return { failed: fault.refusal };
  if (fault?.kind === 'too-long') return { failed: refuse('MODEL_REFUSED', fault.why, 'Ask a shorter question.') };
  const code = clockCode(ended);
  if (code) return { failed: refuse(code, why, askLess) };
  return { again: outcome === 'done' ? 'the turn ended without `reply` or `no-reply`' : `the engine stopped: ${why}` };
}
