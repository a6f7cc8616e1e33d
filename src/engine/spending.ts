/** Books what a turn's calls of the model cost: reserved before, counted while the answer passes, settled once after. */
import type { Refusal } from '../refusal.ts';
import type { TokenCounts } from './engine.ts';
import { type Price, usdOf } from './prices.ts';
import { createUsageMeter } from './usage-meter.ts';

/** The money of a turn, its item, its agent and its day. */
export interface Budget {
  /** Sets the most that a call can cost aside; a refusal says that it is not there, and until when if others may give it back. */
  reserve(usdMax: number): Promise<Refusal | undefined>;
  /** Gives what was set aside back and books what was spent. */
  settle(usdMax: number, spent: Spent): void;
}

export type Spent = TokenCounts & { usd: number };

export const nothingSpent: Spent = { input: 0, cached: 0, output: 0, usd: 0 };

/** One call whose money is reserved. */
export interface Call {
  price: Price;
  usdMax: number;
}

export interface Spending {
  spent(): Spent;
  /** The answer's body as it comes, counted on the way; the call is settled when it ends, breaks off or `signal` aborts. */
  count(call: Call, answer: Response, signal: AbortSignal): ReadableStream<Uint8Array>;
  /** Settles the calls under way by what is known of them. */
  close(): void;
}

export interface SpendingOptions {
  budget: Budget;
  onActivity: () => void;
}

/** Passes a body on; `onEnd` is called however it ends. */
function tap(body: Response['body'], onChunk: (chunk: Uint8Array) => void, onEnd: () => void) {
  const reader = body?.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value } = (await reader?.read()) ?? {};
        if (value) {
          onChunk(value);
          return controller.enqueue(value);
        }
        onEnd();
        controller.close();
      } catch (error) {
        onEnd();
        controller.error(error);
      }
    },
    async cancel(reason) {
      onEnd();
      await reader?.cancel(reason);
    },
  });
}

export function createSpending({ budget, onActivity }: SpendingOptions): Spending {
  const total: Spent = { ...nothingSpent };
  const open = new Set<() => void>();

  return {
    spent: () => ({ ...total }),
    count({ price, usdMax }, answer, signal) {
      const meter = createUsageMeter(answer.headers.get('content-type') ?? '');
      const settle = () => {
        if (!open.delete(settle)) return;
        const seen = meter.read();
        const usage: Spent = {
          input: seen.input_tokens + seen.cache_creation_input_tokens,
          cached: seen.cache_read_input_tokens,
          output: seen.output_tokens,
          usd: answer.ok ? usdOf(price, seen) : 0,
        };
        for (const field of ['input', 'cached', 'output', 'usd'] as const) total[field] += usage[field];
        budget.settle(usdMax, usage);
      };
      open.add(settle);
      signal.addEventListener('abort', settle, { once: true });
      const onChunk = (chunk: Uint8Array) => {
        onActivity();
        meter.write(chunk);
      };
      return tap(answer.body, onChunk, settle);
    },
    close() {
      for (const settle of open) settle();
    },
  };
}
