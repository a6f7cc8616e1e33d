/** The scripted model answers as the Messages API does, from its script and the request alone. */
import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAnthropic } from '../../../emulators/anthropic/anthropic.ts';
import type { Script } from '../../../emulators/anthropic/script.ts';
import { listen } from '../../../src/base/http.ts';

type Messages = Anthropic.MessageParam[];

async function open(script: Script) {
  const emulator = createAnthropic({ script });
  const listener = await listen(emulator.handler);
  onTestFinished(() => listener.close());
  const client = new Anthropic({ apiKey: 'any', baseURL: listener.url, maxRetries: 0 });
  const ask = (messages: Messages, more: { system?: string; tools?: Anthropic.Tool[] } = {}) =>
    client.messages.create({ model: 'claude-sonnet-5', max_tokens: 100, messages, ...more });
  return { emulator, client, ask };
}

const user = (content: string | Anthropic.ContentBlockParam[]): Messages[number] => ({ role: 'user', content });
const assistant = (content: string | Anthropic.ContentBlockParam[]): Messages[number] => ({
  role: 'assistant',
  content,
});
const toolUse = (id: string): Anthropic.ContentBlockParam => ({ type: 'tool_use', id, name: 'look', input: {} });
const toolResult = (id: string, content: string): Anthropic.ContentBlockParam => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
});
const look: Anthropic.Tool = { name: 'look', input_schema: { type: 'object' } };

const script: Script = {
  scenes: [
    {
      when: { system: 'item (?<item>\\d+)', prompt: 'fix (?<what>\\w+)', tools: ['look'] },
      replies: [
        [{ text: 'I look at {{what}}.' }, { tool: 'look', input: { paths: ['src/{{what}}.js'], item: '{{item}}' } }],
        [{ text: 'Seen: {{toolResult}}' }, { usage: { input: 7, cached: 5, output: 3 } }],
      ],
    },
    { when: { prompt: 'fail' }, replies: [[{ error: { status: 429, type: 'rate_limit_error', message: 'slow' } }]] },
  ],
};

describe('the scripted model', () => {
  it('calls a tool with the captures of prompt and system filled in', async () => {
    const { ask } = await open(script);
    const answer = await ask([user('please fix parser')], { system: 'item 12', tools: [look] });
    expect(answer.stop_reason).toBe('tool_use');
    expect(answer.content).toMatchObject([
      { type: 'text', text: 'I look at parser.' },
      { type: 'tool_use', name: 'look', input: { paths: ['src/parser.js'], item: '12' } },
    ]);
    expect(answer.usage.input_tokens).toBeGreaterThan(0);
  });

  it('picks the reply from the messages alone, and says Done. after the last one', async () => {
    const { ask } = await open(script);
    const more = { system: 'item 12', tools: [look] };
    const first = [user('fix parser'), assistant([toolUse('a')]), user([toolResult('a', 'a bug')])];
    const second = await ask(first, more);
    expect(second.content).toMatchObject([{ text: 'Seen: a bug' }]);
    expect(second.usage).toMatchObject({ input_tokens: 7, cache_read_input_tokens: 5, output_tokens: 3 });
    const third = await ask([...first, assistant([toolUse('b')]), user([toolResult('b', 'x')])], more);
    expect(third).toMatchObject({ stop_reason: 'end_turn', content: [{ text: 'Done.' }] });
  });

  it('starts again at the next prompt of the same conversation', async () => {
    const { ask } = await open(script);
    const answer = await ask([user('fix a'), assistant('ok'), user('now fix lexer')], {
      system: 'item 3',
      tools: [look],
    });
    expect(answer.content[0]).toMatchObject({ text: 'I look at lexer.' });
  });

  it('answers Done. if no scene matches because a named tool is not offered', async () => {
    const { ask } = await open(script);
    expect((await ask([user('fix parser')], { system: 'item 12' })).content).toMatchObject([{ text: 'Done.' }]);
  });

  it('streams the same message as events', async () => {
    const { client } = await open(script);
    const stream = client.messages.stream({
      model: 'claude-sonnet-5',
      max_tokens: 100,
      system: 'item 1',
      tools: [look],
      messages: [user('fix parser')],
    });
    const message = await stream.finalMessage();
    expect(message.content).toMatchObject([{ text: 'I look at parser.' }, { name: 'look', input: { item: '1' } }]);
    expect(message.stop_reason).toBe('tool_use');
    expect(message.usage.output_tokens).toBeGreaterThan(1);
  });

  it('fails as its script says, counts tokens, and records its requests', async () => {
    const { ask, client, emulator } = await open(script);
    await expect(ask([user('fail')])).rejects.toMatchObject({ status: 429 });
    const counted = await client.messages.countTokens({ model: 'claude-sonnet-5', messages: [user('hello')] });
    expect(counted.input_tokens).toBeGreaterThan(0);
    expect(emulator.requests.map((request) => request.path)).toEqual(['/v1/messages', '/v1/messages/count_tokens']);
  });

  it('repeats replies and parts of an input for each match in a capture, and says equal ones once', async () => {
    const { ask, emulator } = await open({ scenes: [] });
    const [forEach, of] = ['b(?<what>\\w)', { in: 'text' }];
    emulator.setScript({
      scenes: [
        { when: { toolResult: 'fault: (?<why>\\w+)' }, otherwise: [{ text: 'Stopped by {{why}}.' }] },
        {
          when: { prompt: 'do (?<text>.*)' },
          replies: [
            { forEach, ...of, replies: [[{ text: 'Look at {{what}}.' }, { tool: 'look', input: {} }]] },
            [{ tool: 'look', input: { all: [{ forEach, ...of, value: { name: '{{what}}' } }, 'end'] } }],
          ],
          otherwise: [{ text: 'Enough of {{text}}.' }],
        },
      ],
    });
    const after = (results: string[]) => [
      user('do bx by bx'),
      ...results.flatMap((result, n) => [assistant([toolUse(`${n}`)]), user([toolResult(`${n}`, result)])]),
    ];
    const said = async (...results: string[]) => (await ask(after(results))).content;
    expect(await said()).toMatchObject([{ text: 'Look at x.' }, { name: 'look' }]);
    expect(await said('')).toMatchObject([{ text: 'Look at y.' }, { name: 'look' }]);
    expect(await said('', '')).toMatchObject([{ input: { all: [{ name: 'x' }, { name: 'y' }, 'end'] } }]);
    expect(await said('', '', '')).toMatchObject([{ text: 'Enough of bx by bx.' }]);
    expect(await said('', 'fault: lost')).toMatchObject([{ text: 'Stopped by lost.' }]);
  });

  it('takes a new script, and refuses anything else', async () => {
    const { ask, emulator } = await open(script);
    emulator.setScript({ scenes: [{ replies: [[{ text: 'new' }]] }] });
    expect((await ask([user('anything')])).content).toMatchObject([{ text: 'new' }]);
    expect(() => emulator.setScript({ scenes: [{ when: { prompt: '(' }, replies: [] }] })).toThrow(/regular/);
    expect(() => emulator.setScript({ scenes: [{ replies: [[{ txet: 'x' }]] }] })).toThrow();
  });
});

describe('what the real provider would not take', () => {
  const body = { model: 'claude-sonnet-5', max_tokens: 10, messages: [{ role: 'user', content: 'x' }] };
  const effort = { role: 'system', content: 'x', output_config: { effort: 'high' } };

  async function answerTo(more: object, beta = '', path = '/v1/messages') {
    const { emulator } = await open(script);
    const text = JSON.stringify({ ...body, ...more });
    const headers = beta ? { 'anthropic-beta': beta } : {};
    const sent = new Request(`http://emulator${path}`, { method: 'POST', headers, body: text });
    const answer = await emulator.handler(sent);
    return { status: answer.status, body: await answer.json() };
  }

  it.each([
    ['an unknown model', { model: 'claude-opus-9' }, 404, 'not_found_error', 'model: claude-opus-9'],
    ['a family', { model: 'haiku' }, 404, 'not_found_error', 'model: haiku'],
    ['no max_tokens', { max_tokens: undefined }, 400, 'invalid_request_error', 'max_tokens: Field required'],
    [
      'more thought than words',
      { thinking: { type: 'enabled', budget_tokens: 10 } },
      ...([400, 'invalid_request_error', '`max_tokens` must be greater than `thinking.budget_tokens`.'] as const),
    ],
    ['an unknown field', { glow: 1 }, 400, 'invalid_request_error', 'glow: Extra inputs are not permitted'],
    [
      'an unknown field of a message',
      { messages: [{ ...body.messages[0], glow: 1 }] },
      ...([400, 'invalid_request_error', 'messages.0.glow: Extra inputs are not permitted'] as const),
    ],
    [
      'a field without its beta',
      { context_management: { edits: [] } },
      ...([400, 'invalid_request_error', 'context_management: Extra inputs are not permitted'] as const),
    ],
    [
      'a field of a message without its beta',
      { messages: [...body.messages, effort] },
      ...([400, 'invalid_request_error', 'messages.1.output_config: Extra inputs are not permitted'] as const),
    ],
  ])('is %s', async (_, more, status, type, message) => {
    expect(await answerTo(more)).toEqual({ status, body: { type: 'error', error: { type, message } } });
  });

  it('is accepted with its beta, whatever its date', async () => {
    expect((await answerTo({ context_management: { edits: [] } }, 'context-management-2025-06-27')).status).toBe(200);
    const turned = { messages: [...body.messages, effort] };
    expect((await answerTo(turned, 'effort-2025-11-24,per-turn-control-2026-07-01')).status).toBe(200);
  });

  it('is how to answer, where tokens are only counted', async () => {
    const path = '/v1/messages/count_tokens';
    expect((await answerTo({}, '', path)).status).toBe(400);
    expect((await answerTo({ max_tokens: undefined }, '', path)).status).toBe(200);
  });
});
