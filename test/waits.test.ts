import { expect, test } from 'vitest';
import { pauses, tryAgainAt } from '../src/waits.ts';

test('pauses that grow end with their last one', () => {
  expect(pauses.model).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000]);
  expect([0, 1, 2, 3, 90].map((tries) => tryAgainAt(5, pauses.broken, tries))).toEqual([
    ...[1_005, 30_005, 300_005, 3_600_005, 3_600_005],
  ]);
  expect(tryAgainAt(5, pauses.conflict)).toBe(1_005);
});
