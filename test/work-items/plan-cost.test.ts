import { expect, test } from 'vitest';
import { costText } from '../../src/work-items/plan-cost.ts';

const of = (files: number, ...usd: number[]) => usd.map((amount) => ({ files, usd: amount }));

test('the range and the median of items of the same size are told, whatever their order', () => {
  expect(costText(of(2, 2.1, 0.4, 0.904), 3)).toBe(
    'Earlier work items of this size (1 to 3 files) cost 0.40 to 2.10 USD; the median of 3 is 0.90 USD.',
  );
  expect(costText(of(5, 4, 1, 2, 3), 4)).toBe(
    'Earlier work items of this size (4 to 10 files) cost 1.00 to 4.00 USD; the median of 4 is 2.50 USD.',
  );
});

test('items of another size count for nothing, and fewer than three give no figures', () => {
  const earlier = [...of(3, 1, 1, 1), ...of(4, 50, 60), ...of(10, 70), ...of(11, 9), ...of(31, 5, 6, 7)];
  expect(costText(earlier, 1)).toContain('(1 to 3 files) cost 1.00 to 1.00 USD');
  expect(costText(earlier, 7)).toContain('(4 to 10 files) cost 50.00 to 70.00 USD');
  expect(costText(earlier, 30)).toBe('First work items of this size (11 to 30 files): no figures yet.');
  expect(costText(earlier, 200)).toContain('(31 files and more) cost 5.00 to 7.00 USD');
  expect(costText([], 1)).toBe('First work items of this size (1 to 3 files): no figures yet.');
});
