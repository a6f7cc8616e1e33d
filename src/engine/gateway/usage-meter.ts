/** Reads an answer of the model while it passes, as one document or as a stream: its tokens, and whether it is complete. */
import { z } from 'zod';
import type { ProviderUsage } from '../../models/prices.ts';

const count = z.number().optional().nullable();
const countsSchema = z.looseObject({
  input_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: z.looseObject({ ephemeral_1h_input_tokens: count }).optional().nullable(),
  output_tokens: count,
});
const usageSchema = countsSchema.extend({
  /** One entry for each sampling of the model for this answer; only this list includes additional samplings. */
  iterations: z.array(countsSchema).optional().nullable(),
});
const carrier = z.looseObject({
  type: z.string().optional(),
  usage: usageSchema.optional(),
  message: z.looseObject({ usage: usageSchema.optional() }).optional(),
  error: z.looseObject({ type: z.string().optional(), message: z.string().optional() }).optional(),
});

/** How an answer ended: `whole`, `cut` before its end, or with an error of the provider in the stream. */
export type AnswerEnd = 'whole' | 'cut' | { type: string; message: string };

export interface UsageMeter {
  /** Takes the next piece of the answer; pieces can be split anywhere. */
  write(chunk: Uint8Array): void;
  /** The last count of each kind; for an answer that was cut off, an estimate by its length. Undefined before the first count. */
  read(): ProviderUsage | undefined;
  end(): AnswerEnd;
}

function usageOf(found: z.infer<typeof countsSchema>): ProviderUsage {
  return {
    input_tokens: found.input_tokens ?? 0,
    cache_read_input_tokens: found.cache_read_input_tokens ?? 0,
    cache_creation_input_tokens: found.cache_creation_input_tokens ?? 0,
    ephemeral_1h_input_tokens: found.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    output_tokens: found.output_tokens ?? 0,
  };
}

const kinds = [
  ...(['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'] as const),
  ...(['ephemeral_1h_input_tokens', 'output_tokens'] as const),
];

function perKind(of: (kind: (typeof kinds)[number]) => number): ProviderUsage {
  return Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) as unknown as ProviderUsage;
}

/** The stated counts or the sum of all iterations, whichever is larger. */
function withIterations(found: z.infer<typeof usageSchema>): ProviderUsage {
  const stated = usageOf(found);
  const each = (found.iterations ?? []).map(usageOf);
  return perKind((kind) =>
    Math.max(
      stated[kind],
      each.reduce((sum, one) => sum + one[kind], 0),
    ),
  );
}

/** Counts are cumulative: a later one replaces an earlier one (Messages API, streaming). */
export function createUsageMeter(contentType: string): UsageMeter {
  const decoder = new TextDecoder();
  let usage: ProviderUsage | undefined;
  const isStream = contentType.startsWith('text/event-stream');
  let held = '';
  let deltaBytes = 0;
  let isCounted = false;
  let end: AnswerEnd = 'cut';

  function take(text: string) {
    const parsed = carrier.safeParse(parseJson(text));
    if (!parsed.success) return;
    const { type, error } = parsed.data;
    if (type === 'message_stop' || (!isStream && type === 'message')) end = 'whole';
    if (type === 'error') end = { type: error?.type ?? 'api_error', message: error?.message ?? '' };
    const found = parsed.data.usage ?? parsed.data.message?.usage;
    if (!found) return;
    const counted = withIterations(found);
    const before = usage;
    usage = perKind((kind) => counted[kind] || (before?.[kind] ?? 0));
    isCounted ||= parsed.data.usage !== undefined;
  }

  function takeLine(line: string) {
    if (!line.startsWith('data:')) return;
    if (line.includes('"content_block_delta"')) deltaBytes += Buffer.byteLength(line);
    else take(line.slice('data:'.length));
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
      if (!usage || isCounted) return usage;
      return { ...usage, output_tokens: Math.max(usage.output_tokens, Math.ceil(deltaBytes / 4)) };
    },
    end: () => end,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
