/**
 * Which fields the Messages API accepts, and which beta a field needs; every other field is answered with 400.
 *
 * From the types of @anthropic-ai/sdk 1.10: fields of `resources/messages` need no beta; fields that are only in
 * `resources/beta/messages` need the beta named here, with any date.
 */

/** The betas that allow a field (any one of them is enough; none if it is always allowed), and its content. */
export interface Field {
  betas?: readonly string[];
  /** The fields inside, for an object or a list of objects. */
  inside?: Fields | ((value: Readonly<Record<string, unknown>>) => Fields | string);
}

export type Fields = Readonly<Record<string, Field>>;

const plain: Field = {};
const all = (...names: string[]): Fields => Object.fromEntries(names.map((name) => [name, plain]));
const needs = (...betas: string[]): Field => ({ betas });

const cache: Field = { inside: { ...all('type', 'ttl'), scope: needs('prompt-caching-scope') } };

const sources: Readonly<Record<string, Fields>> = {
  base64: all('type', 'media_type', 'data'),
  text: all('type', 'media_type', 'data'),
  content: all('type', 'content'),
  url: all('type', 'url'),
};
const source: Field = { inside: ({ type }) => sources[String(type)] ?? `Input tag '${type}' is not expected` };

/** The fields of a block, by its type; a type that belongs to a beta needs that beta. */
function blockFields(block: Readonly<Record<string, unknown>>): Fields | string {
  const { type } = block;
  return blocks[String(type)] ?? `Input tag '${type}' found using 'type' does not match any of the expected tags`;
}

const content: Field = { inside: blockFields };

const blocks: Readonly<Record<string, Fields>> = {
  text: { ...all('type', 'text', 'citations'), cache_control: cache },
  image: { type: plain, source, cache_control: cache },
  document: { ...all('type', 'title', 'context', 'citations'), source, cache_control: cache },
  search_result: { ...all('type', 'source', 'title', 'citations'), content, cache_control: cache },
  tool_use: { ...all('type', 'id', 'name', 'input', 'caller', 'toolset_name'), cache_control: cache },
  tool_result: { ...all('type', 'tool_use_id', 'is_error', 'toolset_name'), content, cache_control: cache },
  tool_reference: { ...all('type', 'tool_name'), cache_control: cache },
  thinking: all('type', 'thinking', 'signature'),
  redacted_thinking: all('type', 'data'),
  tool_addition: { type: needs('mid-conversation-tool-changes'), tool: plain, cache_control: cache },
  tool_removal: { type: needs('mid-conversation-tool-changes'), tool: plain, cache_control: cache },
};

const said: Fields = { role: plain, content };
const system: Fields = {
  ...said,
  output_config: { betas: ['per-turn-control', 'mid-conversation-output-config'], inside: all('effort') },
  clear_at: needs('mid-conversation-system-clear-at'),
};

const thinking: Fields = {
  ...all('type', 'budget_tokens', 'display'),
  block_binding: needs('thinking-binding-controls'),
};

const tool: Fields = {
  ...all('name', 'type', 'description', 'input_schema', 'allowed_callers'),
  ...all('defer_loading', 'eager_input_streaming', 'input_examples', 'strict'),
  cache_control: cache,
};

/** Fields of both `/v1/messages` and `/v1/messages/count_tokens`. */
const counted: Fields = {
  model: plain,
  messages: { inside: ({ role }) => (role === 'system' ? system : said) },
  system: content,
  tools: { inside: tool },
  tool_choice: { inside: all('type', 'name', 'disable_parallel_tool_use') },
  thinking: { inside: thinking },
  output_config: { inside: { ...all('effort', 'format'), task_budget: needs('task-budgets') } },
  cache_control: cache,
  context_management: needs('context-management'),
  mcp_servers: needs('mcp-client'),
  speed: plain,
};

export const countFields: Fields = counted;

export const messageFields: Fields = {
  ...counted,
  ...all('max_tokens', 'metadata', 'stream', 'stop_sequences', 'temperature', 'top_k', 'top_p'),
  ...all('container', 'diagnostics', 'inference_geo', 'service_tier'),
  billing_policy: needs('user-profiles-billing'),
  compaction: needs('compact'),
  fallbacks: needs('server-side-fallback'),
  fallback_credit_token: needs('fallback-credit'),
  output_format: needs('structured-outputs'),
  thread: needs('message-threads'),
};
