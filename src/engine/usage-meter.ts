/** Reads the tokens of an answer of the model as it passes, whole or as a stream of events. */
import { z } from 'zod';
import type { ProviderUsage } from './prices.ts';

const count = z.number().optional().nullable();
const usageSchema = z.looseObject({
  input_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: z.looseObject({ ephemeral_1h_input_tokens: count }).optional().nullable(),
  output_tokens: count,
});
const carrier = z.looseObject({
  usage: usageSchema.optional(),
  message: z.looseObject({ usage: usageSchema.optional() }).optional(),
});

export interface UsageMeter {
  /** A piece of the answer, wherever it was cut. */
  write(chunk: Uint8Array): void;
  /** What is known of it now: the last count of each kind, for an answer that was cut off a guess by its length. */
  read(): ProviderUsage;
}

/** Counts are cumulative, so a later one replaces an earlier one (Messages API, streaming). */
export function createUsageMeter(contentType: string): UsageMeter {
  const decoder = new TextDecoder();
  const usage: ProviderUsage = {
    input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    ephemeral_1h_input_tokens: 0,
    output_tokens: 0,
  };
  const isStream = contentType.startsWith('text/event-stream');
  let held = '';
  let deltaChars = 0;
  let complete = false;

  function take(text: string) {
    const parsed = carrier.safeParse(parseJson(text));
    if (!parsed.success) return;
    const found = parsed.data.usage ?? parsed.data.message?.usage;
    if (!found) return;
    usage.input_tokens = found.input_tokens ?? usage.input_tokens;
    usage.cache_read_input_tokens = found.cache_read_input_tokens ?? usage.cache_read_input_tokens;
    usage.cache_creation_input_tokens = found.cache_creation_input_tokens ?? usage.cache_creation_input_tokens;
    usage.ephemeral_1h_input_tokens =
      found.cache_creation?.ephemeral_1h_input_tokens ?? usage.ephemeral_1h_input_tokens;
    usage.output_tokens = found.output_tokens ?? usage.output_tokens;
    complete ||= parsed.data.usage !== undefined;
  }

  function takeLine(line: string) {
    if (!line.startsWith('data:')) return;
    if (line.includes('"content_block_delta"')) deltaChars += line.length;
    else if (line.includes('"usage"')) take(line.slice('data:'.length));
  }

  return {
    write(chunk) {
      held += decoder.decode(chunk, { stream: true });
      if (!isStream) return;
      const lines = held.split('\n');
      held = lines.pop() ?? '';
      for (const line of lines) takeLine(line);
    },
    read() {
      if (!isStream) take(held);
      if (complete) return { ...usage };
      return { ...usage, output_tokens: Math.max(usage.output_tokens, Math.ceil(deltaChars / 4)) };
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
