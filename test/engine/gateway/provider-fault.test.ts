/** Whose fault it is that a call of the model does not succeed: told by the last one, in the provider's words. */
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { listen, type Respond } from '../../../src/base/http.ts';
import { hello, openGateway } from '../open-gateway.ts';

const nothingSpent = { input: 0, cached: 0, output: 0, usd: 0 };

const error = (status: number, type: string, message: string, headers: Record<string, string> = {}): Respond => {
  return () => Response.json({ type: 'error', error: { type, message } }, { status, headers });
};
const streamed = (text: string): Respond => {
  return () => new Response(text, { headers: { 'content-type': 'text/event-stream' } });
};
const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const start = event({ type: 'message_start', message: { usage: { input_tokens: 1_000, output_tokens: 1 } } });

async function faultOf(respond: Respond) {
  const { send, gateway, host, booked } = await openGateway({}, respond);
  const answer = await send({ ...hello, stream: true });
  return { answer, fault: gateway.fault(), host, booked };
}

describe('a bad answer of the provider', () => {
  it.each([
    [401, 'authentication_error', 'invalid x-api-key', 'OUTSIDE_AUTH', 'ANTHROPIC_API_KEY in .env'],
    [403, 'permission_error', 'This organization has been disabled.', 'OUTSIDE_AUTH', 'ANTHROPIC_API_KEY in .env'],
    [402, 'billing_error', 'No credit', 'OUTSIDE_AUTH', 'Add credit'],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the API.', 'OUTSIDE_AUTH', 'Add credit'],
    [404, 'not_found_error', 'model: claude-sonnet-5', 'OUTSIDE_REFUSED', 'defaultModel'],
    [404, 'not_found_error', 'Not found', 'OUTSIDE_REFUSED', 'ANTHROPIC_BASE_URL'],
    [429, 'rate_limit_error', 'This request would exceed your rate limit', 'OUTSIDE_LIMITED', 'tried again'],
    [529, 'overloaded_error', 'Overloaded', 'OUTSIDE_LIMITED', 'tried again'],
    [500, 'api_error', 'Internal server error', 'OUTSIDE_UNREACHABLE', 'tries again'],
    [504, 'timeout_error', 'Timeout', 'OUTSIDE_UNREACHABLE', 'tries again'],
  ])('%d %s: %s is nobody’s attempt', async (status, type, message, code, fix) => {
    const { answer, fault, host, booked } = await faultOf(error(status, type, message, { 'set-cookie': 'a=b' }));
    expect(answer).toMatchObject({ status, body: expect.stringContaining(message) });
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(fault).toEqual({
      kind: 'provider',
      refusal: {
        refused: code,
        why: `${host} answered ${status} ${type}: ${message}`,
        fix: expect.stringContaining(fix),
      },
    });
    expect(booked.settled).toEqual([[booked.reserved[0], nothingSpent]]);
    const helps = status === 429 || status >= 500;
    expect(answer.headers['x-should-retry']).toBe(helps ? undefined : 'false');
  });

  it.each([
    [413, 'request_too_large', 'Request exceeds the maximum size'],
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'],
    [400, 'invalid_request_error', 'input length and `max_tokens` exceed context limit: 199129 + 8192 > 200000'],
    [400, 'invalid_request_error', "This model's maximum context length is 200000 tokens"],
    [400, 'invalid_request_error', 'Input is too long for requested model.'],
  ])('%d %s: %s is of the conversation itself, and says its size', async (status, type, message) => {
    const { fault } = await faultOf(error(status, type, message));
    expect(fault).toEqual({
      kind: 'too-long',
      why: expect.stringMatching(/claude-sonnet-5 \(\d+ bytes, at most \d+ tokens\)/),
    });
    expect(fault).toMatchObject({ why: expect.stringContaining(message) });
  });

  it('of any other kind is tried again in the same turn', async () => {
    const { fault, host } = await faultOf(
      error(400, 'invalid_request_error', 'messages.1.x: Extra inputs are not permitted'),
    );
    const why = `${host} answered 400 invalid_request_error: messages.1.x: Extra inputs are not permitted`;
    expect(fault).toMatchObject({ kind: 'refused', refusal: { refused: 'OUTSIDE_REFUSED', why } });
  });

  it('says when to ask again, and a turn does not sit through a long wait', async () => {
    const now = Date.now();
    const soon = await faultOf(error(429, 'rate_limit_error', 'slow', { 'retry-after': '7' }));
    expect(soon.answer.headers).toMatchObject({ 'retry-after': '7' });
    expect(soon.answer.headers).not.toHaveProperty('x-should-retry');
    const { refusal } = soon.fault as { refusal: { until?: number } };
    expect(refusal.until).toBeGreaterThanOrEqual(now + 7_000);
    const late = await faultOf(error(429, 'rate_limit_error', 'slow', { 'retry-after': '3600' }));
    expect(late.answer.headers).toMatchObject({ 'x-should-retry': 'false' });
  });

  it.each(['604800', '99999999999', '1e300', 'Thu, 31 Dec 2099 23:59:59 GMT'])(
    'that asks for a wait of %s is asked again within an hour',
    async (wait) => {
      const { fault } = await faultOf(error(429, 'rate_limit_error', 'slow', { 'retry-after': wait }));
      const { refusal } = fault as { refusal: { until?: number } };
      expect(refusal.until).toBeGreaterThan(Date.now() + 3_500_000);
      expect(refusal.until).toBeLessThanOrEqual(Date.now() + 3_600_000);
    },
  );

  it('may be a page from something in between', async () => {
    const page = () => new Response('<html>\n<b>Bad Gateway</b></html>', { status: 502 });
    expect((await faultOf(page)).fault).toMatchObject({
      refusal: { why: expect.stringMatching(/ answered 502: Bad Gateway$/) },
    });
  });
});

it('a 401 names the place of the key, and no secret that the provider repeats', async () => {
  const keyName = 'MODEL_API_KEY in codechange/acme/secrets.env';
  const { send, gateway, host } = await openGateway(
    { keyName },
    error(401, 'authentication_error', 'not s3cret-value'),
  );
  expect((await send(hello)).body).not.toContain('s3cret');
  expect(gateway.fault()).toMatchObject({
    refusal: {
      why: `${host} answered 401 authentication_error: not [jvagent-redacted:CRM_TOKEN]`,
      fix: `Set ${keyName} to a key that ${host} accepts for claude-sonnet-5; jvagent tries again by itself.`,
    },
  });
});

describe('no answer', () => {
  it('names the network’s error and the address', async () => {
    const closed = await listen(() => new Response());
    await closed.close();
    const { send, gateway, booked } = await openGateway({ baseUrl: closed.url });
    expect((await send(hello)).status).toBe(502);
    expect(gateway.fault()).toMatchObject({
      kind: 'provider',
      refusal: {
        refused: 'OUTSIDE_UNREACHABLE',
        why: `${new URL(closed.url).host} did not answer: connect ECONNREFUSED ${new URL(closed.url).host}`,
        fix: expect.stringContaining('ANTHROPIC_BASE_URL'),
      },
    });
    expect(booked.settled).toEqual([[booked.reserved[0], nothingSpent]]);
  });

  it.each([
    ['at once', ''],
    ['in the midst', start],
  ])('is a stream that is cut %s', async (_, text) => {
    const { fault, host } = await faultOf(streamed(text));
    const why = `${host} cut its answer off before the end`;
    expect(fault).toMatchObject({ kind: 'provider', refusal: { refused: 'OUTSIDE_UNREACHABLE', why } });
  });

  it('is an error in the middle of a stream', async () => {
    const overloaded = event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
    const { fault } = await faultOf(streamed(start + overloaded));
    expect(fault).toMatchObject({ kind: 'provider', refusal: { refused: 'OUTSIDE_LIMITED' } });
  });

  it('is reported without a secret and on one line, whatever the stream says', async () => {
    const echo = event({ type: 'error', error: { type: 'api_error\n\u001b[2J', message: 'not s3cret-value' } });
    const { fault } = await faultOf(streamed(start + echo));
    const why = expect.stringMatching(/ answered 500 api_error \[2J: not \[jvagent-redacted:CRM_TOKEN\]$/);
    expect(fault).toMatchObject({ refusal: { why } });
  });

  it('is silence while a call is open', async () => {
    let now = 1_000_000;
    const clock: Clock = { ...systemClock, now: () => now };
    let asked = () => {};
    const arrived = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const silent: Respond = () => new Promise(() => asked());
    const { gateway, socketPath, host, booked } = await openGateway({ clock }, silent);
    expect(gateway.silence()).toBeUndefined();
    const sent = request({ socketPath, path: '/v1/messages', method: 'POST' });
    sent.on('error', () => {});
    sent.end(JSON.stringify(hello));
    await arrived;
    now += 42_000;
    expect(gateway.silence()).toMatchObject({ kind: 'provider', refusal: { why: `${host} sent nothing for 42 s` } });
    sent.destroy();
    await expect.poll(() => booked.settled.length).toBe(1);
    // Given up before it was answered, it is booked by what was sent.
    expect(booked.settled[0]?.[1].usd).toBeGreaterThan(0);
    expect(gateway.fault()).toMatchObject({ refusal: { why: `${host} sent nothing for 42 s` } });
    expect(gateway.silence()).toBeUndefined();
  });
});

it('a fault of the past is not blamed once a call went through', async () => {
  let status = 500;
  const message = { type: 'message', content: [], usage: { input_tokens: 1, output_tokens: 1 } };
  const { send, gateway } = await openGateway({ requestsPerMinuteMax: 10 }, () => Response.json(message, { status }));
  await send(hello);
  expect(gateway.fault()).toBeDefined();
  status = 200;
  await send(hello);
  expect(gateway.fault()).toBeUndefined();
  await send({ ...hello, speed: 'fast' });
  expect(gateway.fault()).toMatchObject({ kind: 'refused', refusal: { refused: 'MODEL_REFUSED' } });
  expect(gateway.refusal()).toMatchObject({ refused: 'MODEL_REFUSED' });
  await send(hello);
  expect([gateway.fault(), gateway.refusal()]).toEqual([undefined, undefined]);
});
