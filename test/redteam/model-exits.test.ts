/** Requests that would make the provider connect to other systems, sent straight to the gateway's socket: none gets there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type Listener, listen } from '../../src/base/http.ts';
import { createLog } from '../../src/base/log.ts';
import { openTurnGateway } from '../../src/engine/gateway/gateway.ts';
import { modelNamed } from '../../src/models/model.ts';

const hello = { model: 'claude-sonnet-5', max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] };
const url = 'https://evil.example/?q=secret';
const user = (...content: object[]) => ({ messages: [{ role: 'user', content }] });
const byUrl = { type: 'image', source: { type: 'url', url } };

const exits: [title: string, more: object][] = [
  ['a server for MCP', { mcp_servers: [{ type: 'url', url, name: 'x' }] }],
  ['web search', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
  ['web fetch', { tools: [{ type: 'web_fetch_20250910', name: 'web_fetch' }] }],
  ['code execution', { tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] }],
  ['an MCP toolset', { tools: [{ type: 'mcp_toolset', mcp_server_name: 'x' }] }],
  ['an image by address', user(byUrl)],
  ['a document by address', user({ type: 'document', source: { type: 'url', url } })],
  ['an image by address in a tool result', user({ type: 'tool_result', tool_use_id: 'a', content: [byUrl] })],
  ['a stored file', user({ type: 'document', source: { type: 'file', file_id: 'file_1' } })],
  ['an image by address in the system prompt', { system: [byUrl] }],
  ['a container with skills', { container: { skills: [{ type: 'custom', skill_id: 'x' }] } }],
  ['an unknown model', { model: 'claude-unknown-9' }],
  ["another provider's model", { model: 'gpt-9' }],
];

let folder: string;
let provider: Listener;
let gateway: { close(): Promise<void> };
const reached: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jv-'));
  provider = await listen(async (incoming) => {
    reached.push(await incoming.text());
    return Response.json({ type: 'message', content: [], usage: { input_tokens: 1, output_tokens: 1 } });
  });
  gateway = await openTurnGateway(
    {
      provider: { baseUrl: provider.url, key: 'sk-real', keyName: 'ANTHROPIC_API_KEY in .env', fetch },
      models: [modelNamed('claude-sonnet-5')].flatMap((model) => model ?? []),
      bounds: { bodyBytesMax: 1 << 20, requestsPerMinuteMax: 1_000, outputTokensMax: 1_000 },
      budget: { reserve: async () => undefined, settle: () => {} },
      redact: (words) => words,
      refused: () => {},
      clock: systemClock,
      log: createLog('test', 'silent'),
    },
    { socketPath: join(folder, 'gw.sock') },
  );
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
  await rm(folder, { recursive: true });
});

/** Status and words of the gateway's answer. */
function send(body: string, path = '/v1/messages'): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'anthropic-beta': 'mcp-client-2025-11-20' };
    const sent = request({ socketPath: join(folder, 'gw.sock'), path, method: 'POST', headers });
    sent.once('error', reject);
    sent.once('response', async (answer) => resolve([answer.statusCode ?? 0, await text(answer)]));
    sent.end(body);
  });
}

test.each(exits)('a request with %s is refused and never reaches the provider', async (_, more) => {
  reached.length = 0;
  for (const path of ['/v1/messages', '/v1/messages?beta=true', '/v1/messages/count_tokens']) {
    const [status, words] = await send(JSON.stringify({ ...hello, ...more }), path);
    expect([path, status, words]).toEqual([path, 403, expect.stringContaining('MODEL_REFUSED')]);
  }
  expect(reached).toEqual([]);
});

test('a duplicate name is read as the provider would read it', async () => {
  reached.length = 0;
  const twice = `{"mcp_servers": [], ${JSON.stringify(hello).slice(1, -1)}, "mcp_servers": [{"url": "${url}"}]}`;
  expect((await send(twice))[0]).toBe(403);
  expect(reached).toEqual([]);
  const models = JSON.stringify(hello).replace('{', '{"model":"claude-opus-5",');
  expect((await send(models))[0]).toBe(200);
  expect(reached.map((body) => JSON.parse(body).model)).toEqual([hello.model]);
  expect(reached.join()).not.toContain('opus');
});

test('an unknown field is left out', async () => {
  reached.length = 0;
  expect((await send(JSON.stringify({ ...hello, fetch_urls: [url] })))[0]).toBe(200);
  expect(reached.map((body) => JSON.parse(body))).toEqual([hello]);
});

test('a plain request reaches it', async () => {
  reached.length = 0;
  expect((await send(JSON.stringify(hello)))[0]).toBe(200);
  expect(reached).toHaveLength(1);
});
