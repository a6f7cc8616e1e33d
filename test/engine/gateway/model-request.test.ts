/** Of a request to the model nothing goes on that is a way out, costs money uncounted, or is unknown. */
import { describe, expect, it } from 'vitest';
import { checkModelRequest } from '../../../src/engine/gateway/model-request.ts';
import { isRefusal } from '../../../src/refusal.ts';
import { modelOf } from '../try-turn.ts';

const hello = { model: 'claude-sonnet-5', max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] };
const check = (more: object, betas = '', models = ['claude-sonnet-5']) =>
  checkModelRequest(JSON.stringify({ ...hello, ...more }), betas, {
    models: models.map(modelOf),
    outputTokensMax: 1_000,
  });
function passed(more: object, betas = '') {
  const checked = check(more, betas);
  return isRefusal(checked) ? expect.fail(checked.why) : checked;
}
const user = (...content: object[]) => ({ messages: [{ role: 'user', content }] });
const system = (more: object) => ({ messages: [hello.messages[0], { role: 'system', ...more }] });
const image = (source: object) => user({ type: 'image', source });
const change = (type: string, tool: object) => ({
  messages: [{ role: 'system', content: [{ type, tool }] }],
});

describe('a request to the model', () => {
  it('passes with all that the engine sends', () => {
    const full = {
      stream: true,
      system: [{ type: 'text', text: 'You are.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: '' } },
            { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: '' }, title: 't' },
          ],
        },
        { role: 'system', content: 'reminder' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: '', signature: '', more: 'signed' },
            { type: 'tool_use', id: 'a', name: 'b', input: { source: { type: 'url' }, future: 1 } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', is_error: false, content: [{ type: 'text', text: 'b' }] },
            { type: 'search_result', source: 'https://x', title: 't', content: [{ type: 'text', text: 'b' }] },
            { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'tool_reference', tool_name: 'Bash' }] },
          ],
        },
      ],
      tools: [{ name: 'Bash', description: '', input_schema: { type: 'object', future: 1 }, defer_loading: true }],
      metadata: { user_id: 'x' },
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high' },
    };
    expect(passed(full)).toMatchObject({ request: { ...hello, ...full }, dropped: [] });
  });

  it.each([
    ['a server of the provider', { mcp_servers: [{ type: 'url', url: 'https://x' }] }],
    ['a container', { container: 'c' }],
    ['web search', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['web fetch', { tools: [{ type: 'web_fetch_20250910', name: 'web_fetch', input_schema: {} }] }],
    ['code execution', { tools: [{ type: 'code_execution_20250825', name: 'code_execution', input_schema: {} }] }],
    ['an MCP toolset', { tools: [{ type: 'mcp_toolset', mcp_server_name: 'x' }] }],
    ['an image by address', image({ type: 'url', url: 'https://x' })],
    ['a stored file', image({ type: 'file', file_id: 'f' })],
    [
      'an image by address inside a tool result',
      user({ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image', source: { type: 'url' } }] }),
    ],
    [
      'an image by address inside a document',
      user({ type: 'document', source: { type: 'content', content: [{ type: 'image', source: { type: 'url' } }] } }),
    ],
    ['an unknown block', user({ type: 'server_tool_use', id: 'a', name: 'web_search', input: {} })],
    ["a block of a provider's compaction", user({ type: 'compaction', content: 'x' })],
    ['an upload', user({ type: 'container_upload', file_id: 'f' })],
    ['a system image by address', { system: [{ type: 'image', source: { type: 'url' } }] }],
    ['a tool that is defined on the way', change('tool_addition', { name: 'x', input_schema: {} })],
    ["a provider's server for MCP on the way", change('tool_addition', { type: 'mcp_tool', server_name: 'x' })],
    ['a faster model', { speed: 'fast' }],
    ['another tier', { service_tier: 'auto' }],
    ['another place', { inference_geo: 'us' }],
    ['another payer', { billing_policy: { type: 'billing_policy', bill_to: 'user_profile' } }],
    ['other models behind it', { fallbacks: [{ model: 'claude-opus-5' }] }],
    ['a credit for them', { fallback_credit_token: 't' }],
    ["a provider's compaction", { compaction: { type: 'auto' } }],
    ["a provider's compaction on the way", { context_management: { edits: [{ type: 'compact_20260112' }] } }],
    ["a provider's memory", { thread: { type: 'create' } }],
    ['another model', { model: 'claude-opus-5' }],
    ['an unknown role', { messages: [{ role: 'server', content: 'x' }] }],
    ['no messages', { messages: undefined }],
  ])('is refused with %s', (_, more) => {
    expect(check(more)).toMatchObject({ refused: 'MODEL_REFUSED', why: expect.stringMatching(/./) });
  });

  it('names the place and the kind of the fault', () => {
    const deep = user({ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image', source: { type: 'url' } }] });
    expect(check(deep)).toMatchObject({
      why: expect.stringMatching(
        /^messages\.0\.content\.0\.content\.0\.source.*: the content must be in the request itself/,
      ),
    });
    expect(check({ speed: 'fast' })).toMatchObject({ why: 'speed: would cause cost that is not counted' });
  });

  it('is refused if it is not JSON', () => {
    const rules = { models: [modelOf('sonnet')], outputTokensMax: 1 };
    expect(checkModelRequest('{', '', rules)).toMatchObject({ refused: 'MODEL_REFUSED' });
  });

  it('may leave refused fields empty', () => {
    const more = { mcp_servers: [], container: null, speed: null, context_management: null };
    expect(passed(more).request).toMatchObject(hello);
  });

  it('loses unknown fields, wherever they are, and names them', () => {
    const { request, dropped } = passed({
      fetch_urls: ['https://x'],
      messages: [
        {
          role: 'user',
          name: 'x',
          content: [{ type: 'text', text: 'a', glow: 1, cache_control: { type: 'ephemeral', scope: 'global' } }],
        },
      ],
      tools: [{ name: 'Bash', input_schema: {}, allowed_callers: ['direct'] }],
    });
    expect(request).toEqual({
      ...hello,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }] }],
      tools: [{ name: 'Bash', input_schema: {} }],
    });
    expect(dropped.sort()).toEqual([
      ...['fetch_urls', 'messages.content.cache_control.scope', 'messages.content.glow'],
      ...['messages.name', 'tools.allowed_callers'],
    ]);
  });

  it('is asked of the model by the name that was configured', () => {
    const dated = check({ model: 'claude-sonnet-4-5' }, '', ['claude-sonnet-4-5-20250929']);
    expect(dated).toMatchObject({ request: { model: 'claude-sonnet-4-5-20250929' } });
    expect(check({ model: 'claude-sonnet-4-5-20250929' }, '', ['claude-sonnet-4-5'])).toMatchObject({
      request: { model: 'claude-sonnet-4-5' },
    });
    expect(check({ model: 'claude-sonnet-5-5' })).toMatchObject({ refused: 'MODEL_REFUSED' });
  });

  it('is limited in output, and in thinking below that', () => {
    const thinking = { type: 'enabled', budget_tokens: 31_999 };
    expect(passed({ max_tokens: 32_000, thinking }).request).toMatchObject({
      max_tokens: 1_000,
      thinking: { type: 'enabled', budget_tokens: 999 },
    });
  });
});

describe('a beta', () => {
  const managed = { context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] } };
  const effort = system({ output_config: { effort: 'high' } });
  const cases: [title: string, more: object, beta: string][] = [
    ['the context is cleared', managed, 'context-management-2025-06-27'],
    ['the effort of one turn', effort, 'per-turn-control-2026-07-01'],
    ['the effort of one turn, as the SDK calls it', effort, 'mid-conversation-output-config-2026-07-01'],
    ['a word that goes', system({ content: 'x', clear_at: 'never' }), 'mid-conversation-system-clear-at-2026-08-21'],
    ['a budget of tokens', { output_config: { task_budget: { total: 1 } } }, 'task-budgets-2026-03-13'],
    ['bound thoughts', { thinking: { block_binding: {} } }, 'thinking-binding-controls-2026-08-01'],
    ['shown thoughts', { thinking: { display: 'updates' } }, 'thinking-display-updates-2026-08-18'],
  ];

  it.each(cases)('is kept with its field: %s', (_, more, beta) => {
    expect(passed(more, beta)).toMatchObject({ request: more, betas: beta, dropped: [] });
  });

  it.each(cases)('if it is missing, its field is removed: %s', (_, more) => {
    const { request, betas, dropped } = passed(more, '');
    expect({ betas, dropped }).toEqual({ betas: '', dropped: [expect.stringMatching(/^[a-z_.]+$/)] });
    expect(JSON.stringify(request)).not.toMatch(/clear_thinking|effort|clear_at|task_budget|block_binding|updates/);
    expect(request.messages.filter(({ content }) => content === undefined)).toEqual([]);
  });

  it('is removed if unknown', () => {
    const { betas, dropped } = passed({}, 'claude-code-20250219, fast-mode-2026-02-01,effort-2025-11-24');
    expect(betas).toBe('claude-code-20250219,effort-2025-11-24');
    expect(dropped).toEqual(['fast-mode-2026-02-01']);
  });
});
