import { expect, test } from 'vitest';
import { type Refusal, refuse } from '../../../src/refusal.ts';
import { endOf, notPermitted, type TurnEnd } from '../../../src/turns/item/turn-outcome.ts';
import { newWorkItem } from '../../../src/work-items/work-item.ts';

const item = { ...newWorkItem(12, 'Guard keys', 'Bug'), phase: 'executing' as const };
const commit = { sha: 'c'.repeat(40), summary: 'a.js (+1 -0)', deliver: 'no' as const };
const ended = { kind: 'ended', outcome: 'done', usd: 0, tokens: { input: 0, cached: 0, output: 0 } } as const;
const end = (extra: Partial<TurnEnd>): TurnEnd => ({
  ended,
  phase: 'executing',
  began: item,
  item,
  product: {},
  exhausted: undefined,
  outage: undefined,
  now: 0,
  ...extra,
});

test('a cancelled turn keeps its phase, and its commit undelivered, with money left or not', () => {
  const aborted = { ...ended, outcome: 'aborted' as const };
  const changed = { ...item, change: { branch: 'b', commit } };
  expect(endOf(end({ ended: aborted, item: changed }))).toEqual({ rest: { until: 0 } });
  const exhausted = refuse('BUDGET_TURN', 'used up');
  expect(endOf(end({ ended: aborted, item: changed, exhausted }))).toEqual({ rest: { until: 0 } });
});

test('a commit that is not in a pull request yet continues without the model', () => {
  expect(endOf(end({ item: { ...item, change: { branch: 'b', commit } } }))).toEqual({
    event: { kind: 'change-made', sha: commit.sha, summary: commit.summary, deliver: 'pull-request' },
  });
});

test("the day's money used up waits, the item's ends it", () => {
  const day = refuse('BUDGET_DAY', 'used up');
  expect(endOf(end({ exhausted: day }))).toMatchObject({ rest: { why: day } });
  const all = refuse('BUDGET_ITEM', 'used up');
  expect(endOf(end({ exhausted: all }))).toEqual({ event: { kind: 'gave-up', refusal: all } });
});

test('money that other turns only reserved is asked for again soon', () => {
  const wakeOf = (exhausted: Refusal) => {
    const { rest } = endOf(end({ exhausted })) as { rest: { until: number } };
    return rest.until;
  };
  const day = refuse('BUDGET_DAY', 'used up');
  expect(wakeOf({ ...day, until: 5_000 })).toBeLessThanOrEqual(60_000);
  expect(wakeOf(day)).toBe(3_600_000);
});

test('a failure of every turn waits until a retry makes sense, and uses no attempt', () => {
  const error = { ...ended, outcome: 'error', why: 'API Error: 401 invalid x-api-key' } as const;
  const outage = { ...refuse('OUTSIDE_AUTH', 'invalid x-api-key'), until: 42_000 };
  expect(endOf(end({ ended: error, outage, now: 2_000 }))).toEqual({ rest: { until: 42_000, why: outage } });
  const closed = refuse('SANDBOX_UNAVAILABLE', 'The sandbox did not start: denied');
  expect(endOf(end({ ended: error, outage: closed }))).toEqual({ rest: { until: 60_000, why: closed } });
  expect(endOf(end({ ended: error }))).toMatchObject({ event: { kind: 'turn-fell-short' } });
});

test('a text that is too long even when it is cut ends the item at once, with its size', () => {
  const error = {
    ...ended,
    outcome: 'error',
    fault: { kind: 'too-long', why: 'prompt is too long: 210000 tokens' },
  } as const;
  const { event } = endOf(end({ ended: error })) as { event: { kind: string; refusal: Refusal } };
  expect(event.kind).toBe('gave-up');
  expect(event.refusal.why).toContain('210000 tokens');
  expect(event.refusal.fix).toContain('Shorten the work item');
});

test('a turn that the clock stopped names its limit', () => {
  const stopped = (outcome: 'timed-out' | 'stalled') => endOf(end({ ended: { ...ended, outcome } }));
  expect(stopped('timed-out')).toMatchObject({ event: { kind: 'turn-fell-short', code: 'TURN_TIME' } });
  expect(stopped('stalled')).toMatchObject({ event: { kind: 'turn-fell-short', code: 'STALLED' } });
});

test('a turn without its product says what was missing', () => {
  const { event } = endOf(end({ ended: { ...ended, text: 'I am done.' } })) as { event: { kind: string; why: string } };
  expect(event.kind).toBe('turn-fell-short');
  expect(event.why).toContain('git-ops commit');
  expect(event.why).toContain('I am done.');
});

test('an approval that people took away ends the wait: the item asks for a new one instead of trying for ever', () => {
  const refusal = refuse('GATE_REV', 'the state was changed by someone else after our claim');
  expect(notPermitted(refusal, 'executing', 0)).toEqual({ event: { kind: 'gate-refused', refusal } });
  expect(notPermitted(refusal, 'repair', 0)).toEqual({ event: { kind: 'plan-stale', refusal } });
  expect(notPermitted(refuse('GATE_STATE', 'it was moved'), 'executing', 0)).toHaveProperty('rest');
});
