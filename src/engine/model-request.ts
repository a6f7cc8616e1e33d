/**
 * What a request to the model may hold: a list of what is allowed, so that what is new is refused.
 *
 * A provider that fetches an address, starts a server or executes code for the model would be a way out of the sandbox.
 */
import { z } from 'zod';
import { type Refusal, refuse } from '../refusal.ts';

const inlineSources = ['base64', 'text', 'content'];
const blockTypes = [
  ...['text', 'image', 'document', 'search_result', 'tool_use', 'tool_result', 'tool_reference'],
  ...['thinking', 'redacted_thinking'],
];

const source = z.looseObject({ type: z.enum(inlineSources) });

/** A content block, and those inside it. */
const block: z.ZodType = z.lazy(() =>
  z.looseObject({ type: z.enum(blockTypes), source: source.extend({ content }).optional(), content }),
);
const content = z.union([z.string(), z.array(block)]).optional();

const tool = z.looseObject({ name: z.string(), type: z.literal('custom').optional(), input_schema: z.looseObject({}) });

/** The fields of the Messages API that have no way out; `countsOnly` requests have no `max_tokens`. */
const requestSchema = z.strictObject({
  model: z.string(),
  max_tokens: z.int().min(1).optional(),
  messages: z.array(z.strictObject({ role: z.enum(['user', 'assistant', 'system']), content })),
  system: content,
  tools: z.array(tool).optional(),
  tool_choice: z.looseObject({}).optional(),
  stream: z.boolean().optional(),
  metadata: z.looseObject({}).optional(),
  stop_sequences: z.array(z.string()).optional(),
  temperature: z.number().optional(),
  top_k: z.number().optional(),
  top_p: z.number().optional(),
  thinking: z.looseObject({}).optional(),
  context_management: z.looseObject({}).optional(),
  output_config: z.looseObject({}).optional(),
});

/** Names of the provider's trials without their dates; all others are left out of the header. */
const betas = new Set([
  ...['claude-code', 'interleaved-thinking', 'context-management', 'thinking-token-count', 'thinking-display-updates'],
  ...['effort', 'prompt-caching', 'prompt-caching-scope', 'extended-cache-ttl', 'fine-grained-tool-streaming'],
  ...['token-counting', 'structured-outputs', 'context-1m', 'output-128k', 'token-efficient-tools', 'task-budgets'],
]);

export type ModelRequest = z.output<typeof requestSchema>;

/** `sonnet` stands for each model of that family, and an id also for its dated form. */
const isAllowed = (model: string, allowed: string) =>
  model === allowed || model.replace(/-\d{8}$/, '') === allowed || model.startsWith(`claude-${allowed}-`);

/** The request as it may go on, `max_tokens` cut to `outputTokensMax`; else what is wrong with it. */
export function checkModelRequest(
  text: string,
  models: readonly string[],
  outputTokensMax: number,
): ModelRequest | Refusal {
  const parsed = requestSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse('MODEL_REFUSED', `${issue?.path.join('.') || 'the request'}: ${issue?.message}`);
  }
  const request = parsed.data;
  if (!models.some((allowed) => isAllowed(request.model, allowed)))
    return refuse('MODEL_REFUSED', `the model ${request.model} is not one of ${models.join(', ')}`);
  if (request.max_tokens === undefined) return request;
  return { ...request, max_tokens: Math.min(request.max_tokens, outputTokensMax) };
}

export function allowedBetas(header: string): string {
  const named = header.split(',').map((beta) => beta.trim());
  return named.filter((beta) => betas.has(beta.replace(/-\d{4}-?\d{2}-?\d{2}$/, ''))).join(',');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
