import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGitHub } from '../../../emulators/github/github.ts';
import { startGitWorld } from '../git-world.ts';

let world: Awaited<ReturnType<typeof startGitWorld>>;
beforeAll(async () => {
  world = await startGitWorld();
});
afterAll(() => world.close());

const path = '/repos/acme/jsonpointer';

async function ask(
  method: string,
  to: string,
  { token = 'acme-agent-token', body = undefined as unknown, headers = {} } = {},
) {
  const all = { 'user-agent': 'test', ...(token && { authorization: `Bearer ${token}` }), ...headers };
  const answer = await world.github.fetch(
    new Request(`http://github${to}`, {
      method,
      headers: all,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
  };
}

test('a request without a user agent, with an unknown version or a dead token is refused', async () => {
  expect(await ask('GET', path, { headers: { 'user-agent': '' } })).toMatchObject({ status: 403 });
  expect(await ask('GET', path, { headers: { 'x-github-api-version': '2001-01-01' } })).toMatchObject({ status: 400 });
  expect(await ask('GET', '/user', { token: 'dead' })).toMatchObject({
    status: 401,
    body: { message: 'Bad credentials' },
  });
  expect(await ask('GET', '/user', { token: '' })).toMatchObject({ status: 401 });
});

test("another tenant's repository is not found", async () => {
  expect(await ask('GET', '/repos/globex/jsonpointer')).toMatchObject({ status: 404, body: { message: 'Not Found' } });
  expect(await ask('GET', '/repos/globex/jsonpointer/pulls')).toMatchObject({ status: 404 });
});

test('a token without the right gets a clear refusal', async () => {
  const body = { title: 't', head: 'x', base: 'main' };
  expect(await ask('POST', `${path}/pulls`, { token: 'acme-reader-token', body })).toMatchObject({
    status: 403,
    body: { message: 'Resource not accessible by personal access token' },
  });
});

test('every answer says what is left of the hour, and an unchanged one is free', async () => {
  const first = await ask('GET', path);
  const remaining = Number(first.headers.get('x-ratelimit-remaining'));
  const again = await ask('GET', path, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
  expect(again.status).toBe(304);
  expect(Number(again.headers.get('x-ratelimit-remaining'))).toBe(remaining);
  expect((await ask('GET', `${path}/nothing`)).headers.get('x-ratelimit-remaining')).toBe(`${remaining - 1}`);
});

test('a used-up hour refuses until it is over', async () => {
  let now = 0;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const people = {
    agent: { login: 'a', name: 'a', email: 'a@b', token: 't', contents: 'read', pullRequests: 'read' },
  } as const;
  const tenant = { owner: 'acme', repository: 'jsonpointer', directory: join(world.folder, 'acme.git'), people };
  const { fetch: answer } = createGitHub({ tenants: [tenant], clock, requestsPerHourMax: 1 });
  const request = () =>
    answer(new Request('http://github/user', { headers: { 'user-agent': 'x', authorization: 'token t' } }));
  expect((await request()).status).toBe(200);
  const limited = await request();
  expect([limited.status, limited.headers.get('x-ratelimit-remaining')]).toEqual([403, '0']);
  now = 3_600_001;
  expect((await request()).status).toBe(200);
});

test('a body that does not fit names the field', async () => {
  expect((await ask('POST', `${path}/pulls`, { body: { head: 'x', base: 'main' } })).body.errors).toEqual([
    { resource: 'PullRequest', field: 'title', code: 'missing_field' },
  ]);
});

test('lists come in pages with links', async () => {
  const { headers, body } = await ask('GET', `${path}/branches?per_page=1`);
  expect(body).toHaveLength(1);
  expect(headers.get('link')).toContain('page=2>; rel="next"');
});

test('an open pull request follows its branch, and closes when the branch goes', async () => {
  const clone = await world.pushBranch('jv/1-live', 'a.txt', 'a', 'main');
  const body = { title: 't', head: 'acme:jv/1-live', base: 'main' };
  const { number, head } = (await ask('POST', `${path}/pulls`, { body })).body;
  await world.run(clone, 'commit', '--quiet', '--allow-empty', '-m', 'more');
  await world.run(clone, 'push', '--quiet', 'origin', 'jv/1-live');
  const followed = (await ask('GET', `${path}/pulls/${number}`)).body;
  expect(followed.head.sha).not.toBe(head.sha);
  expect(followed.commits).toBe(2);
  expect((await ask('PATCH', `${path}/pulls/${number}`, { body: { draft: true, title: 'new' } })).body).toMatchObject({
    title: 'new',
    draft: false,
  });
  await world.run(clone, 'push', '--quiet', 'origin', ':jv/1-live');
  const closed = (await ask('GET', `${path}/pulls/${number}`)).body;
  expect(closed).toMatchObject({ state: 'closed', merged: false, merged_at: null, head: { sha: followed.head.sha } });
});

test('two requests at once open one pull request', async () => {
  await world.pushBranch('jv/2-twice', 'b.txt', 'b', 'main');
  const body = { title: 't', head: 'jv/2-twice', base: 'main' };
  const answers = await Promise.all([1, 2].map(() => ask('POST', `${path}/pulls`, { body })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 422]);
});

test('a pull request with a text that is too long is refused', async () => {
  const draft = { title: 'Long', head: 'feature/none', base: 'customer/acme', body: 'a'.repeat(65_537) };
  const { status, body } = await ask('POST', `${path}/pulls`, { body: draft });
  expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining('body is too long')]);
});
