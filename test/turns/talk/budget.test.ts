import { expect, test } from 'vitest';
import { type Refusal, refuse } from '../../../src/refusal.ts';
import { createBudget } from '../../../src/turns/talk/budget.ts';
import { itemTurn, supervisorOf } from '../turn.ts';

function budgetWith(...answers: (Refusal | null)[]) {
  const { calls, supervisor } = supervisorOf({ reserve: () => answers.shift() });
  return { calls, budget: createBudget(itemTurn({ parts: { supervisor } })) };
}

test('the supervisor is asked before a call and told at once what it cost', async () => {
  const { budget, calls } = budgetWith();
  expect(await budget.reserve(3)).toBeUndefined();
  budget.settle(3, { usd: 1, input: 10, cached: 5, output: 2 });
  const tokens = { input: 10, cached: 5, output: 2 };
  expect(calls).toEqual([
    ['reserve', { turnId: 't1', usdMax: 3 }],
    ['settle', { turnId: 't1', usdMax: 3, usd: 1, tokens }],
  ]);
});

test('a turn is out of money for what passes until a later call goes through', async () => {
  const refusal = { ...refuse('BUDGET_DAY', 'others have it'), until: 1 };
  const { budget } = budgetWith(refusal, null);
  expect(budget.exhausted()).toBeUndefined();
  expect(await budget.reserve(1)).toEqual(refusal);
  expect(budget.exhausted()).toEqual(refusal);
  await budget.reserve(1);
  expect(budget.exhausted()).toBeUndefined();
});

test('a lasting reason stays, whatever smaller call succeeds or waits after it', async () => {
  const lasting = refuse('BUDGET_ITEM', 'all is spent');
  const passing = { ...refuse('BUDGET_DAY', 'others have it'), until: 1 };
  const { budget } = budgetWith(passing, lasting, null, passing);
  await budget.reserve(5);
  await budget.reserve(5);
  expect(await budget.reserve(1)).toBeUndefined();
  expect(await budget.reserve(2)).toEqual(passing);
  expect(budget.exhausted()).toEqual(lasting);
});
