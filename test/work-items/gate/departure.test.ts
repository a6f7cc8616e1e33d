import { expect, test } from 'vitest';
import { type MoveFacts, movedAfterMerge } from '../../../src/work-items/gate/departure.ts';
import { eve, mapping, me, postedAt } from '../fixture.ts';

const mergedAt = postedAt;
const second = 1_000;

function moved(state: string, afterMs: number, extra: Partial<MoveFacts> = {}): string | undefined {
  const change = { rev: 20, state, at: mergedAt + afterMs, by: eve, shownAs: eve, signedInAs: eve };
  const facts = { tile: { state }, change, me, mergedAt, isDone: false, ...extra };
  return movedAfterMerge(facts, mapping);
}

test('a tile that people move once it is merged is taken away, and the reason says where', () => {
  for (const state of ['New', 'Approved', 'Plan Ready', 'In Progress', 'Rejected', 'Removed']) {
    expect(moved(state, 60 * second)).toContain(`"${state}"`);
  }
});

test('a move with the merge, or before it, takes nothing away', () => {
  for (const afterMs of [-3_600 * second, 0, second, 10 * second]) expect(moved('Removed', afterMs)).toBeUndefined();
  expect(moved('Removed', 11 * second)).toBeDefined();
});

test('a tile in its expected state, or marked done, is not taken away, however late', () => {
  expect([moved('PR Created', 60 * second), moved('Deployed', 60 * second)]).toEqual([undefined, undefined]);
  expect(moved('Closed', 3_600 * second, { isDone: true })).toBeUndefined();
});

test('our own move, or one by nobody known, takes nothing away', () => {
  const change = {
    rev: 20,
    state: 'Failed',
    at: mergedAt + 60 * second,
    by: me,
    shownAs: me,
    signedInAs: me,
  };
  expect([moved('Failed', 0, { change }), moved('Failed', 0, { change: undefined })]).toEqual([undefined, undefined]);
});
