/**
 * The schema of a request to the model: a field that opens a way out or causes uncounted cost is a fault; unknown fields are
 * removed.
 *
 * A provider that fetches a url, connects to a server or executes code for the model would be a way out of the sandbox.
 * Fields are those of @anthropic-ai/sdk 1.10, resources/messages and resources/beta/messages.
 */
import { z } from 'zod';

const anything = z.unknown().optional();

/** Decides only which fields are passed on; the provider checks their values. */
const fields = (...names: string[]) => Object.fromEntries(names.map((name) => [name, anything]));
const cacheControl = z.object(fields('type', 'ttl')).nullish();

const content: z.ZodType = z.lazy(() => z.union([z.string(), z.array(block)])).optional();
const source = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal(['base64', 'text']), ...fields('media_type', 'data') }),
    z.object({ type: z.literal('content'), content }),
  ],
  { error: 'the content must be in the request itself, not at a url or in a stored file' },
);

const blockOf = <Type extends string>(type: Type, names: string[], checked: Record<string, z.ZodType> = {}) =>
  z.object({ type: z.literal(type), cache_control: cacheControl, ...fields(...names), ...checked });

/** Signed by the provider, so it must be sent back unchanged. */
const signed = z.looseObject({ type: z.literal(['thinking', 'redacted_thinking']) });
const namedTool = z.strictObject({ type: z.literal('tool_reference'), name: z.string() });

const block = z.discriminatedUnion(
  'type',
  [
    blockOf('text', ['text', 'citations']),
    blockOf('image', [], { source }),
    blockOf('document', ['title', 'context', 'citations'], { source }),
    blockOf('search_result', ['source', 'title', 'citations'], { content }),
    blockOf('tool_use', ['id', 'name', 'input']),
    blockOf('tool_result', ['tool_use_id', 'is_error'], { content }),
    blockOf('tool_reference', ['tool_name']),
    signed,
    blockOf('tool_addition', [], { tool: namedTool }),
    blockOf('tool_removal', [], { tool: namedTool }),
  ],
  { error: ({ input }) => `a block of type ${typeOf(input)} is not allowed` },
);

const message = z.discriminatedUnion(
  'role',
  [
    z.object({ role: z.literal(['user', 'assistant']), content }),
    z.object({
      role: z.literal('system'),
      content,
      output_config: z.object(fields('effort')).nullish(),
      clear_at: anything,
    }),
  ],
  { error: 'has a role that is not allowed' },
);

const toolFields = [
  'description',
  'input_schema',
  'defer_loading',
  'eager_input_streaming',
  'input_examples',
  'strict',
];
const tool = z.object({
  name: z.string(),
  type: z.literal('custom', { error: ({ input }) => `a tool of type ${input} runs at the provider` }).nullish(),
  cache_control: cacheControl,
  ...fields(...toolFields),
});

const edit = z.looseObject({
  type: z.string().startsWith('clear_', { error: ({ input }) => `the edit ${input} would be charged but not counted` }),
});

const wayOut = 'would make the provider connect to other systems';
const uncounted = 'would cause cost that is not counted';
const refused = (why: string) => z.null({ error: why }).optional();

export const requestSchema = z.object({
  model: z.string(),
  max_tokens: z.int().min(1).optional(),
  messages: z.array(message),
  system: content,
  tools: z.array(tool).optional(),
  context_management: z.object({ edits: z.array(edit).optional() }).nullish(),
  output_config: z.object(fields('effort', 'format', 'task_budget')).optional(),
  thinking: z.object(fields('type', 'budget_tokens', 'display', 'block_binding')).optional(),
  tool_choice: z.object(fields('type', 'name', 'disable_parallel_tool_use')).optional(),
  metadata: z.object(fields('user_id')).optional(),
  cache_control: cacheControl,
  ...fields('stream', 'stop_sequences', 'temperature', 'top_k', 'top_p'),
  mcp_servers: z.array(z.never({ error: wayOut })).nullish(),
  container: refused(wayOut),
  ...Object.fromEntries(
    [
      ...['speed', 'service_tier', 'inference_geo', 'billing_policy', 'compaction', 'thread'],
      ...['fallbacks', 'fallback_credit_token'],
    ].map((name) => [name, refused(uncounted)]),
  ),
});

export type ModelRequest = z.output<typeof requestSchema>;

function typeOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : typeof value;
}
