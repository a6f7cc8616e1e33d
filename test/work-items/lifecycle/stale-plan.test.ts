import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import type { LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import { after, approval, planReady, postedAt, postedPlan, withCounts } from '../fixture.ts';

const minute = 60_000;
const why = 'the target branch changed CHANGELOG.md since the plan';
const stale: LifecycleEvent = { kind: 'plan-stale', refusal: refuse('GATE_BASE', why) };
const marked = after(planReady, stale);
const at = (item: WorkItem, event: LifecycleEvent, ms: number) => after(item, event, {}, { now: postedAt + ms });

test('a plan whose files changed says so, and is not made again at once', () => {
  expect(marked).toMatchObject({ phase: 'plan-ready', refusal: { refused: 'GATE_BASE' } });
  const againAt = postedAt + 10 * minute;
  expect(marked.intents).toEqual([{ kind: 'mark-stale', hash: postedPlan.hash, why, againAt }]);
  expect(marked.refusal?.why).toContain('it will be planned again by 2026-11-20 10:10 UTC');
});

test('seven pushes until then cost one plan, and say nothing more', () => {
  let item: WorkItem = marked;
  for (let push = 1; push <= 7; push += 1) {
    const next = at(item, stale, push * minute);
    expect(next).toMatchObject({ phase: 'plan-ready', kinds: [] });
    item = next;
  }
  expect(at(item, stale, 10 * minute)).toMatchObject({
    phase: 'planning',
    counts: { replans: 0, stale: 1 },
    kinds: ['comment', 'show'],
  });
});

test('the pauses grow from ten minutes to four hours, until a person decides', () => {
  const pauseAfter = (times: number) => {
    const { plan } = after(withCounts(planReady, { stale: times }), stale);
    return ((plan?.stale?.againAt ?? 0) - postedAt) / minute;
  };
  expect([0, 1, 2, 3, 4, 5, 40].map(pauseAfter)).toEqual([10, 20, 40, 80, 160, 240, 240]);
  const busy = withCounts(planReady, { stale: 5 });
  const decisions: LifecycleEvent[] = [
    { kind: 'approved', approval, branch: 'feature/acme-12' },
    { kind: 'rejected', feedback: 'no' },
    { kind: 'retried-by', by: 'erin' },
  ];
  for (const decision of decisions) expect(after(busy, decision).counts.stale, decision.kind).toBeUndefined();
});

test('an approval in between is refused with that reason, and the tile goes back', () => {
  const next = at(marked, { ...stale, rev: 9 }, minute);
  expect(next).toMatchObject({ phase: 'plan-ready', kinds: ['comment', 'show'], refusal: { refused: 'GATE_BASE' } });
  expect(next.intents[0]).toMatchObject({
    text: expect.stringMatching(/CHANGELOG\.md.*planned again by 2026-11-20 10:10 UTC.*Do not approve this plan/s),
  });
  expect(next.intents[1]).toMatchObject({ judgedRev: 9 });
});

test('an approval that finds the plan out of date marks it first', () => {
  expect(after(planReady, { ...stale, rev: 9 }).kinds).toEqual(['mark-stale', 'comment', 'show']);
});

test('a person who does not want to wait has it made again at once', () => {
  expect(after(marked, { kind: 'retried-by', by: 'erin' })).toMatchObject({
    phase: 'planning',
    kinds: ['comment', 'show'],
  });
});

test('people who edit the work item are not waited for', () => {
  const edited: LifecycleEvent = { kind: 'plan-stale', refusal: refuse('GATE_CONTENT', 'it was edited') };
  expect(at(marked, edited, minute)).toMatchObject({ phase: 'planning', kinds: ['comment', 'show'] });
});
