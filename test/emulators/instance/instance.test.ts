import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seedRepository } from '../../../emulators/demo-repository/seed.ts';
import { gitEnvironment } from '../../../emulators/git-http/git.ts';
import { createInstance } from '../../../emulators/instance/instance.ts';
import { runProgram } from '../../../src/base/program.ts';
import { sourceFolder } from '../git-world.ts';

const [old, next, third] = ['a', 'b', 'c'].map((char) => char.repeat(40)) as [string, string, string];

function start() {
  let now = 1_767_600_000_000;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const instance = createInstance({ name: 'acme', token: 'secret', commit: old, clock, stepMs: 100, itemsCount: 25 });
  async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const isBytes = body instanceof Uint8Array;
    const content = body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) };
    const all = {
      authorization: 'Bearer secret',
      'content-type': isBytes ? 'application/x-tar' : 'application/json',
      ...headers,
    };
    const answer = await instance.fetch(new Request(`http://instance${path}`, { method, headers: all, ...content }));
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : undefined };
  }
  const pass = (ms: number) => {
    now += ms;
  };
  return { instance, ask, pass };
}

const deploy = (ask: ReturnType<typeof start>['ask'], sha: string, key: string) =>
  ask('POST', '/deployments', { sha }, { 'idempotency-key': key });

test('nothing but health and the page for people answers without the token', async () => {
  const { instance, ask } = start();
  await deploy(ask, next, 'k');
  const page = await (await instance.fetch(new Request('http://instance/'))).text();
  expect(page).toContain(`Runs commit <code>${old}</code> and is <strong>healthy</strong>`);
  expect(page).toContain(`<code>${next.slice(0, 12)}</code> deployed: queued`);
  const status = async (path: string) => (await instance.fetch(new Request(`http://instance${path}`))).status;
  expect([await status('/health'), await status('/version'), await status('/config')]).toEqual([200, 401, 401]);
});

test('a deployment goes from queued over running to succeeded, and only then the version changes', async () => {
  const { ask, pass, instance } = start();
  const { status, body } = await deploy(ask, next, 'k');
  expect([status, body.status]).toEqual([202, 'queued']);
  const seen = async () => [(await ask('GET', `/deployments/${body.id}`)).body.status, instance.version()];
  pass(100);
  expect(await seen()).toEqual(['running', old]);
  pass(100);
  expect(await seen()).toEqual(['succeeded', next]);
  expect((await ask('GET', '/version')).body).toEqual({ commit: next, name: 'acme' });
});

test('the same key is the same deployment, and refuses another commit', async () => {
  const { ask, instance } = start();
  const first = await deploy(ask, next, 'k');
  expect((await deploy(ask, next, 'k')).body.id).toBe(first.body.id);
  expect((await deploy(ask, third, 'k')).status).toBe(422);
  expect((await deploy(ask, third, 'other')).status).toBe(409);
  expect(instance.history()).toHaveLength(1);
});

test('a rollback brings back what ran before', async () => {
  const { ask, pass, instance } = start();
  const { body } = await deploy(ask, next, 'k');
  pass(200);
  const rollback = await ask('POST', `/deployments/${body.id}/rollback`, undefined, { 'idempotency-key': 'r' });
  expect(rollback).toMatchObject({ status: 202, body: { sha: old, rollbackOf: body.id } });
  pass(200);
  expect(instance.version()).toBe(old);
});

test('a deployment can be made to fail, and then changes nothing', async () => {
  const { ask, pass, instance } = start();
  instance.failAt(next);
  const { body } = await deploy(ask, next, 'k');
  pass(200);
  expect((await ask('GET', `/deployments/${body.id}`)).body).toMatchObject({ status: 'failed' });
  expect(instance.version()).toBe(old);
  expect((await ask('POST', `/deployments/${body.id}/rollback`)).status).toBe(409);
});

test('health can be broken for one commit', async () => {
  const { ask, pass, instance } = start();
  instance.breakHealthAt(next);
  expect((await ask('GET', '/health')).status).toBe(200);
  await deploy(ask, next, 'k');
  pass(200);
  expect((await ask('GET', '/health')).status).toBe(503);
});

test('a git archive says its own commit', async () => {
  const { ask } = start();
  const folder = mkdtempSync(join(tmpdir(), 'archive-'));
  const directory = join(folder, 'a.git');
  const { commit } = await seedRepository({ directory, source: sourceFolder, branches: ['main'] });
  const env = { ...gitEnvironment, GIT_DIR: directory };
  const args = ['archive', '--format=tar', 'HEAD'];
  const { stdout } = await runProgram({ file: 'git', args, env, timeoutMs: 10_000 });
  rmSync(folder, { recursive: true });
  expect((await ask('POST', '/deployments', stdout)).body).toMatchObject({ sha: commit });
  expect((await ask('POST', '/deployments', Buffer.from('no archive'))).status).toBe(422);
});

test('settings are kept, and lists come in pages', async () => {
  const { ask } = start();
  expect((await ask('PUT', '/config/mail/sender', { value: 'a@example.com' })).status).toBe(200);
  expect((await ask('GET', '/config/mail/sender')).body).toEqual({ key: 'mail/sender', value: 'a@example.com' });
  const pages = [await ask('GET', '/items?page=1'), await ask('GET', '/items?page=2')].map(({ body }) => body);
  expect(pages.map(({ items, next: following }) => [items.length, following])).toEqual([
    [20, '/items?page=2&pageSize=20'],
    [5, null],
  ]);
});

test('settings are read, made, changed and removed; a request that comes again with its key changes nothing more', async () => {
  const { instance, ask } = start();
  const put = (value: number, key: string) => ask('PUT', '/settings/timeout', { value }, { 'idempotency-key': key });
  expect((await ask('GET', '/settings/timeout')).status).toBe(404);
  expect((await ask('POST', '/settings', { key: 'timeout', value: 30 })).status).toBe(201);
  expect((await ask('POST', '/settings', { key: 'timeout', value: 31 })).status).toBe(409);
  await put(45, 'k1');
  instance.settings.set('timeout', 31);
  await put(45, 'k1');
  expect((await ask('GET', '/settings')).body).toEqual({ timeout: 31 });
  expect((await ask('GET', '/config/timeout')).body).toEqual({ key: 'timeout', value: 31 });
  expect((await ask('DELETE', '/settings/timeout')).status).toBe(204);
  const past = instance.settings.history();
  expect(past.map(({ method, value, requestKey }) => [method, value, requestKey])).toEqual([
    ['POST', 30, undefined],
    ['PUT', 45, 'k1'],
    ['DELETE', undefined, undefined],
  ]);
  const page = await (await instance.fetch(new Request('http://instance/'))).text();
  expect(page).toContain('<h3>Changes</h3>');
});
