import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import { type BoardMove, nextTryAt } from '../../../src/work-items/board-move.ts';
import { engineNeeded } from '../../../src/work-items/lifecycle/decide.ts';
import type { LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import { after, done, itemIn, planReady, postedPlan, unclaimed } from '../fixture.ts';

const seen = { rev: 9, state: 'Approved', at: 1_000, configDigest: 'digest' };
const words = 'TF401320: Rule Error for field Effort';

const refusedBy = (intent: BoardMove, why = words): LifecycleEvent => ({
  kind: 'effect-refused',
  intent,
  refusal: refuse('OUTSIDE_REFUSED', why),
  seen,
});

const claim: BoardMove = { kind: 'claim-execution', hash: postedPlan.hash, approvedRev: 7 };
const barred = after(unclaimed, refusedBy(claim));

test('a claim that a board rule refuses keeps plan and approval, quotes the rule once, and starts no engine', () => {
  expect(barred).toMatchObject({ phase: 'executing', approval: unclaimed.approval, plan: postedPlan });
  expect(barred.kinds).toEqual(['comment']);
  expect(barred.intents[0]).toMatchObject({ text: expect.stringContaining(words) });
  expect(engineNeeded(barred)).toBeUndefined();
  expect(after(barred, refusedBy(claim)).kinds).toEqual([]);
  expect(after(barred, refusedBy(claim, 'another rule')).kinds).toEqual(['comment']);
});

test('it is tried again without a comment, and once accepted the work begins', () => {
  const again = after(barred, { kind: 'unbarred', again: true });
  expect(again.intents).toEqual([claim]);
  const taken = after(again, done(claim, { rev: 12 }));
  expect(taken).toMatchObject({ phase: 'executing', approval: { claimRev: 12 } });
  expect(taken.barred).toBeUndefined();
  expect(engineNeeded(taken)).toBe('executing');
});

test('a link and a move that are refused together are tried again together', () => {
  const link: BoardMove = { kind: 'link', url: 'u' };
  const show: BoardMove = { kind: 'show', phase: 'pr-created', nth: 4 };
  const one = after(itemIn('pr-created'), refusedBy(link));
  const both = after(one, refusedBy(show));
  expect(both.kinds).toEqual([]);
  expect(after(both, { kind: 'unbarred', again: true }).intents).toEqual([link, show]);
  const left = after(both, done(link));
  expect(left.barred?.moves).toEqual([show]);
  expect(after(both, { kind: 'unbarred', again: false }).intents).toEqual([link]);
});

test('two rules that refuse two moves are reported once each, however often both are tried again', () => {
  const link: BoardMove = { kind: 'link', url: 'u' };
  const show: BoardMove = { kind: 'show', phase: 'pr-created', nth: 4 };
  const tryBoth = (item: WorkItem) => {
    const first = after(item, refusedBy(link, 'too many links'));
    const second = after(first, refusedBy(show, words));
    return { ...after(second, { kind: 'unbarred', again: true }), kinds: [...first.kinds, ...second.kinds] };
  };
  const once = tryBoth(itemIn('pr-created'));
  expect(once.kinds).toEqual(['comment', 'comment']);
  const twice = tryBoth(once);
  expect(twice.kinds).toEqual([]);
  expect(tryBoth(twice).kinds).toEqual([]);
});

test('words that differ at each try are not posted forever', () => {
  let item = barred;
  let comments = 1;
  for (let nth = 0; nth < 20; nth++) {
    item = after(item, refusedBy(claim, `${words} (activity ${nth})`));
    comments += item.kinds.length;
  }
  expect(comments).toBe(5);
  expect(item.barred?.refusal.why).toContain('activity 19');
});

test('a deployed item shows so as soon as the board lets it', () => {
  const show: BoardMove = { kind: 'show', phase: 'deployed', nth: 4 };
  const stuck = after(itemIn('deployed'), refusedBy(show));
  expect(stuck.kinds).toEqual(['comment']);
  expect(after(stuck, { kind: 'retried-by', by: 'eve' }).intents).toEqual([show]);
  expect(after(stuck, { kind: 'unbarred', again: true }).intents).toEqual([show]);
});

test('a refused move of an earlier phase is dropped', () => {
  const gone: LifecycleEvent = { kind: 'moved', to: 'planReady', why: 'people moved it' };
  expect(after(barred, gone).barred).toBeUndefined();
  const late = after(planReady, refusedBy({ kind: 'show', phase: 'planning', nth: 2 }));
  expect(late).toMatchObject({ phase: 'plan-ready', kinds: [] });
  expect(late.barred).toBeUndefined();
});

test('the pauses between the tries grow from a minute to an hour', () => {
  const pauseOf = (tries: number) =>
    nextTryAt({ ...seen, moves: [], refusal: refuse('OUTSIDE_REFUSED', ''), told: [], tries }) - seen.at;
  expect([0, 1, 2, 6, 60].map(pauseOf)).toEqual([60_000, 120_000, 240_000, 3_600_000, 3_600_000]);
});

test('a refusal of the gate is not a board rule', () => {
  const gate: LifecycleEvent = {
    kind: 'effect-refused',
    intent: claim,
    refusal: refuse('GATE_ACTOR', 'not an approver'),
  };
  const judged = after(unclaimed, gate);
  expect(judged).toMatchObject({ phase: 'plan-ready', kinds: ['comment', 'show'] });
  expect(judged.barred).toBeUndefined();
});
