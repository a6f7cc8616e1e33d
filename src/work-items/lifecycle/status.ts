/** When the one comment that says how an item stands is written again: with each new phase, and each new reason to wait. */
import { isDeepStrictEqual } from 'node:util';
import type { Refusal } from '../../refusal.ts';
import { meaningOf } from '../code-meaning.ts';
import { isOver } from '../phase.ts';
import type { WorkItem } from '../work-item.ts';
import type { Decision, LifecycleEvent } from './events.ts';
import { counted } from './moves.ts';

const saidOf = (refusal: Refusal | undefined) => refusal && [refusal.refused, refusal.why];

/** What the comment tells: as long as all of it is the same, it is not written again. */
function shownOf({ phase, since, review, deployment, refusal, barred, restsFor }: WorkItem) {
  const reasons = [refusal, barred?.refusal, restsFor].map(saidOf);
  return [phase, since, review?.url, deployment?.deployedSha, ...reasons];
}

/** Whether people are told of it on the work item: not of what passes by itself before they have read it. */
function isWorthTelling(refusal: Refusal): boolean {
  if (refusal.token !== undefined || refusal.system === 'model') return true;
  const isSoon = refusal.refused === 'BUDGET_DAY' && refusal.until !== undefined;
  return !isSoon && !meaningOf(refusal).passes;
}

/** The event of a turn that came to rest for `why`; undefined where the comment says so already. */
export function restEvent({ phase, restsFor }: WorkItem, why: Refusal | undefined): LifecycleEvent | undefined {
  if (phase === 'intake' || isOver(phase)) return undefined;
  const told = why && isWorthTelling(why) ? why : undefined;
  if (isDeepStrictEqual(saidOf(told), saidOf(restsFor))) return undefined;
  return { kind: 'rests', ...(told ? { refusal: told } : {}) };
}

/** The item with why its last turn came to rest; undefined for all other events. */
export function onRest({ restsFor, ...item }: WorkItem, event: LifecycleEvent): Decision | undefined {
  if (event.kind !== 'rests') return undefined;
  return { item: event.refusal ? { ...item, restsFor: event.refusal } : item, intents: [] };
}

/** A reason to rest is of the phase in which it was met. */
function withoutOldRest(before: WorkItem, { restsFor, ...item }: WorkItem): WorkItem {
  return restsFor && item.phase === before.phase ? { ...item, restsFor } : item;
}

/** Notes when the item came into its phase, and has its status comment say what is so now. `at` is milliseconds since 1970. */
export function withStatus(before: WorkItem, decision: Decision, at: number): Decision {
  const item = withoutOldRest(before, decision.item);
  const since = item.phase === before.phase ? (before.since ?? at) : at;
  const now = { ...item, since };
  // Nothing is written on a tile before it is claimed.
  const isSame = isDeepStrictEqual(shownOf(now), shownOf(before));
  if (item.phase === 'intake' || isSame) return { ...decision, item };
  const nth = before.counts.told + 1;
  const tell = { kind: 'tell', nth } as const;
  return { ...decision, item: counted(now, { told: nth }), intents: [...decision.intents, tell] };
}
