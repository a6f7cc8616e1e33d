/** A turn's way to the purse that its supervisor keeps: asked before each call of the model, told at once what it cost. */
import { messageOf } from '../../base/errors.ts';
import type { Budget } from '../../engine/gateway/gateway.ts';
import type { Refusal } from '../../refusal.ts';
import type { Turn } from '../turn.ts';

export interface TurnBudget extends Budget {
  /** Why the last call was not let through, if money was the reason; or an earlier one, for a reason that lasts. */
  exhausted(): Refusal | undefined;
}

export function createBudget({
  supervisor,
  crashPoints,
  log,
}: Pick<Turn, 'supervisor' | 'crashPoints' | 'log'>): TurnBudget {
  let exhausted: Refusal | undefined;
  return {
    async reserve(usdMax) {
      const refusal = (await supervisor.call('reserve', { usdMax })) ?? undefined;
      // A smaller call that still goes through does not end what lasts.
      if (exhausted === undefined || exhausted.until !== undefined) exhausted = refusal;
      return refusal;
    },
    // Sent before anything that comes after it, and not waited for.
    settle(usdMax, { usd, ...tokens }) {
      const stored = supervisor.call('settle', { usdMax, usd, tokens });
      const failed = (error: unknown) => log.error(`what a call of the model cost is not stored: ${messageOf(error)}`);
      stored.then(() => crashPoints.reach('worker.settled'), failed);
    },
    exhausted: () => exhausted,
  };
}
