import { Hono } from 'hono';
import { afterEach, expect, test, vi } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { OutsideError, type OutsideErrorFacts } from '../../../src/base/errors.ts';
import { type Listener, listen } from '../../../src/base/http.ts';
import { createRedact } from '../../../src/base/redact.ts';
import {
  createHttpClient,
  type HttpClientOptions,
  type HttpSettings,
  type SentRequest,
} from '../../../src/connectors/http/http-client.ts';
import { Permit } from '../../../src/work-items/gate/permit.ts';

const listeners: Listener[] = [];
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.close())));

/** A clock that only moves when somebody sleeps, and remembers how long. */
function testClock(): Clock & { slept: number[]; at: number } {
  return {
    at: Date.UTC(2026, 0, 1),
    slept: [],
    now() {
      return this.at;
    },
    async sleep(ms) {
      this.slept.push(ms);
      this.at += ms;
    },
  };
}

const binding = {
  kind: 'report',
  agentId: 'codechange/acme',
  tenant: 'acme/P',
  workItemId: 7,
  rev: 3,
  configDigest: 'd',
} as const;

async function world(app: Hono, given: Partial<HttpClientOptions & HttpSettings> = {}) {
  const { answers = 'json', readsByPost, ...settings } = given;
  const listener = await listen((request) => app.fetch(request));
  listeners.push(listener);
  const clock = testClock();
  const client = createHttpClient({
    system: 'Azure DevOps (acme)',
    baseUrl: listener.url,
    headers: () => ({ authorization: 'Bearer geheim-1234' }),
    answers,
    ...(readsByPost ? { readsByPost } : {}),
    http: { redact: createRedact([{ name: 'AZDO_PAT', value: 'geheim-1234' }]), clock, ...settings },
  });
  return { client, clock, listener, permit: Permit.mint('p1', binding, clock) };
}

async function factsOf(promise: Promise<unknown>): Promise<OutsideErrorFacts & { message: string }> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OutsideError)) throw new Error(`no OutsideError but ${String(error)}`);
  return { ...error.facts, message: error.message };
}

const kinds = ['report'] as const;
const write = { method: 'PATCH', path: '/x', body: { a: 1 } } as const;

test('a read is tried again until it is answered, a write never', async () => {
  let calls = 0;
  const app = new Hono();
  app.all('/x', (c) => (++calls % 3 === 0 ? c.json({ calls }) : c.json({ message: 'TF400 busy' }, 503)));
  const { client, clock, permit } = await world(app);
  expect((await client.get('/x')).body).toEqual({ calls: 3 });
  expect(clock.slept).toHaveLength(2);
  const facts = await factsOf(client.send(permit, kinds, {}, write));
  expect(facts).toMatchObject({ kind: 'failed', status: 503, maybeDone: true, request: 'PATCH /x' });
  expect(facts.message).toBe('Azure DevOps (acme): PATCH /x answered 503 TF400 busy');
  expect(calls).toBe(4);
});

test('reads stop being tried after a bounded number of times', async () => {
  let calls = 0;
  const app = new Hono().get('/x', (c) => c.json({ n: ++calls }, 500));
  const { client } = await world(app);
  expect(await factsOf(client.get('/x'))).toMatchObject({ kind: 'failed', status: 500 });
  expect(calls).toBe(5);
});

test.each([
  [401, 'auth'],
  [403, 'auth'],
  [404, 'missing'],
  [409, 'conflict'],
  [412, 'conflict'],
  [422, 'refused'],
] as const)('%i is %s, in the words and the error name of the other side', async (status, kind) => {
  const app = new Hono().get('/x', (c) => c.json({ message: 'no, geheim-1234', typeKey: 'SomeException' }, status));
  const { client } = await world(app);
  const facts = await factsOf(client.get('/x'));
  expect(facts).toMatchObject({ kind, status, typeKey: 'SomeException' });
  expect(facts.message).toContain('SomeException no, [jvagent-redacted:AZDO_PAT]');
});

test('a sign-in page, a redirect and unexpected content mean a dead token, never an answer', async () => {
  const app = new Hono();
  let followed = 0;
  app.get('/page', (c) => c.html('<html>Sign In</html>'));
  app.get('/203', (c) => c.json({}, 203 as 200));
  app.get('/302', (c) => c.redirect('/followed'));
  app.get('/followed', (c) => c.json({ followed: ++followed }));
  const { client } = await world(app);
  for (const path of ['/page', '/203', '/302']) {
    expect(await factsOf(client.get(path)), path).toMatchObject({ kind: 'auth' });
  }
  expect(followed).toBe(0);
});

test('a byte order mark is harmless, broken JSON is an error', async () => {
  const app = new Hono();
  const json = { 'content-type': 'application/json; charset=utf-8; api-version=7.1' };
  app.get('/bom', () => new Response('\uFEFF{"a":1}', { headers: json }));
  app.get('/broken', () => new Response('{"a":', { headers: json }));
  const { client } = await world(app);
  expect((await client.get('/bom')).body).toEqual({ a: 1 });
  expect(await factsOf(client.get('/broken', { retriesMax: 0 }))).toMatchObject({ kind: 'failed' });
});

test('Retry-After is waited for, on a refusal and on a good answer', async () => {
  let calls = 0;
  const app = new Hono();
  app.get('/429', (c) => (++calls === 1 ? c.json({}, 429, { 'retry-after': '7' }) : c.json({ calls })));
  app.get('/200', (c) => c.json({}, 200, { 'retry-after': '9' }));
  const { client, clock } = await world(app);
  await client.get('/429');
  expect(clock.slept).toEqual([7_000]);
  await client.get('/200');
  await client.get('/429');
  expect(clock.slept).toEqual([7_000, 9_000]);
});

test('a wait longer than the bound is not waited for', async () => {
  const app = new Hono().get('/x', (c) => c.json({}, 429, { 'retry-after': '900' }));
  const { client, clock } = await world(app);
  expect(await factsOf(client.get('/x'))).toMatchObject({ kind: 'limited', retryAfterMs: 900_000 });
  expect(await factsOf(client.get('/x'))).toMatchObject({ kind: 'limited', typeKey: 'RATE' });
  expect(clock.slept).toEqual([]);
});

test('no header makes a wait endless', async () => {
  for (const wait of ['99999999999', '1e300', 'Thu, 31 Dec 2099 23:59:59 GMT']) {
    const { client } = await world(new Hono().get('/x', (c) => c.json({}, 429, { 'retry-after': wait })));
    expect(await factsOf(client.get('/x'))).toMatchObject({ kind: 'limited', retryAfterMs: 3_600_000 });
  }
});

test('requests stay within their limit per minute', async () => {
  const app = new Hono().get('/x', (c) => c.json({}));
  const { client, clock } = await world(app, { perMinute: 8 });
  const startedAt = clock.now();
  for (let i = 0; i < 10; i += 1) await client.get('/x');
  expect(clock.now() - startedAt).toBe(60_000);
});

test('a permit is spent by the request it was given for, and by no other', async () => {
  let calls = 0;
  const app = new Hono().patch('/x', (c) => c.json({ calls: ++calls }));
  const { client, clock, permit } = await world(app);
  expect(await factsOf(client.send(permit, ['deploy'], {}, write))).toMatchObject({ typeKey: 'GATE_TENANT' });
  expect(await factsOf(client.send(permit, kinds, { workItemId: 8 }, write))).toMatchObject({ kind: 'refused' });
  expect(calls).toBe(0);
  await client.send(permit, kinds, { workItemId: 7 }, write);
  expect(await factsOf(client.send(permit, kinds, {}, write))).toMatchObject({ typeKey: 'GATE_UNVERIFIABLE' });
  const old = Permit.mint('p2', binding, clock);
  clock.at += 31_000;
  const stale = await factsOf(client.send(old, kinds, {}, write));
  expect(stale).toMatchObject({ kind: 'limited', typeKey: 'GATE_UNVERIFIABLE' });
  expect(stale.maybeDone).toBeUndefined();
  expect(calls).toBe(1);
});

test('a POST that reads is only sent to the paths that its connector names', async () => {
  const app = new Hono().post('/acme/query', (c) => c.json({ workItems: [] }));
  const { client } = await world(app, { readsByPost: /\/query$/ });
  await client.query('/acme/query', { query: 'SELECT' });
  await expect(client.query('/acme/items/7/comments', {})).rejects.toThrow('is not a read');
  const { client: other } = await world(app);
  await expect(other.query('/acme/query', {})).rejects.toThrow('is not a read');
});

test('no answer within the time is unreachable, and a write may have been done', async () => {
  const app = new Hono().all('/x', () => new Promise<Response>(() => {}));
  const limits = { requestSecondsMax: 0.05, retriesMax: 0, retryWaitSecondsMax: 1, answerBytesMax: 1_000 };
  const { client, permit } = await world(app, { limits });
  expect(await factsOf(client.get('/x'))).toMatchObject({ kind: 'unreachable' });
  expect(await factsOf(client.send(permit, kinds, {}, write))).toMatchObject({ kind: 'unreachable', maybeDone: true });
});

test('nobody listening is unreachable', async () => {
  const { client, listener } = await world(new Hono());
  await listener.close();
  expect(await factsOf(client.get('/x', { retriesMax: 0 }))).toMatchObject({ kind: 'unreachable' });
});

test('an endless answer is cut off', async () => {
  const app = new Hono().get('/x', (c) => c.json('x'.repeat(2_000)));
  const limits = { requestSecondsMax: 5, retriesMax: 0, retryWaitSecondsMax: 1, answerBytesMax: 1_000 };
  const { client } = await world(app, { limits });
  expect(await factsOf(client.get('/x'))).toMatchObject({ kind: 'failed' });
});

test('every sent request is reported, with its permit', async () => {
  const app = new Hono().all('/x', (c) => c.json({}));
  const onRequest = vi.fn<(sent: SentRequest) => void>();
  const { client, permit } = await world(app, { onRequest });
  await client.get('/x');
  await client.send(permit, kinds, {}, write);
  expect(onRequest.mock.calls.map(([{ method, status, permitId }]) => [method, status, permitId])).toEqual([
    ['GET', 200, undefined],
    ['PATCH', 200, 'p1'],
  ]);
});
