/** Charges the cost of a turn's model calls: reserved before, counted while the answer passes, settled once afterwards. */
import { type Price, type ProviderUsage, usdOf } from '../../models/prices.ts';
import type { Refusal } from '../../refusal.ts';
import type { TokenCounts } from '../engine.ts';
import { type AnswerEnd, createUsageMeter } from './usage-meter.ts';

/** The budget of a turn, its item, its agent and its day. */
export interface Budget {
  /** Reserves the maximum cost of a call. Refuses if the budget is too small, and says until when if others may release money. */
  reserve(usdMax: number): Promise<Refusal | undefined>;
  /** Releases the reservation and charges what was spent. */
  settle(usdMax: number, spent: Spent): void;
}

export type Spent = TokenCounts & { usd: number };

const nothingSpent: Spent = { input: 0, cached: 0, output: 0, usd: 0 };

/** One call with reserved money. */
export interface Call {
  price: Price;
  usdMax: number;
  /** The maximum number of input tokens: charged if the provider did not report the real number. */
  inputTokensMax: number;
}

/** How a call ended: as its answer did, or because the client gave up. */
export type CallEnd = AnswerEnd | 'given-up';

export interface Spending {
  spent(): Spent;
  /** Streams and counts an answer's body. Settles the call and calls `onEnd` when the body ends, is cut off, or `signal` aborts. */
  count(call: Call, answer: Response, signal: AbortSignal, onEnd: (end: CallEnd) => void): ReadableStream<Uint8Array>;
  /** Settles a call that the client gave up before any answer. */
  giveUp(call: Call): void;
  /** Settles a call that the provider refused or never received: it costs nothing. */
  free(call: Call): void;
  /** Settles all open calls with what is known about them. */
  close(): void;
}

export interface SpendingOptions {
  budget: Budget;
  onActivity: () => void;
}

/** Passes on a body until it ends or `signal` aborts. `onEnd` is always called, and told whether the reader gave up. */
function tap(
  body: Response['body'],
  signal: AbortSignal,
  onChunk: (chunk: Uint8Array) => void,
  onEnd: (isGivenUp: boolean) => void,
): ReadableStream<Uint8Array> {
  const reader = body?.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value } = (await reader?.read()) ?? {};
        if (value) {
          onChunk(value);
          return controller.enqueue(value);
        }
        onEnd(false);
        controller.close();
      } catch (error) {
        onEnd(signal.aborted);
        // The reader is gone.
        if (signal.aborted) controller.close();
        else controller.error(error);
      }
    },
    async cancel(reason) {
      onEnd(true);
      await reader?.cancel(reason);
    },
  });
}

export function createSpending({ budget, onActivity }: SpendingOptions): Spending {
  const total: Spent = { ...nothingSpent };
  const open = new Set<(isGivenUp: boolean) => void>();

  function book({ usdMax }: Call, usage: Spent): void {
    for (const field of ['input', 'cached', 'output', 'usd'] as const) total[field] += usage[field];
    budget.settle(usdMax, usage);
  }

  /** The provider has read the input, even if no answer came. */
  const unanswered = ({ price, inputTokensMax: input }: Call): Spent => {
    const usage = { input_tokens: input, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
    return {
      input,
      cached: 0,
      output: 0,
      usd: usdOf(price, { ...usage, ephemeral_1h_input_tokens: 0, output_tokens: 0 }),
    };
  };

  const countedAs = ({ price }: Call, usage: ProviderUsage): Spent => ({
    input: usage.input_tokens + usage.cache_creation_input_tokens,
    cached: usage.cache_read_input_tokens,
    output: usage.output_tokens,
    usd: usdOf(price, usage),
  });

  return {
    spent: () => ({ ...total }),
    count(call, answer, signal, onEnd) {
      const meter = createUsageMeter(answer.headers.get('content-type') ?? '');
      const settle = (isGivenUp: boolean) => {
        // Only the first end of the answer counts.
        if (!open.has(settle)) return;
        open.delete(settle);
        const seen = meter.read();
        if (seen) book(call, countedAs(call, seen));
        else book(call, isGivenUp ? unanswered(call) : nothingSpent);
        onEnd(isGivenUp && meter.end() === 'cut' ? 'given-up' : meter.end());
      };
      open.add(settle);
      signal.addEventListener('abort', () => settle(true), { once: true });
      const onChunk = (chunk: Uint8Array) => {
        onActivity();
        meter.write(chunk);
      };
      return tap(answer.body, signal, onChunk, settle);
    },
    giveUp: (call) => book(call, unanswered(call)),
    free: (call) => book(call, nothingSpent),
    close() {
      for (const settle of open) settle(true);
    },
  };
}
