import { Hono } from 'hono';
import { afterEach, expect, test } from 'vitest';
import { OutsideError } from '../../../src/base/errors.ts';
import { type Listener, listen } from '../../../src/base/http.ts';
import { createGitHubApi } from '../../../src/connectors/github/octokit.ts';
import { userShape } from '../../../src/connectors/github/shapes.ts';
import { createHttpClient, type HttpClientOptions } from '../../../src/connectors/http/http-client.ts';
import { createPaces } from '../../../src/connectors/http/pace.ts';
import { outsideRefusal } from '../../../src/work-items/outside-refusal.ts';
import { timeText } from '../../../src/work-items/time-text.ts';

const listeners: Listener[] = [];
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.close())));

// GitHub's client counts by the real time.
const now = Math.floor(Date.now() / 1_000) * 1_000;
const clock = { now: () => now, sleep: async () => {} };
const http = { clock, redact: (text: string) => text, paces: createPaces(clock) };

async function served(app: Hono) {
  const listener = await listen((request) => app.fetch(request));
  listeners.push(listener);
  return listener.url;
}

type Given = Pick<HttpClientOptions, 'answers'> & Partial<HttpClientOptions>;
const clientOf = (baseUrl: string, given: Given) =>
  createHttpClient({ system: 'it', baseUrl, tokenName: 'AZDO_PAT', headers: () => ({}), http, ...given });

/** What people read of the request that failed. */
async function refusalOf(asked: Promise<unknown>) {
  const error = await asked.catch((thrown: unknown) => thrown);
  if (!(error instanceof OutsideError)) throw new Error(`no OutsideError but ${String(error)}`);
  return outsideRefusal(error, 'codechange/acme');
}

test.each([301, 302, 307, 308] as const)(
  'a server that moved (%i) is told with its new address and the setting to change, and never followed',
  async (status) => {
    let followed = 0;
    const newHome = await served(new Hono().all('*', (c) => c.json({ followed: ++followed })));
    const old = await served(
      new Hono().all('*', (c) => c.redirect(`${newHome}${new URL(c.req.url).pathname}?q=1`, status)),
    );
    const address = { setting: 'devops.baseUrl' };
    const refusal = await refusalOf(clientOf(`${old}/tfs`, { answers: 'json', address }).get('/acme/_apis/x'));
    expect(refusal.refused).toBe('OUTSIDE_MOVED');
    expect(refusal.fix).toBe(
      `Set devops.baseUrl in codechange/acme/jvAgent.json to ${newHome}/tfs, then run \`jvagent trust codechange/acme\`.`,
    );
    const hub = createGitHubApi({ apiUrl: old, owner: 'acme', repository: 'app', token: 't', http });
    expect(await refusalOf(hub.get(userShape, '/user'))).toMatchObject({
      refused: 'OUTSIDE_MOVED',
      fix: expect.stringContaining('Set GIT_REMOTE in codechange/acme/secrets.env'),
    });
    expect(followed).toBe(0);
  },
);

test('a redirect to a page where people sign in is about the token, not about the address', async () => {
  const url = await served(
    new Hono()
      .get('/a', (c) => c.redirect('/_signin?realm=x', 301))
      .get('/b', (c) => c.redirect('https://login.example.com/', 307))
      .get('/c', (c) => c.redirect('/home', 302)),
  );
  for (const path of ['/a', '/b', '/c']) {
    expect(await refusalOf(clientOf(url, { answers: 'data' }).get(path)), path).toMatchObject({
      refused: 'OUTSIDE_AUTH',
      token: 'AZDO_PAT',
    });
  }
});

test.each([200, 203] as const)('a web page with status %i is a sign-in page for every connector', async (status) => {
  const url = await served(new Hono().all('*', (c) => c.html('<html>Sign in', status)));
  for (const answers of ['json', 'data'] as const) {
    const refusal = await refusalOf(clientOf(url, { answers }).get('/x'));
    expect(refusal).toMatchObject({ refused: 'OUTSIDE_AUTH', token: 'AZDO_PAT' });
  }
  const hub = createGitHubApi({ apiUrl: url, owner: 'acme', repository: 'app', token: 't', http });
  expect(await refusalOf(hub.get(userShape, '/user'))).toMatchObject({ refused: 'OUTSIDE_AUTH', token: 'GIT_TOKEN' });
});

test('what one client of a token is told to wait for, the other clients of that token wait for too', async () => {
  let asked = 0;
  const limited = { 'retry-after': '900' };
  const url = await served(new Hono().get('/x', (c) => c.json({ asked: ++asked }, asked === 1 ? 429 : 200, limited)));
  const shared = { ...http, paces: createPaces(clock) };
  const of = (token: string) =>
    clientOf(url, { answers: 'json', http: shared, headers: () => ({ authorization: token }) });
  const first = await refusalOf(of('a').get('/x'));
  expect(first).toMatchObject({ refused: 'OUTSIDE_LIMITED', until: now + 900_000 });
  expect(first.why).toContain(`It may be asked again at ${timeText(now + 900_000)}`);
  expect(await refusalOf(of('a').get('/x'))).toMatchObject({ refused: 'OUTSIDE_LIMITED', until: now + 900_000 });
  expect(asked).toBe(1);
  await of('b').get('/x');
  expect(asked).toBe(2);
});

test.each([
  ['a time of reset', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${now / 1_000 + 600}` }, 600_000],
  ['a reset in a year', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${now / 1_000 + 31e6}` }, 3_600_000],
  ['a date', { 'retry-after': new Date(now + 500_000).toUTCString() }, 500_000],
])('a limit of GitHub is waited for by all calls of the token: %s', async (_, headers, ms) => {
  let asked = 0;
  const url = await served(
    new Hono().all('*', (c) => {
      asked += 1;
      return c.json({ message: 'API rate limit exceeded' }, 403, headers);
    }),
  );
  const paces = createPaces(clock);
  const hub = () =>
    createGitHubApi({ apiUrl: url, owner: 'acme', repository: 'app', token: 't', http: { ...http, paces } });
  expect(await refusalOf(hub().get(userShape, '/user'))).toMatchObject({ refused: 'OUTSIDE_LIMITED', until: now + ms });
  expect(await refusalOf(hub().get(userShape, '/user'))).toMatchObject({ refused: 'OUTSIDE_LIMITED', until: now + ms });
  expect(asked).toBe(1);
});

test.each(['VssVersionOutOfRangeException', 'VssInvalidPreviewVersionException'])(
  'a server that is too old for our version of the API is told as that: %s',
  async (typeKey) => {
    const message =
      'The requested REST API version of 7.1 is out of range for this server. The latest REST API version this server supports is 7.0.';
    const url = await served(new Hono().get('/x', (c) => c.json({ message, typeKey }, 400)));
    const refusal = await refusalOf(clientOf(url, { answers: 'json' }).get('/x', { query: { 'api-version': '7.1' } }));
    expect(refusal.refused).toBe('OUTSIDE_VERSION');
    expect(refusal.why).toContain('this server speaks at most version 7.0 of the API, and jvagent needs 7.1');
  },
);

test('GitHub answers that begin with a byte order mark are read', async () => {
  const body = '\uFEFF{"login":"acme-agent"}';
  const url = await served(
    new Hono().get('/user', () => new Response(body, { headers: { 'content-type': 'application/json' } })),
  );
  const hub = createGitHubApi({ apiUrl: url, owner: 'acme', repository: 'app', token: 't', http });
  expect(await hub.get(userShape, '/user')).toEqual({ login: 'acme-agent' });
});
