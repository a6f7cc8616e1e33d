/** What passes the gateway of a turn, what does not, and what it costs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAnthropic } from '../../emulators/anthropic/anthropic.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { listen, type Respond } from '../../src/base/http.ts';
import { createLog } from '../../src/base/log.ts';
import { createRedact } from '../../src/base/redact.ts';
import { createGateway, type GatewayOptions } from '../../src/engine/gateway.ts';
import { nothingSpent, type Spent } from '../../src/engine/spending.ts';
import { refuse } from '../../src/refusal.ts';

const model = 'claude-sonnet-5';
const hello = { model, max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] };

async function openGateway(more: Partial<GatewayOptions> = {}, handler?: Respond) {
  const provider = createAnthropic({
    script: {
      scenes: [{ replies: [[{ text: 'hi' }, { usage: { input: 1_000_000, cached: 500_000, output: 100_000 } }]] }],
    },
  });
  const upstream = await listen(handler ?? provider.handler);
  const folder = await mkdtemp(join(tmpdir(), 'jv-'));
  const booked: { reserved: number[]; settled: [number, Spent][] } = { reserved: [], settled: [] };
  const socketPath = join(folder, 'gw.sock');
  const gateway = await createGateway({
    baseUrl: `${upstream.url}/`,
    key: 'sk-real',
    models: [model],
    bodyBytesMax: 10_000,
    requestsPerMinuteMax: 3,
    outputTokensMax: 1_000,
    budget: {
      async reserve(usdMax) {
        booked.reserved.push(usdMax);
        return undefined;
      },
      settle: (usdMax, spent) => void booked.settled.push([usdMax, spent]),
    },
    redact: createRedact(['s3cret-value']),
    clock: systemClock,
    log: createLog('test', 'silent'),
    ...more,
  })({ socketPath });
  onTestFinished(async () => {
    await gateway.close();
    await upstream.close();
    await rm(folder, { recursive: true });
  });

  const send = (body: unknown, { path = '/v1/messages', method = 'POST', headers = {} } = {}) =>
    new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
      const sent = request({ socketPath, path, method, headers: { 'content-type': 'application/json', ...headers } });
      sent.once('error', reject);
      sent.once('response', async (answer) => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) });
      });
      sent.end(method === 'GET' ? undefined : JSON.stringify(body));
    });
  return { gateway, provider, booked, send, socketPath };
}

describe('the gateway', () => {
  it("puts the real key in place of the client's", async () => {
    const headers = { 'x-api-key': 'placeholder', authorization: 'Bearer planted', cookie: 'a=b' };
    const { send, provider } = await openGateway();
    expect((await send(hello, { headers, path: '/v1/messages?beta=true' })).status).toBe(200);
    expect(provider.requests[0]?.headers).toMatchObject({ 'x-api-key': 'sk-real' });
    expect(provider.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(provider.requests[0]?.headers).not.toHaveProperty('cookie');
    for (const key of ['sk-ant-oat01-x', 'Bearer sk-ant-oat01-x']) {
      const other = await openGateway({ key });
      await other.send(hello, { headers });
      expect(other.provider.requests[0]?.headers.authorization).toBe('Bearer sk-ant-oat01-x');
      expect(other.provider.requests[0]?.headers).not.toHaveProperty('x-api-key');
    }
  });

  it('leads to two paths only', async () => {
    const { send, provider, gateway } = await openGateway({ requestsPerMinuteMax: 20 });
    expect((await send(hello, { path: '/v1/messages/count_tokens' })).status).toBe(200);
    for (const [method, path] of [
      ['GET', '/v1/messages'],
      ['POST', '/v1/files'],
      ['POST', '/v1/messages/batches'],
      ['POST', '/v1/messages?beta=true&x=1'],
      ['POST', '/v1/messages/../models'],
    ] as const)
      expect((await send(hello, { method, path })).status).toBe(403);
    expect(provider.requests).toHaveLength(1);
    expect(gateway.refusal()?.refused).toBe('MODEL_REFUSED');
  });

  it('counts tokens and money of a whole and of a streamed answer, and settles what it reserved', async () => {
    for (const stream of [false, true]) {
      const { send, booked, gateway } = await openGateway();
      const { body } = await send({ ...hello, stream });
      expect(body).toContain('hi');
      const usage = { input: 1_000_000, cached: 500_000, output: 100_000, usd: expect.closeTo(2 + 0.1 + 1) };
      expect(gateway.spent()).toEqual(usage);
      expect(booked.settled).toEqual([[booked.reserved[0], usage]]);
    }
  });

  it('reserves the price of all that may be written, and says no when it is not there', async () => {
    const refusal = refuse('BUDGET_ITEM', 'all is spent');
    const reserved: number[] = [];
    const budget = {
      reserve: async (usdMax: number) => {
        reserved.push(usdMax);
        return refusal;
      },
      settle: () => {},
    };
    const { send, provider, gateway } = await openGateway({ budget });
    const answer = await send({ ...hello, max_tokens: 1_000 });
    expect(answer).toMatchObject({ status: 429, headers: { 'x-should-retry': 'false' } });
    expect(answer.body).toContain('BUDGET_ITEM: all is spent');
    expect(reserved[0]).toBeGreaterThanOrEqual(1_000 * 10e-6);
    expect(gateway.refusal()).toEqual(refusal);
    expect(provider.requests).toHaveLength(0);
  });

  it('has the engine ask again where others may give their money back soon', async () => {
    const refusal = { ...refuse('BUDGET_DAY', 'others have it'), until: 1 };
    const { send } = await openGateway({ budget: { reserve: async () => refusal, settle: () => {} } });
    expect(await send(hello)).toMatchObject({ status: 429, headers: { 'x-should-retry': 'true' } });
  });

  it('lets only so many through in a minute', async () => {
    let now = 0;
    const clock: Clock = { ...systemClock, now: () => now };
    const { send } = await openGateway({ clock });
    const statuses = async () =>
      [await send(hello), await send(hello), await send(hello), await send(hello)].map((one) => one.status);
    expect(await statuses()).toEqual([200, 200, 200, 429]);
    now = 60_001;
    expect((await statuses())[0]).toBe(200);
  });

  it('takes known secrets out of what goes to the provider', async () => {
    const { send, provider } = await openGateway();
    await send({ ...hello, messages: [{ role: 'user', content: 'it is s3cret-value' }] });
    expect(JSON.stringify(provider.requests[0]?.body.messages)).toContain('it is [redacted]');
  });

  it('cuts max_tokens, drops unknown betas, and refuses what is too large', async () => {
    const { send, provider } = await openGateway();
    await send(
      { ...hello, max_tokens: 99_999 },
      { headers: { 'anthropic-beta': 'effort-2025-11-24,mcp-client-2025-11-20' } },
    );
    expect(provider.requests[0]?.body.max_tokens).toBe(1_000);
    expect(provider.requests[0]?.headers['anthropic-beta']).toBe('effort-2025-11-24');
    const large = await send({ ...hello, messages: [{ role: 'user', content: 'x'.repeat(20_000) }] });
    expect(large).toMatchObject({ status: 403, body: expect.stringContaining('over 10000 bytes') });
  });

  it("passes the provider's own errors on, and costs nothing then", async () => {
    const failing = () =>
      Response.json({ type: 'error' }, { status: 529, headers: { 'retry-after': '9', 'set-cookie': 'a=b' } });
    const { send, booked } = await openGateway({}, failing);
    const answer = await send(hello);
    expect(answer).toMatchObject({ status: 529, headers: { 'retry-after': '9' } });
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(booked.settled[0]?.[1].usd).toBe(0);
    const silent = await openGateway({ baseUrl: 'http://127.0.0.1:1' });
    expect((await silent.send(hello)).status).toBe(502);
    expect(silent.booked.settled).toEqual([[silent.booked.reserved[0], nothingSpent]]);
  });

  it('settles an answer that its client broke off, by what had passed', async () => {
    const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
    const start = event({ type: 'message_start', message: { usage: { input_tokens: 1_000, output_tokens: 1 } } });
    const delta = event({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'x'.repeat(4_000) } });
    const endless = () =>
      new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(start + delta)) }),
        {
          headers: { 'content-type': 'text/event-stream' },
        },
      );
    const { socketPath, booked, gateway } = await openGateway({}, endless);
    await new Promise<void>((resolve) => {
      const sent = request({ socketPath, path: '/v1/messages', method: 'POST' });
      sent.on('error', () => {});
      sent.once('response', (answer) => answer.once('data', () => resolve(void sent.destroy())));
      sent.end(JSON.stringify({ ...hello, stream: true }));
    });
    await gateway.close();
    expect(booked.settled).toHaveLength(1);
    expect(booked.settled[0]?.[1]).toMatchObject({ input: 1_000 });
    expect(booked.settled[0]?.[1].output).toBeGreaterThanOrEqual(1_000);
  });
});
