import { expect, test } from 'vitest';
import { enginesMaxOf } from '../../../src/supervisor/workers/engines-max.ts';

test('a node has as many engines as its memory holds beside its workers, and one at least', () => {
  const maxOf = (memory: number, workersMax = 8) => enginesMaxOf({ enginesMax: undefined, workersMax }, memory);
  expect([512, 2_048, 4_096, 16_384].map((memory) => maxOf(memory))).toEqual([1, 2, 9, 51]);
  expect(maxOf(4_096, 2)).toBeGreaterThan(maxOf(4_096));
  expect(enginesMaxOf({ enginesMax: 3, workersMax: 8 }, 512)).toBe(3);
});

test('without a word on the memory it is that of this machine', () => {
  expect(enginesMaxOf({ enginesMax: undefined, workersMax: 1 })).toBeLessThan(10_000);
});
