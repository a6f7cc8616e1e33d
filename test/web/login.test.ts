/** Logging in with a token or a code, what the login is worth, and when it ends. */
import { expect, test } from 'vitest';
import { limits } from '../../src/limits.ts';
import { createLoginCodes } from '../../src/web/login-codes.ts';
import { apiToken, openDashboard, origin, viewToken } from './dashboard.ts';

const hourMs = 3_600_000;
const page = { accept: 'text/html' };

const formTokenIn = (html: string) => /name="formToken" value="([^"]+)"/.exec(html)?.[1] ?? '';

test('a token logs in by a cookie that scripts and other sites do not get', async () => {
  const { ask } = await openDashboard();
  const answer = await ask('/login', { form: { token: apiToken, next: '/items?agent=x' } });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/items?agent=x']);
  const set = answer.headers.get('set-cookie') ?? '';
  expect(set).toMatch(/^jvagent-7460=operate\./);
  for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=43200']) expect(set).toContain(part);
  expect(set).not.toContain(apiToken);
  expect((await ask('/', { cookie: set.split(';')[0] ?? '' })).status).toBe(200);
});

test.each([
  ...['//evil.example', 'http://evil.example/', '/\\evil.example', 'javascript:alert(1)', '\t//evil.example'],
  ...['/.//evil.example', '/%2e//evil.example', '/items/..//evil.example', '/.\\/evil.example'],
])('neither a login nor a form leads to %s', async (next) => {
  const { ask } = await openDashboard();
  const answer = await ask('/login', { form: { token: apiToken, next } });
  expect(answer.headers.get('location')).toBe('/');
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const { ids: formToken } = await formTokens(ask, cookie);
  for (const back of [next, `${origin}${next}`]) {
    const done = await ask('/api/resume', { cookie, form: { formToken, back }, headers: page });
    expect([back, done.headers.get('location')]).toEqual([back, expect.stringMatching(/^\/([^/\\].*)?\?told=[\w-]+$/)]);
  }
});

test('a wrong token logs nobody in', async () => {
  const { ask } = await openDashboard();
  const answer = await ask('/login', { form: { token: 'wrong' }, headers: page });
  expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
  expect(await answer.text()).toContain('This is not a token of the platform.');
});

test('a cookie that is forged, raised, of another token, or too old lets nobody in', async () => {
  const { ask, login, clock, restart } = await openDashboard();
  const cookie = await login(viewToken);
  expect((await ask('/', { cookie })).status).toBe(200);
  const [name = '', value = ''] = cookie.split('=', 2);
  const [given = '', ...rest] = decodeURIComponent(cookie.slice(name.length + 1)).split('.');
  expect(given).toBe('view');
  const until = Number(rest[0]);
  const raised = ['operate', ...rest].join('.');
  const later = [given, until + hourMs, ...rest.slice(1)].join('.');
  const bare = [given, ...rest.slice(0, -1)].join('.');
  for (const forged of [raised, later, bare, '', 'operate.9999999999999.x.y', value.slice(0, -4)]) {
    const answer = await ask('/', { cookie: `${name}=${encodeURIComponent(forged)}` });
    expect([forged, answer.status]).toEqual([forged, 401]);
  }
  restart({ apiToken, viewToken: 'a-new-token-that-looks' });
  expect((await ask('/', { cookie })).status).toBe(401);
  restart({ apiToken, viewToken });
  expect((await ask('/', { cookie })).status).toBe(200);
  clock.time += 12 * hourMs;
  expect((await ask('/', { cookie })).status).toBe(401);
});

test('who logs out is out, also with a copy of the cookie', async () => {
  const { ask, login } = await openDashboard();
  const [cookie, other] = [await login(), await login()];
  const { ids } = await formTokens(ask, cookie);
  const answer = await ask('/logout', { cookie, form: { formToken: ids }, headers: page });
  expect(answer.status).toBe(303);
  expect(answer.headers.get('set-cookie')).toContain('Max-Age=0');
  expect((await ask('/', { cookie })).status).toBe(401);
  expect((await ask('/', { cookie: other })).status).toBe(200);
});

type Ask = Awaited<ReturnType<typeof openDashboard>>['ask'];

async function formTokens(ask: Ask, cookie: string) {
  return { ids: formTokenIn(await (await ask('/', { cookie, headers: page })).text()) };
}

test('a form without the token of its own login changes nothing', async () => {
  const { ask, login, store } = await openDashboard();
  const [cookie, other] = [await login(), await login()];
  const own = (await formTokens(ask, cookie)).ids;
  const foreign = (await formTokens(ask, other)).ids;
  expect(own).not.toBe('');
  expect(own).not.toBe(foreign);
  for (const formToken of ['', 'x', foreign]) {
    const answer = await ask('/api/pause', { cookie, form: { formToken }, headers: { origin } });
    expect([formToken, answer.status]).toEqual([formToken, 403]);
  }
  expect((await ask('/api/pause', { cookie, json: {} })).status).toBe(403);
  expect(await store.platform.pausedAt()).toBeUndefined();
  const answer = await ask('/api/pause', {
    cookie,
    form: { formToken: own, back: '/?group=needs' },
    headers: { origin, ...page },
  });
  expect([answer.status, answer.headers.get('location')]).toEqual([
    303,
    expect.stringMatching(/^\/\?group=needs&told=/),
  ]);
  expect(await store.platform.pausedAt()).toBeDefined();
});

test('a code of `open` logs in once, within five minutes, and showing its page uses nothing up', async () => {
  const { ask, clock } = await openDashboard();
  const made = async (json: object) =>
    (await (await ask('/api/login-codes', { bearer: apiToken, json })).json()) as { url: string; until: number };
  const { url, until } = await made({ person: 'erin', next: '/items' });
  expect(until - clock.time).toBe(300_000);
  const path = url.slice(origin.length);
  const code = /code=([\w-]{22})&/.exec(path)?.[1] ?? '';
  for (const _ of [1, 2]) expect(await (await ask(path, { headers: page })).text()).toContain(`value="${code}"`);
  const used = await ask('/login', { form: { code, next: '/items' } });
  expect([used.status, used.headers.get('location')]).toEqual([303, '/items']);
  expect(used.headers.get('set-cookie')).toContain('.erin.');
  const again = await ask('/login', { form: { code } });
  expect([again.status, again.headers.get('set-cookie')]).toEqual([401, null]);
  expect(await again.text()).toContain('jvagent open');
  const late = new URL((await made({})).url).searchParams.get('code') ?? '';
  clock.time += 300_000;
  expect((await ask('/login', { form: { code: late } })).status).toBe(401);
});

test('a code can be good for longer than those of `open`, and not for ever', () => {
  const clock = { time: 1, now: () => clock.time };
  const codes = createLoginCodes(clock);
  const [early, late] = [1, 2].map(
    () => codes.make({ access: 'operate', person: 'demo' }, limits.demoCodeSeconds).code,
  );
  clock.time += limits.demoCodeSeconds * 1_000 - 1;
  expect(codes.use(early ?? '')).toEqual({ access: 'operate', person: 'demo' });
  clock.time += 1;
  expect(codes.use(late ?? '')).toBeUndefined();
});

test('the audit log names who asked for the code, by a name that holds no more than a name', async () => {
  const { ask, store } = await openDashboard();
  for (const [person, named] of [
    ['erin.e@example.com', 'erin.e@example.com'],
    ['a b;\n.operate<x>'.repeat(9), 'a_b__.operate_x_'.repeat(9).slice(0, 64)],
  ] as const) {
    const { url } = (await (await ask('/api/login-codes', { bearer: apiToken, json: { person } })).json()) as {
      url: string;
    };
    const form = { code: new URL(url).searchParams.get('code') ?? '' };
    const cookie = (await ask('/login', { form })).headers.get('set-cookie')?.split(';')[0] ?? '';
    const { ids: formToken } = await formTokens(ask, cookie);
    expect((await ask('/api/pause', { cookie, form: { formToken } })).status).toBe(200);
    expect((await store.audit.tail(undefined, 1)).map(({ actor }) => actor)).toEqual([`person/${named}`]);
  }
});

test('a code to look gives no more than to look, and only who operates can make one', async () => {
  const { ask } = await openDashboard();
  expect((await ask('/api/login-codes', { bearer: viewToken, json: { access: 'view' } })).status).toBe(403);
  expect((await ask('/api/login-codes', { json: {} })).status).toBe(401);
  for (const access of ['veiw', '', null, ['view'], { toString: 1 }]) {
    expect([access, (await ask('/api/login-codes', { bearer: apiToken, json: { access } })).status]).toEqual([
      access,
      400,
    ]);
  }
  const answer = await ask('/api/login-codes', { bearer: apiToken, json: { access: 'view' } });
  const { url } = (await answer.json()) as { url: string };
  const code = new URL(url).searchParams.get('code') ?? '';
  const cookie = (await ask('/login', { form: { code } })).headers.get('set-cookie')?.split(';')[0] ?? '';
  expect((await ask('/', { cookie })).status).toBe(200);
  expect((await ask('/api/pause', { cookie, json: {} })).status).toBe(403);
});
