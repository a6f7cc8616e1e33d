import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import { decide } from '../../../src/work-items/lifecycle/decide.ts';
import type { Facts, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { restEvent } from '../../../src/work-items/lifecycle/status.ts';
import { newWorkItem, type WorkItem } from '../../../src/work-items/work-item.ts';
import { deploying, factsWith, inReview, planReady, withCounts } from '../fixture.ts';

const at = Date.UTC(2026, 10, 20, 10, 3);
const told = (item: WorkItem, event: LifecycleEvent, now = at, facts: Partial<Facts> = {}) =>
  decide(item, event, factsWith({ now, ...facts }));

test('it is written again only for a new phase or a new reason', () => {
  const found = told(newWorkItem(12, '', ''), { kind: 'found', title: 'a', type: 'Bug' });
  expect(found).toMatchObject({
    item: { since: at, counts: { told: 1 } },
    intents: [{ kind: 'claim-plan' }, { kind: 'tell', nth: 1 }],
  });
  const refusal = refuse('OVERLAP', 'work item 5 changes it too');
  const stays: LifecycleEvent = { kind: 'effect-refused', intent: { kind: 'link', url: 'u' }, refusal };
  const waits = told(withCounts({ ...inReview, since: at }, { told: 1 }), stays, at + 1);
  expect(waits).toMatchObject({
    item: { since: at, counts: { told: 2 }, refusal },
    intents: [{ kind: 'tell', nth: 2 }],
  });
  expect(told(waits.item, stays, at + 2).intents).toEqual([]);
});

test('the outcome of writing it changes nothing, so it does not cause another write', () => {
  const intent = { kind: 'tell', nth: 2 } as const;
  for (const item of [planReady, inReview, deploying]) {
    const refused: LifecycleEvent = { kind: 'effect-refused', intent, refusal: refuse('GATE_TENANT', 'gone') };
    expect(told(item, refused)).toEqual({ item, intents: [] });
  }
});

test('an open comment already says everything, unless it was cancelled', () => {
  const owed = [{ intent: { kind: 'tell', nth: 1 } as const, state: 'intended' as const }];
  const ended: LifecycleEvent = { kind: 'gave-up', refusal: refuse('STALLED', 'it died') };
  expect(told(inReview, ended, at, { owed }).intents.map(({ kind }) => kind)).toEqual(['comment', 'show']);
  const cancelled = told(inReview, { kind: 'cancelled-by', by: 'erin', rev: 9 }, at, { owed });
  expect(cancelled.intents.map(({ kind }) => kind)).toEqual(['comment', 'show', 'tell']);
});

test('nothing is said on a tile that nobody has claimed', () => {
  const item = newWorkItem(12, '', '');
  expect(told(item, { kind: 'retried-by', by: 'erin' }).intents).toEqual([]);
});

const held = refuse('HOLD', 'the instance has been on hold');
const rests = (item: WorkItem, why = held) => restEvent(item, why);

test('a reason to rest is told once, and taken back when it is over', () => {
  const event = rests(deploying);
  expect(event).toEqual({ kind: 'rests', refusal: held });
  const { item, intents } = told(deploying, event as LifecycleEvent);
  expect([item.restsFor, intents]).toEqual([held, [{ kind: 'tell', nth: 1 }]]);
  expect(rests(item)).toBeUndefined();
  expect(rests(item, { ...held, until: 9 })).toBeUndefined();
  const over = restEvent(item, undefined);
  expect(over).toEqual({ kind: 'rests' });
  expect(told(item, over as LifecycleEvent).item.restsFor).toBeUndefined();
});

test('it is forgotten with its phase', () => {
  const { item } = told({ ...deploying, restsFor: held }, { kind: 'already-deployed', sha: 'd' });
  expect([item.phase, item.restsFor]).toEqual(['deployed', undefined]);
});

test('what passes by itself, and items that are over or not begun, are not told of', () => {
  const limited = refuse('OUTSIDE_LIMITED', 'slow down');
  expect(rests(deploying, limited)).toBeUndefined();
  expect(rests(deploying, { ...limited, system: 'model' })).toMatchObject({ kind: 'rests' });
  const unread = refuse('GATE_UNVERIFIABLE', 'answered 401');
  expect(rests(deploying, unread)).toBeUndefined();
  expect(rests(deploying, { ...unread, token: 'INSTANCE_API_TOKEN' })).toMatchObject({ kind: 'rests' });
  expect(rests(deploying, { ...refuse('BUDGET_DAY', 'set aside'), until: 5 })).toBeUndefined();
  expect(rests({ ...deploying, phase: 'failed' })).toBeUndefined();
  expect(rests(newWorkItem(12, '', ''))).toBeUndefined();
});
