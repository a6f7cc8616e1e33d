/** Books what a turn's calls of the model cost: reserved before, counted while the answer passes, settled once after. */
import { type Price, type ProviderUsage, usdOf } from '../../models/prices.ts';
import type { Refusal } from '../../refusal.ts';
import type { TokenCounts } from '../engine.ts';
import { type AnswerEnd, createUsageMeter } from './usage-meter.ts';

/** The money of a turn, its item, its agent and its day. */
export interface Budget {
  /** Sets the most that a call can cost aside; a refusal says that it is not there, and until when if others may give it back. */
  reserve(usdMax: number): Promise<Refusal | undefined>;
  /** Gives what was set aside back and books what was spent. */
  settle(usdMax: number, spent: Spent): void;
}

export type Spent = TokenCounts & { usd: number };

const nothingSpent: Spent = { input: 0, cached: 0, output: 0, usd: 0 };

/** One call whose money is reserved. */
export interface Call {
  price: Price;
  usdMax: number;
  /** What goes in at most: booked where the provider did not come to say how much it was. */
  inputTokensMax: number;
}

/** How a call ended: as its answer did, or given up by the one who asked. */
export type CallEnd = AnswerEnd | 'given-up';

export interface Spending {
  spent(): Spent;
  /** An answer's body as it comes, counted on the way; the call is settled when it ends, breaks off or `signal` aborts, and `onEnd` called then. */
  count(call: Call, answer: Response, signal: AbortSignal, onEnd: (end: CallEnd) => void): ReadableStream<Uint8Array>;
  /** A call that the one who asked gave up before any answer. */
  giveUp(call: Call): void;
  /** A call that the provider refused or never heard of: it costs nothing. */
  free(call: Call): void;
  /** Settles the calls under way by what is known of them. */
  close(): void;
}

export interface SpendingOptions {
  budget: Budget;
  onActivity: () => void;
}

/** Passes a body on until it ends or `signal` aborts; `onEnd` is called however it ends, and told whether the reader gave it up. */
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
        // Nobody is there any more to be told.
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

  /** What was sent has been read, whatever came back. */
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
        // Once only, whoever ends the answer first.
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
