/** Requests to the model that would be a way out of the sandbox are refused. */
import { describe, expect, it } from 'vitest';
import { allowedBetas, checkModelRequest } from '../../src/engine/model-request.ts';

const hello = { model: 'claude-sonnet-5', max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] };
const check = (more: object, models = ['claude-sonnet-5']) =>
  checkModelRequest(JSON.stringify({ ...hello, ...more }), models, 1_000);
const user = (...content: object[]) => ({ messages: [{ role: 'user', content }] });
const image = (source: object) => user({ type: 'image', source });

describe('a request to the model', () => {
  it('passes with all that the engine sends', () => {
    const full = {
      stream: true,
      system: [{ type: 'text', text: 'You are.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image', source: { type: 'base64', data: '' } },
          ],
        },
        { role: 'system', content: 'reminder' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: '', signature: '' },
            { type: 'tool_use', id: 'a', name: 'b', input: { source: { type: 'url' } } },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'b' }] }] },
      ],
      tools: [{ name: 'Bash', description: '', input_schema: { type: 'object' } }],
      metadata: { user_id: 'x' },
      thinking: { type: 'adaptive' },
      context_management: { edits: [] },
      output_config: { effort: 'high' },
    };
    expect(check(full)).toEqual({ ...hello, ...full });
  });

  it.each([
    ['a server of the provider', { mcp_servers: [{ type: 'url', url: 'https://x' }] }],
    ['a container', { container: 'c' }],
    ['an unknown field', { future_field: true }],
    ['web search', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['web fetch', { tools: [{ type: 'web_fetch_20250910', name: 'web_fetch', input_schema: {} }] }],
    ['code execution', { tools: [{ type: 'code_execution_20250825', name: 'code_execution', input_schema: {} }] }],
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
    ['an upload', user({ type: 'container_upload', file_id: 'f' })],
    ['a system image by address', { system: [{ type: 'image', source: { type: 'url' } }] }],
    ['another model', { model: 'claude-opus-5' }],
    ['no messages', { messages: undefined }],
  ])('is refused with %s', (_, more) => {
    expect(check(more)).toMatchObject({ refused: 'MODEL_REFUSED' });
  });

  it('is refused when it is no JSON', () => {
    expect(checkModelRequest('{', ['sonnet'], 1)).toMatchObject({ refused: 'MODEL_REFUSED' });
  });

  it('may name a model by its family or with its date', () => {
    expect(check({}, ['sonnet'])).toMatchObject({ model: 'claude-sonnet-5' });
    expect(check({ model: 'claude-sonnet-5-20260101' })).toMatchObject({ model: 'claude-sonnet-5-20260101' });
    expect(check({}, ['opus'])).toMatchObject({ refused: 'MODEL_REFUSED' });
    expect(check({ model: 'claude-sonnet-5-5' })).toMatchObject({ refused: 'MODEL_REFUSED' });
  });

  it('keeps only the betas that are known', () => {
    expect(allowedBetas('claude-code-20250219, files-api-2025-04-14,effort-2025-11-24')).toBe(
      'claude-code-20250219,effort-2025-11-24',
    );
  });
});
