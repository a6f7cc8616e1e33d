import { expect, test } from 'vitest';
import { cellsOf, headings, median, medianRatio } from '../../bench/measure.ts';

test('one slow moment changes neither a median nor a ratio, even if it hits both sides', () => {
  const [ours, beside] = [
    [11, 12, 900],
    [10, 10, 800],
  ];
  expect(median(ours)).toBe(12);
  expect(medianRatio(ours, beside)).toBeCloseTo(1.125);
});

test('a row shows both sides with their spread, and the ratio of their rounds', () => {
  const cells = cellsOf('turn', { what: 'ours, ms', values: [2, 4], beside: { what: 'claude -p', values: [2, 2] } });
  expect(cells).toHaveLength(headings.length);
  expect(cells).toEqual(['turn', 'ours, ms', '4.000', '2.000-4.000', 'claude -p', '2.000', '2.000-2.000', '2.000']);
});

test('what was measured once has no spread, and nothing beside it no ratio', () => {
  expect(cellsOf('turn', { what: 'calls', values: [7] })).toEqual(['turn', 'calls', '7.000', '', '', '', '', '']);
});
