import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBudget } from '../../src/worker/budget.ts';

const limits = { turnUsdMax: 10, itemUsdMax: 50, dayUsdMax: 200 };
const nothing = { usdOfItem: 0, usdToday: 0, branches: [] };

test.each([
  ['BUDGET_TURN', nothing, 11],
  ['BUDGET_ITEM', { ...nothing, usdOfItem: 45, usdToday: 45 }, 6],
  ['BUDGET_DAY', { ...nothing, usdToday: 195 }, 6],
  ['BUDGET_DAY', { ...nothing, branches: [{ agentId: 'codechange', usdToday: 15, dayUsdMax: 20 }] }, 6],
])('%s is refused before the call is made', (code, before, usd) => {
  const budget = createBudget(limits, before);
  expect(budget.exhausted()).toBeUndefined();
  expect(budget.reserve(usd)).toMatchObject({ refused: code });
  expect(budget.exhausted()).toMatchObject({ refused: code });
});

test('what is reserved counts until it is settled, then what was spent', () => {
  const budget = createBudget(limits, nothing);
  expect(budget.reserve(6)).toBeUndefined();
  expect(budget.reserve(6)).toMatchObject({ refused: 'BUDGET_TURN' });
  budget.settle(6, 1);
  expect(budget.reserve(9)).toBeUndefined();
  expect(budget.reserve(1)).toMatchObject({ refused: 'BUDGET_TURN' });
});

test('no order of calls spends more than the smallest bound allows', () => {
  const call = fc.record({ usdMax: fc.integer({ min: 0, max: 30 }), part: fc.integer({ min: 0, max: 10 }) });
  const before = fc.record({ usdOfItem: fc.integer({ min: 0, max: 60 }), usdToday: fc.integer({ min: 0, max: 210 }) });
  fc.assert(
    fc.property(fc.array(call), before, (calls, earlier) => {
      const budget = createBudget(limits, { ...earlier, branches: [] });
      let spent = 0;
      for (const { usdMax, part } of calls) {
        if (budget.reserve(usdMax)) continue;
        const usd = (usdMax * part) / 10;
        budget.settle(usdMax, usd);
        spent += usd;
      }
      const left = Math.min(10, 50 - earlier.usdOfItem, 200 - earlier.usdToday);
      expect(spent).toBeLessThanOrEqual(Math.max(0, left));
    }),
  );
});
