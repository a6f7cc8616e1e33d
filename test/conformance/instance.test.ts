import { afterAll, afterEach, expect, test } from 'vitest';
import { createFaults } from '../../emulators/control/faults.ts';
import { createInstance as createProduct } from '../../emulators/instance/instance.ts';
import { instanceConfig } from '../../src/agents/config/instance.ts';
import { type Listener, listen } from '../../src/base/http.ts';
import { createInstance } from '../../src/connectors/instance.ts';
import { factsOf, httpFor, permit } from './connector-world.ts';

const listeners: Listener[] = [];
afterAll(() => Promise.all(listeners.map((listener) => listener.close())));

const faults = createFaults();
const first = '1'.repeat(40);
const next = '2'.repeat(40);

/** The product's own time, which passes only as a test lets it. */
let now = 0;
const clock = { now: () => now, sleep: async () => {} };
const settled = () => {
  now += 60_000;
};

async function started(deploy = {}, token = 'Bearer instance-token-1') {
  const product = createProduct({ name: 'acme-test', token: 'instance-token-1', commit: first, clock });
  const wrapped = faults.wrap('instance', product.fetch);
  const uncached: string[] = [];
  const listener = await listen((request, ...more) => {
    if (request.headers.get('cache-control') === 'no-cache') uncached.push(new URL(request.url).pathname);
    return wrapped(request, ...more);
  });
  listeners.push(listener);
  const http = httpFor('instance-token-1');
  const instance = createInstance({
    ...instanceConfig.parse({ name: 'acme-test', deploy }),
    url: listener.url,
    urlSetting: 'instance.url',
    token,
    http,
  });
  return { product, instance, uncached, url: listener.url };
}
afterEach(() => faults.clear());
const deployPermit = () => permit('deploy', { sha: next });

test('it says what it runs and who it is', async () => {
  const { instance } = await started(undefined, 'instance-token-1');
  expect(await instance.version()).toEqual({ commit: first, name: 'acme-test' });
  expect(await instance.healthy()).toBe(true);
  const { instance: silent } = await started({ version: { path: '/version', pointer: '/build/commit' } });
  expect(await silent.version()).toEqual({ name: 'acme-test' });
});

test('what is judged is asked of the instance itself, and of no cache', async () => {
  const { instance, uncached } = await started();
  const { deploymentId } = await instance.deploy(deployPermit(), { sha: next, key: 'k1' });
  await Promise.all([instance.version(), instance.healthy(), instance.deployment(deploymentId)]);
  expect(uncached.sort()).toEqual([`/deployments/${deploymentId}`, '/health', '/version']);
});

test('a deployment goes from running to succeeded, and changes the version', async () => {
  const { instance, product } = await started();
  const { deploymentId } = await instance.deploy(deployPermit(), { sha: next, key: 'k1' });
  expect(await instance.deployment(deploymentId)).toBe('running');
  settled();
  expect(await instance.deployment(deploymentId)).toBe('succeeded');
  expect(await instance.version()).toMatchObject({ commit: next });
  expect(product.history()).toHaveLength(1);
});

test('the same key never deploys twice', async () => {
  const { instance, product } = await started();
  const once = await instance.deploy(deployPermit(), { sha: next, key: 'k1' });
  settled();
  expect(await instance.deploy(deployPermit(), { sha: next, key: 'k1' })).toEqual(once);
  expect(product.history()).toHaveLength(1);
});

test('a lost answer is reported as uncertain, and the same key returns the same deployment', async () => {
  const { instance, product } = await started();
  const lost = { dropAnswer: true, afterCommit: true };
  faults.add({ target: 'instance', match: { method: 'POST' }, times: 1, do: lost });
  const deployment = { sha: next, key: 'k1' };
  expect(await factsOf(instance.deploy(deployPermit(), deployment))).toMatchObject({ maybeDone: true });
  const { deploymentId } = await instance.deploy(deployPermit(), deployment);
  expect(product.history().map(({ id }) => id)).toEqual([deploymentId]);
});

test('a failed deployment says so, and a rollback brings the old version back', async () => {
  const { instance, product } = await started();
  product.breakHealthAt(next);
  const { deploymentId } = await instance.deploy(deployPermit(), { sha: next, key: 'k1' });
  settled();
  expect(await instance.healthy()).toBe(false);
  await instance.rollback(permit('deploy'), deploymentId, 'k1-back');
  settled();
  expect(await instance.healthy()).toBe(true);
  expect(await instance.version()).toMatchObject({ commit: first });
  product.failAt(next);
  const again = await instance.deploy(deployPermit(), { sha: next, key: 'k2' });
  settled();
  expect(await instance.deployment(again.deploymentId)).toBe('failed');
});

test('another running deployment is a conflict; a permit for another commit deploys nothing', async () => {
  const { instance, product } = await started();
  await instance.deploy(deployPermit(), { sha: next, key: 'k1' });
  expect(await factsOf(instance.deploy(deployPermit(), { sha: next, key: 'k2' }))).toMatchObject({
    kind: 'conflict',
  });
  const wrong = instance.deploy(permit('deploy', { sha: first }), { sha: next, key: 'k3' });
  expect(await factsOf(wrong)).toMatchObject({ typeKey: 'GATE_TENANT' });
  expect(product.history()).toHaveLength(1);
});

test('a dead token is reported as such', async () => {
  const { instance } = await started(undefined, 'wrong-token-99');
  expect(await factsOf(instance.version())).toMatchObject({ kind: 'auth', status: 401 });
});

test('the pages of a read are joined', async () => {
  const { instance } = await started();
  const result = await instance.call({ method: 'GET', path: '/items', query: { pageSize: 20 } });
  expect(result).toMatchObject({ status: 200, body: { items: { length: 45 }, total: 45 } });
  const bounded = await instance.call({ method: 'GET', path: '/items?pageSize=1' });
  expect(bounded).toMatchObject({ body: { items: { length: 10 } }, next: '/items?page=11&pageSize=1' });
});

test('a negative answer is an answer; a write is refused', async () => {
  const { instance } = await started();
  expect(await instance.call({ method: 'GET', path: '/config/nothing' })).toMatchObject({ status: 404 });
  expect(await instance.call({ method: 'DELETE', path: '/config/a' })).toMatchObject({ refused: 'TOOL_UNAVAILABLE' });
});

test.each([
  '//evil/x',
  'https://evil/',
  '..%2f..',
  '/..%2f..',
  '\\\\evil',
  '/\\evil',
  '/a/../../b',
  '/%2e%2e/b',
  '/%252e%252e/b',
  '/a//b',
  '@evil/',
  '.evil/',
  '',
  '/a#b',
  '/a\u0000',
  '/a\nHost: evil',
])('CF-03: the path %j is refused and nothing is sent', async (path) => {
  const { instance } = await started();
  const before = faults.requests().length;
  expect(await instance.call({ method: 'GET', path })).toMatchObject({ refused: 'TOOL_PATH' });
  expect(faults.requests()).toHaveLength(before);
});

test('a next page at another address is not followed', async () => {
  const { instance } = await started();
  for (const link of ['https://evil.example/items', '//evil.example/items', '/../x%2f..']) {
    faults.add({
      target: 'instance',
      match: { path: '/items' },
      times: 1,
      do: { status: 200, body: { items: [1], next: link } },
    });
    const result = await instance.call({ method: 'GET', path: '/items' });
    expect(result).toEqual({ status: 200, body: { items: [1], next: link } });
  }
});
