/**
 * Carries an intent out, once in effect: the only caller of what changes the outside world.
 *
 * ledger begin -> find it outside (a marker, a branch, a version) -> permit by live check -> the call -> ledger end.
 * After a crash the same steps find what the last attempt left, so that nothing happens twice.
 */
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import { messageOf, OutsideError } from '../base/errors.ts';
import { type Code, isRefusal, type Refusal, refuse } from '../refusal.ts';
import { pauseSince, pauses, tryAgainAt } from '../waits.ts';
import { meaningOf } from '../work-items/code-meaning.ts';
import type { Gate, Permitted, PermitWish } from '../work-items/gate/approval.ts';
import type { EffectResult, Intent, IntentKind } from '../work-items/lifecycle/events.ts';
import { outsideRefusal } from '../work-items/outside-refusal.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import { effectKey } from './effect-key.ts';
import type { EffectOutcome, Ledger, Tried } from './ledger.ts';

/** How one kind of intent is found and done; `wish` is missing only where nothing outside our machine changes. */
export interface Effect {
  find(): Promise<EffectResult | undefined>;
  wish?: PermitWish;
  act(permitted: Permitted | undefined): Promise<EffectResult | Refusal>;
}

export interface PerformerOptions {
  agentId: string;
  gate: Gate;
  ledger: Ledger;
  effectOf: (item: WorkItem, intent: Intent, key: string) => Effect;
  crashPoints: CrashPoints;
  clock: Pick<Clock, 'now'>;
}

export interface Performer {
  perform(item: WorkItem, intent: Intent): Promise<EffectOutcome>;
}

/** A tile that people touch while we write is read again this often before it waits for the next poll. */
const conflictsMax = 4;
const pauseOf = {
  limited: pauses.limited,
  unreachable: pauses.unreachable,
  failed: pauses.unreachable,
  auth: pauses.token,
  moved: pauses.token,
  version: pauses.token,
  conflict: pauses.conflict,
};

/** A pull request can do without these, so no item waits for them but while nothing else gets through either. */
const extras: ReadonlySet<IntentKind> = new Set(['label-pr', 'ask-review']);
const concernsAll: ReadonlySet<string> = new Set(['limited', 'unreachable']);

function outcomeOf(error: unknown, intent: Intent, agentId: string, now: number): EffectOutcome {
  if (!(error instanceof OutsideError)) throw error;
  const { kind, retryAfterMs } = error.facts;
  if (intent.kind === 'push' && kind === 'conflict')
    return { kind: 'refused', refusal: outsideRefusal(error, agentId) };
  if (intent.kind === 'push' && kind === 'refused') {
    const code = error.facts.typeKey === 'PUSH_CONTENT' ? 'PUSH_CONTENT' : 'PUSH_REJECTED';
    return { kind: 'refused', refusal: refuse(code, messageOf(error)) };
  }
  const isNo = kind === 'refused' || kind === 'missing' || (extras.has(intent.kind) && !concernsAll.has(kind));
  if (isNo) return { kind: 'refused', refusal: outsideRefusal(error, agentId) };
  return {
    kind: 'later',
    refusal: outsideRefusal(error, agentId),
    until: tryAgainAt(now, retryAfterMs ?? pauseOf[kind]),
  };
}

/** Whether a refusal says "not now" rather than "no": the intent stays. */
function isForLater(refusal: Refusal, { kind }: Intent): boolean {
  const { postpones = [] } = meaningOf(refusal);
  return postpones === 'any' || postpones.includes(kind);
}

/** Every try of these is work for the customer's instance, which may be busy with the first one. */
const atGrowingPauses: ReadonlySet<IntentKind> = new Set(['deploy', 'rollback']);
const isUnanswered = ({ refusal }: { refusal: Refusal }) => refusal.refused === 'OUTSIDE_UNREACHABLE';

/** The next try comes later the longer nothing has answered; the first of them said since when. */
function laterEachTime(outcome: EffectOutcome, tried: Tried | undefined, now: number): EffectOutcome {
  if (outcome.kind !== 'later' || !isUnanswered(outcome)) return outcome;
  const since = (tried && isUnanswered(tried) ? tried.refusal.since : undefined) ?? now;
  const until = Math.max(outcome.until, now + pauseSince(pauses.unanswered, now - since));
  return { ...outcome, refusal: { ...outcome.refusal, since }, until };
}

/** What passes without a change of the commit: a set-up that people fix, and a node that has what is missing here. */
const pauseAfter: Partial<Record<Code, number>> = { SETUP: pauses.setUp, WORK_SIZE: pauses.elsewhere };

/** A refusal with the tile as it was when the call was permitted. */
function withSeen(outcome: EffectOutcome, given: Permitted | undefined, at: number): EffectOutcome {
  if (outcome.kind !== 'refused' || !given?.tile) return outcome;
  const { permit, tile } = given;
  const { configDigest } = permit.binding;
  return { ...outcome, seen: { rev: tile.rev, state: tile.state, at, configDigest } };
}

export function createPerformer(options: PerformerOptions): Performer {
  const { agentId, gate, ledger, effectOf, crashPoints, clock } = options;

  async function attempt(
    effect: Effect,
    intent: Intent,
    onPermit: (permitted: Permitted) => void,
  ): Promise<{ outcome: EffectOutcome; permitId?: string | undefined }> {
    const found = await effect.find();
    if (found) return { outcome: { kind: 'done', result: found } };
    const permitted = effect.wish && (await gate.permit(effect.wish));
    if (isRefusal(permitted)) {
      if (!isForLater(permitted, intent)) return { outcome: { kind: 'refused', refusal: permitted } };
      const until = permitted.until ?? tryAgainAt(clock.now(), pauses.unreachable);
      return { outcome: { kind: 'later', refusal: permitted, until } };
    }
    if (permitted) onPermit(permitted);
    const result = await effect.act(permitted);
    if (isRefusal(result)) {
      // Of the gate it says that the permit came too late: it is asked for again.
      const pause = pauseAfter[result.refused] ?? (isForLater(result, intent) ? pauses.unreachable : undefined);
      if (pause === undefined) return { outcome: { kind: 'refused', refusal: result } };
      return { outcome: { kind: 'later', refusal: result, until: tryAgainAt(clock.now(), pause) } };
    }
    crashPoints.reach('worker.effect');
    return { outcome: { kind: 'done', result }, permitId: permitted?.permit.id };
  }

  /** Someone wrote in between (412, 409): everything is read again, never sent again as it was. */
  async function attempts(
    effect: Effect,
    intent: Intent,
  ): Promise<{ outcome: EffectOutcome; permitId?: string | undefined }> {
    for (let count = 1; ; count++) {
      let given: Permitted | undefined;
      try {
        return await attempt(effect, intent, (permitted) => {
          given = permitted;
        });
      } catch (error) {
        const conflict = error instanceof OutsideError && error.facts.kind === 'conflict' && intent.kind !== 'push';
        if (!conflict || count >= conflictsMax)
          return { outcome: withSeen(outcomeOf(error, intent, agentId, clock.now()), given, clock.now()) };
      }
    }
  }

  return {
    async perform(item, intent) {
      const key = effectKey(agentId, item.workItemId, intent);
      const grows = atGrowingPauses.has(intent.kind);
      const tried = grows ? await ledger.tried(key) : undefined;
      if (tried && isUnanswered(tried) && clock.now() < tried.until) return { kind: 'later', ...tried };
      const before = await ledger.begin(key, intent);
      crashPoints.reach('worker.intent');
      if (before) return { kind: 'done', result: before };
      const { outcome: ended, permitId } = await attempts(effectOf(item, intent, key), intent);
      const outcome = grows ? laterEachTime(ended, tried, clock.now()) : ended;
      await ledger.end(key, outcome, permitId);
      crashPoints.reach('worker.effect-stored');
      return outcome;
    },
  };
}
