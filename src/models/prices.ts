/** What a model call costs, from a price and the provider's own count of tokens. */
import prices from './prices.json' with { type: 'json' };

/** The provider's names (Messages API, `usage`). */
export interface ProviderUsage {
  input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  /** Cache writes that are kept for an hour. */
  ephemeral_1h_input_tokens: number;
  output_tokens: number;
}

/** US dollars per million tokens. */
export interface Price {
  input: number;
  cached: number;
  output: number;
}

const perToken = 1 / 1_000_000;

/** All models with a known price, by id without a date. */
export const pricedModels: Readonly<Record<string, Price>> = prices.models;

/** The cost in US dollars. */
export function usdOf(price: Price, usage: ProviderUsage): number {
  const written1h = Math.min(usage.ephemeral_1h_input_tokens, usage.cache_creation_input_tokens);
  const written5m = usage.cache_creation_input_tokens - written1h;
  const writtenAsInput = written5m * prices.cacheWrite5mFactor + written1h * prices.cacheWrite1hFactor;
  const input = (usage.input_tokens + writtenAsInput) * price.input;
  return (input + usage.cache_read_input_tokens * price.cached + usage.output_tokens * price.output) * perToken;
}

/**
 * The maximum cost of a call in US dollars: all input is written to the most expensive cache, and the output has its maximum
 * length.
 */
export function usdMaxOf(price: Price, inputTokensMax: number, outputTokensMax: number): number {
  return (inputTokensMax * price.input * prices.cacheWrite1hFactor + outputTokensMax * price.output) * perToken;
}
