/** What the end of an engine's turn means for its item, and what it means that none could begin: a product, a change to deliver, another try, or nothing at all. */
import { startOf } from '../../documents/cut.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { pauses, tryAgainAt } from '../../waits.ts';
import { isPlanStale, meaningOf } from '../../work-items/code-meaning.ts';
import type { EnginePhase, LifecycleEvent } from '../../work-items/lifecycle/events.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import type { Ended } from '../talk/follow-engine.ts';
import { clockCode } from '../talk/how-ended.ts';
import { restUntil } from '../talk/rest.ts';
import type { TalkEnd } from '../talk/talk.ts';
import type { EngineTurnEnd } from './drive-item.ts';

/** The result of a turn besides commits: the planning tools leave it here, and then end the turn. */
export interface Product {
  event?: LifecycleEvent;
}

export interface TurnEnd extends TalkEnd {
  phase: EnginePhase;
  /** The item when the turn began, and now. */
  began: WorkItem;
  item: WorkItem;
  product: Product;
  /** Milliseconds since 1970. */
  now: number;
}

const wordsCharsMax = 3_000;

/** Nothing is begun while the model's provider refuses; the rest says until when. */
export function waitsForModel(why: Refusal, now: number): EngineTurnEnd {
  return { rest: restUntil(why, now) };
}

/** The work item's own text does not fit, even cut: nobody but people can fix that. */
function tooLong(why: string): LifecycleEvent {
  const fix =
    'Shorten the work item, or move long texts into files of the repository, then run `jvagent retry ID WORKITEM`.';
  return { kind: 'gave-up', refusal: refuse('MODEL_REFUSED', `the text is too long for the model: ${why}`, fix) };
}

/** Whether what a tool of the turn asked for has taken the item out of the turn's hands. */
export function hasLeft(item: WorkItem, phase: EnginePhase): boolean {
  return phase === 'planning' ? item.phase !== 'planning' : !['executing', 'pr-created'].includes(item.phase);
}

function whyShort({ outcome, why, text }: Ended, phase: EnginePhase): string {
  const wanted = phase === 'planning' ? 'submit-plan or ask' : 'git-ops commit';
  if (outcome === 'timed-out') return 'the turn took longer than limits.turnMinutesMax';
  if (outcome === 'stalled') return 'the turn was silent for longer than limits.stallMinutesMax';
  if (outcome === 'error') return `the engine stopped: ${why ?? 'it gave no reason'}`;
  return `the turn ended without calling ${wanted}; its last words were: ${startOf(text ?? '', 500)}`;
}

/** A committed change that is not delivered yet is delivered without the model. */
function undelivered({ phase, item }: TurnEnd): LifecycleEvent | undefined {
  const { hint, review } = item;
  const { commit } = item.change ?? {};
  if (phase === 'planning' || !commit || hint !== undefined || (commit.pushed && review)) return undefined;
  return { kind: 'change-made', sha: commit.sha, summary: commit.summary, deliver: 'pull-request' };
}

export function endOf(end: TurnEnd): EngineTurnEnd {
  const { ended, phase, began, item, product, exhausted, outage } = end;
  if (product.event) return { event: product.event };
  // A failed test of the host is told in the next turn, and is not a fault of this one.
  const hasNews = item.hint !== undefined && item.hint !== began.hint;
  if (hasLeft(item, phase) || hasNews) return { rest: { until: end.now } };
  // Stopped, it keeps its work: why it was stopped is looked at first.
  if (ended.outcome === 'aborted') return { rest: { until: end.now } };
  const change = undelivered(end);
  if (change) return { event: change };
  if (exhausted?.refused === 'BUDGET_DAY') {
    // What other turns have set aside only is given back soon.
    const pause = exhausted.until === undefined ? pauses.moneyOfDay : pauses.outage;
    return { rest: { until: tryAgainAt(end.now, pause), why: exhausted } };
  }
  if (exhausted) return { event: { kind: 'gave-up', refusal: exhausted } };
  if (outage) return waitsForModel(outage, end.now);
  // Others are answered: what is refused is what this item says, and three turns would not change it.
  if (ended.fault?.kind === 'refused') return { event: { kind: 'gave-up', refusal: ended.fault.refusal } };
  if (ended.fault?.kind === 'too-long') return { event: tooLong(ended.fault.why) };
  if (phase !== 'planning' && item.review && item.hint === undefined) return { rest: {} };
  if (phase === 'repair' && ended.outcome === 'done') {
    return { event: { kind: 'left-as-is', words: startOf(ended.text ?? '', wordsCharsMax) } };
  }
  const code = clockCode(ended);
  return { event: { kind: 'turn-fell-short', why: whyShort(ended, phase), ...(code ? { code } : {}) } };
}

/** Whether the item is out of the hands of a turn that could write, or will be with its end. */
export function leaves(end: EngineTurnEnd, item: WorkItem, phase: EnginePhase): boolean {
  const kind = 'event' in end ? end.event.kind : undefined;
  return hasLeft(item, phase) || kind === 'plan-submitted' || kind === 'gave-up';
}

/** Whether the engine gets another turn to go on with what this one left. */
export function goesOn(end: EngineTurnEnd, item: WorkItem): boolean {
  if ('event' in end) return end.event.kind === 'turn-fell-short';
  return end.rest.why !== undefined || item.hint !== undefined;
}

/** What a set-up wants the model cannot fix: it is not asked before people have. What only another node has waits for that node. */
export function treeless(refusal: Refusal, now: number): EngineTurnEnd {
  if (refusal.refused === 'SETUP') return { rest: { until: tryAgainAt(now, pauses.setUp), why: refusal } };
  if (refusal.refused === 'WORK_SIZE') return { rest: { until: tryAgainAt(now, pauses.elsewhere), why: refusal } };
  return { event: { kind: 'gave-up', refusal } };
}

/** A writable tree without an approval that holds is never made; what the refusal means the lifecycle decides. */
export function notPermitted(refusal: Refusal, phase: EnginePhase, now: number): EngineTurnEnd {
  const isReplaced = meaningOf(refusal).approval === 'replaced';
  if (isReplaced && phase === 'executing') return { event: { kind: 'gate-refused', refusal } };
  const isStale = isReplaced || isPlanStale(refusal);
  if (isStale) return { event: { kind: 'plan-stale', refusal } };
  return { rest: { until: tryAgainAt(now, pauses.look), why: refusal } };
}
