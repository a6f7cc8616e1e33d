/** What a model call costs, from the table of prices and the provider's own count of tokens. */
import prices from './prices.json' with { type: 'json' };

/** The provider's names (Messages API, `usage`). */
export interface ProviderUsage {
  input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  /** The part of the written cache that is kept for an hour. */
  ephemeral_1h_input_tokens: number;
  output_tokens: number;
}

export interface Price {
  /** US dollars for a million tokens. */
  input: number;
  cached: number;
  output: number;
}

const table: Readonly<Record<string, Price>> = prices.models;
const perToken = 1 / 1_000_000;

/** The price of a model id, with or without its date; nothing for a model that we do not know. */
export function priceOf(model: string): Price | undefined {
  return table[model.replace(/-\d{8}$/, '')];
}

export function usdOf(price: Price, usage: ProviderUsage): number {
  const written1h = Math.min(usage.ephemeral_1h_input_tokens, usage.cache_creation_input_tokens);
  const written5m = usage.cache_creation_input_tokens - written1h;
  const writtenAsInput = written5m * prices.cacheWrite5mFactor + written1h * prices.cacheWrite1hFactor;
  const input = (usage.input_tokens + writtenAsInput) * price.input;
  return (input + usage.cache_read_input_tokens * price.cached + usage.output_tokens * price.output) * perToken;
}

/** The most that a call can cost: about a token for each three bytes that go in, and all it may write. */
export function usdMaxOf(price: Price, bodyBytes: number, outputTokensMax: number): number {
  const input = (bodyBytes / 3) * price.input * prices.cacheWrite1hFactor;
  return (input + outputTokensMax * price.output) * perToken;
}
