/** What the dashboard refuses before it reads anything. */
import { expect, test } from 'vitest';
import { limits } from '../../src/limits.ts';
import { acme } from '../cli/fixture.ts';
import { apiToken, host, openDashboard, origin, viewToken } from './dashboard.ts';

const page = { accept: 'text/html' };

test('nothing but the own address is answered, whatever the token', async () => {
  const { ask } = await openDashboard();
  for (const host of [
    'evil.example',
    'evil.example:7460',
    '127.0.0.1',
    '127.0.0.1:8080',
    '127.0.0.1.evil.example:7460',
    '',
  ]) {
    for (const path of ['/', '/api/status', '/healthz', '/login']) {
      const answer = await ask(path, { bearer: apiToken, headers: { host } });
      expect([host, path, answer.status]).toEqual([host, path, 421]);
      expect(await answer.text()).toContain('http://127.0.0.1:7460/');
    }
  }
  for (const host of ['127.0.0.1:7460', 'localhost:7460', '[::1]:7460']) {
    expect([host, (await ask('/', { bearer: apiToken, headers: { host } })).status]).toEqual([host, 200]);
  }
});

test.each([
  ['another origin', { origin: 'http://evil.example' }],
  ['no origin of its own', { origin: 'null' }],
  ['another port', { origin: 'http://127.0.0.1:8080' }],
  ['another site', { 'sec-fetch-site': 'cross-site' }],
  ['another port of this host', { 'sec-fetch-site': 'same-site' }],
])('a request from %s is answered by nothing but a refusal', async (_, headers) => {
  const { ask, login } = await openDashboard();
  const cookie = await login();
  for (const path of ['/', '/api/status', '/api/events']) {
    const answer = await ask(path, { cookie, headers });
    expect([path, answer.status]).toEqual([path, 403]);
  }
  expect((await ask('/api/pause', { bearer: apiToken, json: {}, headers })).status).toBe(403);
  expect((await ask('/login', { form: { token: apiToken }, headers })).status).toBe(403);
});

test('a link on another site leads to a page, never into the API', async () => {
  const { ask, login } = await openDashboard();
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', ...page };
  const cookie = await login();
  expect((await ask('/', { cookie, headers: link })).status).toBe(200);
  expect((await ask('/api/status', { cookie, headers: link })).status).toBe(403);
  expect((await ask('/', { cookie, headers: { ...link, 'sec-fetch-dest': 'iframe' } })).status).toBe(403);
  // Without the cookie, which browsers keep from such links, our own page asks again.
  const first = await ask('/', { headers: link });
  expect([first.status, first.headers.get('refresh')]).toEqual([401, '0']);
  const again = await ask('/', { headers: { ...link, 'sec-fetch-site': 'same-origin' } });
  expect([again.status, again.headers.get('refresh')]).toEqual([401, null]);
});

test('every answer forbids scripts of others, frames, sniffing and keeping', async () => {
  const { ask } = await openDashboard();
  const answers = [
    await ask('/', { bearer: apiToken }),
    await ask('/'),
    await ask('/api/nothing', { bearer: apiToken }),
  ];
  for (const { headers } of [...answers, await ask('/', { headers: { host: 'evil.example' } })]) {
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});

test('without a token, or with a wrong one, there is no answer but how to get in', async () => {
  const { ask } = await openDashboard();
  const wrong = ['x', '', apiToken.slice(1), `${apiToken}x`, apiToken.toUpperCase()];
  for (const path of ['/', '/api/status', '/api/events', '/metrics', '/nothing']) {
    for (const sent of [{}, ...wrong.map((bearer) => ({ bearer }))]) {
      const answer = await ask(path, sent);
      expect([path, sent, answer.status]).toEqual([path, sent, 401]);
      expect(await answer.json()).toMatchObject({ fix: expect.stringContaining('Authorization: Bearer') });
    }
    for (const name of ['token', 'access_token', 'api_token']) {
      expect((await ask(`${path}?${name}=${apiToken}`)).status).toBe(401);
    }
    expect(await (await ask(path, { headers: page })).text()).toContain('<h1>Log in</h1>');
  }
});

test('where no token is set nobody gets in, and is told what to do', async () => {
  const { ask } = await openDashboard({ tokens: { apiToken: undefined, viewToken: undefined } });
  for (const path of ['/', '/api/status', '/login']) {
    for (const bearer of ['', 'undefined', 'x']) {
      const answer = await ask(path, { bearer });
      expect([path, bearer, answer.status]).toEqual([path, bearer, 401]);
      expect(await answer.text()).toContain('JVAGENT_API_TOKEN');
    }
  }
  expect((await ask('/healthz')).status).toBe(200);
});

test('one token alone gives its own access and no other', async () => {
  const views = await openDashboard({ tokens: { apiToken: undefined, viewToken } });
  expect((await views.ask('/api/status', { bearer: viewToken })).status).toBe(200);
  expect((await views.ask('/api/pause', { bearer: viewToken, json: {} })).status).toBe(403);
  const operates = await openDashboard({ tokens: { apiToken, viewToken: undefined } });
  expect((await operates.ask('/api/status', { bearer: viewToken })).status).toBe(401);
  expect((await operates.ask('/api/pause', { bearer: apiToken, json: {} })).status).toBe(200);
});

test('whoever may only look is told on a page that nothing was done', async () => {
  const { ask } = await openDashboard({ tokens: { apiToken: undefined, viewToken } });
  const answer = await ask('/api/pause', { bearer: viewToken, form: {}, headers: page });
  expect(await answer.text()).toMatch(/<title>Nothing was done.*<code>jvagent open<\/code> without/s);
});

test('healthz says whether work is being taken, and nothing else', async () => {
  let isAlive = true;
  const { ask } = await openDashboard({ isAlive: () => isAlive });
  const well = await ask('/healthz');
  expect([well.status, await well.text()]).toEqual([200, 'ok\n']);
  isAlive = false;
  expect((await ask('/healthz')).status).toBe(503);
});

test('many wrong tokens are not looked at until the minute is over, and who is logged in goes on', async () => {
  const { ask, login, clock, logged } = await openDashboard();
  const cookie = await login();
  for (let count = 0; count < limits.wrongTokensPerMinuteMax; count += 1) {
    expect((await ask('/', { bearer: `wrong-${count}` })).status).toBe(401);
  }
  expect((await ask('/', { bearer: 'wrong' })).status).toBe(429);
  expect((await ask('/', { bearer: apiToken })).status).toBe(429);
  expect((await ask('/login', { form: { token: apiToken } })).status).toBe(429);
  expect((await ask('/', { cookie })).status).toBe(200);
  clock.time += 60_000;
  expect((await ask('/', { bearer: apiToken })).status).toBe(200);
  // The log tells of the first, the tenth and the hundredth, and holds no token.
  expect(logged.map((line) => JSON.parse(line).count)).toEqual([1, 10, 100]);
  expect(logged.join('')).not.toMatch(/wrong-\d|the-token/);
});

test('a body of any length is not read to its end, and what is no object is refused', async () => {
  const { ask } = await openDashboard();
  const huge = { to: 'agent/codechange/acme', command: 'x', payload: { text: 'x'.repeat(limits.webBodyBytesMax) } };
  expect((await ask('/api/messages', { bearer: apiToken, json: huge })).status).toBe(413);
  expect((await ask('/login', { form: { token: 'x'.repeat(limits.webBodyBytesMax) } })).status).toBe(413);
  for (const json of ['text', null, 7, []]) {
    expect((await ask('/api/messages', { bearer: apiToken, json })).status).toBe(400);
  }
});

test('what is meant for one agent never becomes an act on the whole platform because it was not understood', async () => {
  const { serve, store } = await openDashboard();
  const json = JSON.stringify({ agentId: acme });
  const form = 'application/x-www-form-urlencoded';
  const sent = [
    ['text/plain', json, 400],
    ['', json, 400],
    [form, json, 400],
    [form, `agent=${acme}`, 400],
    [form, 'agentId=', 404],
    ['Multipart/Form-Data; boundary=x', json, 400],
    ['multipart/form-data', json, 400],
    ['multipart/form-data; boundary=x', json, 400],
    ['application/json', `[${json}]`, 400],
    ['application/json', JSON.stringify({ agent: acme }), 400],
    ['application/json', '{"agentId":{"toString":1}}', 404],
    ['application/json', '{"agentId":null}', 404],
    ['Application/JSON', json, 200],
    ['application/json; charset=utf-8', json, 200],
  ] as const;
  for (const action of ['pause', 'resume'] as const) {
    if (action === 'resume') await store.platform.pause();
    for (const [type, body, status] of sent) {
      const headers = { host, authorization: `Bearer ${apiToken}`, 'content-type': type };
      const answer = await serve(new Request(`${origin}/api/${action}`, { method: 'POST', body, headers }));
      expect([action, type, body, answer.status]).toEqual([action, type, body, status]);
      expect([type, body, (await store.platform.pausedAt()) !== undefined]).toEqual([type, body, action === 'resume']);
    }
  }
});

test('a field of an odd form is no error of the platform, and lets nobody in', async () => {
  const { ask, login } = await openDashboard();
  const odd = { toString: 1 };
  for (const json of [{ token: odd }, { token: [apiToken] }, { code: odd }, { token: odd, next: odd }]) {
    expect([json, (await ask('/login', { json })).status]).toEqual([json, 401]);
  }
  const cookie = await login();
  expect((await ask('/api/pause', { cookie, json: { formToken: odd } })).status).toBe(403);
  const made = await ask('/api/login-codes', { bearer: apiToken, json: { person: odd, next: odd } });
  expect(made.status).toBe(200);
});

test('an error page shows an address as text', async () => {
  const { ask } = await openDashboard();
  const hostile = '/%3Cscript%3Ealert(1)%3C/script%3E';
  for (const bearer of [apiToken, undefined]) {
    const answer = await ask(`${hostile}?x=%22%3E%3Cscript%3E`, { ...(bearer ? { bearer } : {}), headers: page });
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(await answer.text()).not.toMatch(/<script(?! src="\/assets)|alert\(1\)<\/script/);
  }
  const next = await ask('/login?next=/%22%3E%3Cscript%3Ealert(1)%3C/script%3E&code=%22%3E%3Czq7x%3E', {
    headers: page,
  });
  expect(await next.text()).not.toMatch(/<zq7x|<script(?! src="\/assets)/);
});
