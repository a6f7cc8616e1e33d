/** What passes the gateway of a turn, what does not, and what it costs. */
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { createLog } from '../../../src/base/log.ts';
import { refuse } from '../../../src/refusal.ts';
import { hello, openGateway } from '../open-gateway.ts';

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
      expect(other.provider.requests[0]?.headers).toMatchObject({
        authorization: 'Bearer sk-ant-oat01-x',
        'anthropic-beta': 'oauth-2025-04-20',
      });
      expect(other.provider.requests[0]?.headers).not.toHaveProperty('x-api-key');
    }
  });

  it('serves only two paths', async () => {
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
    // What is no call of the model says nothing about the turn.
    expect(gateway.refusal()).toBeUndefined();
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

  it('asks the engine to retry if others may return money soon', async () => {
    const refusal = { ...refuse('BUDGET_DAY', 'others have it'), until: 1 };
    const { send } = await openGateway({ budget: { reserve: async () => refusal, settle: () => {} } });
    expect(await send(hello)).toMatchObject({ status: 429, headers: { 'x-should-retry': 'true' } });
  });

  it('limits requests per minute', async () => {
    let now = 0;
    const clock: Clock = { ...systemClock, now: () => now };
    const { send } = await openGateway({ clock });
    const statuses = async () =>
      [await send(hello), await send(hello), await send(hello), await send(hello)].map((one) => one.status);
    expect(await statuses()).toEqual([200, 200, 200, 429]);
    now = 60_001;
    expect((await statuses())[0]).toBe(200);
  });

  it('removes known secrets from requests to the provider', async () => {
    const { send, provider } = await openGateway();
    await send({ ...hello, messages: [{ role: 'user', content: 'it is s3cret-value' }] });
    expect(JSON.stringify(provider.requests[0]?.body.messages)).toContain('it is [jvagent-redacted:CRM_TOKEN]');
    const escaped = JSON.stringify({ ...hello, system: 'it is s3cret-value' }).replace('s3cret', '\\u00733cret');
    await send(escaped);
    expect(provider.requests[1]?.body.system).toBe('it is [jvagent-redacted:CRM_TOKEN]');
  });

  it('cuts max_tokens, drops unknown betas, and refuses what is too large', async () => {
    const { send, provider, gateway } = await openGateway();
    await send(
      { ...hello, max_tokens: 99_999 },
      { headers: { 'anthropic-beta': 'effort-2025-11-24,mcp-client-2025-11-20' } },
    );
    expect(provider.requests[0]?.body.max_tokens).toBe(1_000);
    expect(provider.requests[0]?.headers['anthropic-beta']).toBe('effort-2025-11-24');
    const large = await send({ ...hello, messages: [{ role: 'user', content: 'x'.repeat(20_000) }] });
    expect(large).toMatchObject({ status: 413, body: expect.stringContaining('larger than 10000 bytes') });
    // It is of this conversation, and says nothing of the others.
    expect(gateway.fault()).toEqual({ kind: 'too-long', why: expect.stringContaining('10000 bytes') });
  });

  it('refuses in a few words without a secret, whatever the request says', async () => {
    const { send, gateway } = await openGateway();
    await send({ ...hello, model: `s3cret-value\n${'m'.repeat(5_000)}` });
    const { why = '' } = gateway.refusal() ?? {};
    expect(why).toContain('the engine asked for the model [jvagent-redacted:CRM_TOKEN] mmm');
    expect(why.length).toBeLessThanOrEqual(300);
  });

  it('settles a call that was running when the turn ended, by its input', async () => {
    let asked = () => {};
    const arrived = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { socketPath, booked, gateway } = await openGateway({}, () => new Promise(() => asked()));
    const sent = request({ socketPath, path: '/v1/messages', method: 'POST' });
    sent.on('error', () => {});
    sent.end(JSON.stringify(hello));
    await arrived;
    await gateway.close();
    expect(booked.settled).toEqual([[booked.reserved[0], gateway.spent()]]);
    expect(gateway.spent()).toMatchObject({ output: 0, usd: expect.closeTo(gateway.spent().input * 2e-6) });
    expect(gateway.spent().input).toBeGreaterThan(10);
  });

  it('says once per turn what it left out', async () => {
    const said: unknown[] = [];
    const log = Object.assign(createLog('test', 'silent'), { warn: (facts: unknown) => said.push(facts) });
    const { send, gateway } = await openGateway({ log });
    for (let call = 0; call < 2; call += 1) {
      await send({ ...hello, glow: 1 }, { headers: { 'anthropic-beta': 'fast-mode-2026-02-01' } });
    }
    expect(said).toEqual([]);
    await gateway.close();
    expect(said).toEqual([{ dropped: ['glow', 'fast-mode-2026-02-01'] }]);
  });

  it('settles an answer that its client cut off, by what was sent so far', async () => {
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
