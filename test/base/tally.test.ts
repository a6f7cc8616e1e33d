import { expect, test } from 'vitest';
import { createTally } from '../../src/base/tally.ts';

test('the first of a kind is told, then the tenth, the hundredth and the thousandth', () => {
  const tally = createTally(5);
  const told = Array.from({ length: 2_000 }, () => tally('push')).flatMap((counted) => counted ?? []);
  expect(told.map(({ count }) => count)).toEqual([1, 10, 100, 1_000]);
});

test('kinds for which there is no room are counted as one', () => {
  const tally = createTally(3);
  const told = Array.from({ length: 10_000 }, (_, n) => tally(`target ${n}`)).flatMap((counted) => counted ?? []);
  expect(told).toEqual([
    ...[1, 1, 1].map((count) => ({ count, isOther: false })),
    ...[1, 10, 100, 1_000].map((count) => ({ count, isOther: true })),
  ]);
});
