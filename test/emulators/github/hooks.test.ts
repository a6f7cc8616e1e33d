import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGitHub } from '../../../emulators/github/github.ts';
import { startGitWorld } from '../git-world.ts';
import { startReceiver } from '../receiver.ts';

let world: Awaited<ReturnType<typeof startGitWorld>>;
beforeAll(async () => {
  world = await startGitWorld();
});
afterAll(() => world.close());

const path = '/repos/acme/jsonpointer';

/** A GitHub of its own over the world's repository, with a receiver of its hooks. */
async function start() {
  const rights = { contents: 'write', pullRequests: 'write' } as const;
  const person = (login: string) => ({ login, name: login, email: `${login}@acme.test`, token: login, ...rights });
  const people = { agent: person('agent'), erin: { ...person('erin'), webhooks: 'write' as const } };
  const directory = join(world.folder, 'acme.git');
  const github = createGitHub({ tenants: [{ owner: 'acme', repository: 'jsonpointer', directory, people }] });
  async function ask(method: string, to: string, body?: unknown, token = 'erin') {
    const headers = { 'user-agent': 'test', authorization: `Bearer ${token}` };
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await github.fetch(new Request(`http://github${path}${to}`, { method, headers, ...init }));
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  }
  const receiver = await startReceiver();
  const until = (count: number) => expect.poll(() => receiver.told.length, { timeout: 10_000 }).toBe(count);
  return { github, ask, until, ...receiver };
}

const hook = (url: string, events: string[], more = {}) => ({
  events,
  config: { url, content_type: 'json', secret: 'shh', ...more },
});

test('an authorized user can make, list and delete a webhook; it is greeted, and its secret is never listed', async () => {
  const { ask, url, told, until } = await start();
  expect((await ask('POST', '/hooks', hook(url, ['push']), 'agent')).status).toBe(403);
  expect((await ask('POST', '/hooks', hook('https://example.com/', ['push']))).status).toBe(422);
  const { status, body } = await ask('POST', '/hooks', hook(url, ['push']));
  expect(status).toBe(201);
  expect(body).toMatchObject({ name: 'web', active: true, events: ['push'], config: { url, secret: '********' } });
  expect((await ask('POST', '/hooks', hook(url, ['push']))).status).toBe(422);
  await until(1);
  expect(told[0]?.headers.get('x-github-event')).toBe('ping');
  expect(told[0]?.json).toMatchObject({ hook_id: body.id, sender: { login: 'erin' } });
  expect((await ask('GET', '/hooks')).body).toEqual([body]);
  expect((await ask('DELETE', `/hooks/${body.id}`)).status).toBe(204);
  expect((await ask('GET', `/hooks/${body.id}`)).status).toBe(404);
});

test('each event of a pull request is sent, signed, with its author; other events are not', async () => {
  const { github, ask, url, told, until } = await start();
  const events = ['pull_request', 'pull_request_review', 'issue_comment', 'check_run', 'status'];
  await ask('POST', '/hooks', hook(url, events));
  await until(1);
  await world.pushBranch('feature/acme-7', 'told.txt', 'told');
  const opened = await ask('POST', '/pulls', { title: 'Tell', head: 'feature/acme-7', base: 'customer/acme' }, 'agent');
  const { number } = opened.body;
  await ask('POST', `/pulls/${number}/reviews`, { event: 'REQUEST_CHANGES', body: 'No.' });
  await ask('POST', `/issues/${number}/comments`, { body: 'Why?' });
  const { sha } = opened.body.head;
  await ask('POST', `/statuses/${sha}`, { state: 'success', context: 'ci' });
  github.setCheckRun('acme', sha, { name: 'build', status: 'completed', conclusion: 'success' });
  await ask('PUT', `/pulls/${number}/merge`, {});
  await until(7);
  const heard = told
    .slice(1)
    .map(({ headers, json }) => `${headers.get('x-github-event')} ${json.action ?? ''}`.trim());
  expect(heard.toSorted()).toEqual([
    'check_run completed',
    'issue_comment created',
    'pull_request closed',
    'pull_request opened',
    'pull_request_review submitted',
    'status',
  ]);
  for (const { headers, text } of told) {
    const signature = `sha256=${createHmac('sha256', 'shh').update(text).digest('hex')}`;
    expect(headers.get('x-hub-signature-256')).toBe(signature);
  }
  expect(new Set(told.map(({ headers }) => headers.get('x-github-delivery'))).size).toBe(7);
  const of = (event: string, action: string) =>
    told.find(({ headers, json }) => headers.get('x-github-event') === event && json.action === action)?.json;
  expect(of('pull_request', 'opened')).toMatchObject({ sender: { login: 'agent' }, pull_request: { state: 'open' } });
  const merged = { number, merged: true, merged_by: { login: 'erin' }, head: { ref: 'feature/acme-7' } };
  expect(of('pull_request', 'closed')).toMatchObject({ sender: { login: 'erin' }, pull_request: merged });
  expect(of('check_run', 'completed').check_run.pull_requests).toMatchObject([{ number }]);
});

test('a form holds the payload in its one field, and is signed as it is sent', async () => {
  const { ask, url, told, until } = await start();
  await ask('POST', '/hooks', hook(url, ['push'], { content_type: 'form' }));
  await until(1);
  const [{ headers, text }] = told as [(typeof told)[0]];
  expect(JSON.parse(new URLSearchParams(text).get('payload') ?? '')).toHaveProperty('zen');
  expect(headers.get('x-hub-signature-256')).toBe(`sha256=${createHmac('sha256', 'shh').update(text).digest('hex')}`);
});
