/** The money that one turn may still use up: of the turn, of its item, and of its agent's day. */
import type { Budget } from '../engine/gateway.ts';
import { type Code, type Refusal, refuse } from '../refusal.ts';

export interface BudgetLimits {
  turnUsdMax: number;
  itemUsdMax: number;
  dayUsdMax: number;
}

export interface Spent {
  usdOfItem: number;
  usdToday: number;
  /** Of each ancestor that bounds its branch. */
  branches: readonly { agentId: string; usdToday: number; dayUsdMax: number }[];
}

export interface TurnBudget extends Budget {
  /** Why the last call was not let through, if money was the reason. */
  exhausted(): Refusal | undefined;
}

export function createBudget(limits: BudgetLimits, before: Spent): TurnBudget {
  let reserved = 0;
  let spent = 0;
  let exhausted: Refusal | undefined;
  const bounds: [Code, string, number, number][] = [
    ['BUDGET_TURN', 'this turn', limits.turnUsdMax, 0],
    ['BUDGET_ITEM', 'this work item', limits.itemUsdMax, before.usdOfItem],
    ['BUDGET_DAY', "today's turns of this agent", limits.dayUsdMax, before.usdToday],
    ...before.branches.map(({ agentId, usdToday, dayUsdMax }): [Code, string, number, number] => [
      'BUDGET_DAY',
      `today's turns of ${agentId} and all below it`,
      dayUsdMax,
      usdToday,
    ]),
  ];

  return {
    reserve(usdMax) {
      const wanted = spent + reserved + usdMax;
      const over = bounds.find(([, , max, earlier]) => earlier + wanted > max);
      if (over) {
        const [code, whose, max] = over;
        exhausted = refuse(code, `the next call of the model could bring ${whose} above ${max} USD`);
        return exhausted;
      }
      reserved += usdMax;
      return undefined;
    },
    settle(usdMax, usd) {
      reserved -= usdMax;
      spent += usd;
    },
    exhausted: () => exhausted,
  };
}
