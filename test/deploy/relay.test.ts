/** The relays of deploy/, carried out by the real proxy, where this machine has it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../src/base/http.ts';
import { programEnvironment } from '../../src/settings.ts';
import { freePort } from '../free-port.ts';
import { read } from './manifests.ts';

const proxy = '/usr/sbin/haproxy';
const missing = 'this machine has no haproxy';

/** A node's port: remembers what reached it. */
async function far() {
  const asked: string[] = [];
  const { port, close } = await listen((request) => {
    asked.push(`${new URL(request.url).pathname} of ${request.headers.get('host')}`);
    return new Response('ok\n');
  });
  onTestFinished(close);
  return { port, asked };
}

/** Starts the proxy with a file of deploy/, whose ports are exchanged for those of this test. */
async function start(path: string, ports: Readonly<Record<string, number>>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'relay-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const text = read(path)
    .replace(/:(\d{4})\b/g, (all, port: string) => (ports[port] === undefined ? all : `:${ports[port]}`))
    .replace(/bind :/g, 'bind 127.0.0.1:');
  const file = join(folder, 'relay.cfg');
  writeFileSync(file, text);
  const child = spawn(proxy, ['-db', '-q', '-f', file], { env: programEnvironment(), stdio: 'ignore' });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
}

const statusOf = (port: number, path: string) =>
  fetch(`http://127.0.0.1:${port}${path}`).then(
    (answer) => answer.status,
    () => undefined,
  );

test('of a pod a cluster reaches health, numbers and hooks, and never the dashboard', async ({ skip }) => {
  skip(!existsSync(proxy), missing);
  const [node, hooks] = [await far(), await far()];
  const [numbers, ways] = [await freePort(), await freePort()];
  await start('deploy/kubernetes/relay.cfg', { 7460: node.port, 7461: hooks.port, 8460: numbers, 8461: ways });
  await expect.poll(() => statusOf(numbers, '/healthz')).toBe(200);
  expect(await statusOf(numbers, '/metrics')).toBe(200);
  for (const path of ['/', '/api/status', '/login', '/metrics/../api/status', '/healthz/..']) {
    expect(await statusOf(numbers, path)).toBe(404);
  }
  expect(new Set(node.asked)).toEqual(
    new Set(['/healthz', '/metrics'].map((path) => `${path} of 127.0.0.1:${node.port}`)),
  );
  expect(await statusOf(ways, '/hooks/github/codechange/acme')).toBe(200);
  expect(await statusOf(ways, '/metrics')).toBe(404);
  expect(hooks.asked).toEqual([`/hooks/github/codechange/acme of 127.0.0.1:${ways}`]);
});

test('a hook reaches a node that is up, whichever that is', async ({ skip }) => {
  skip(!existsSync(proxy), missing);
  const up = await far();
  const [way, ...down] = [await freePort(), await freePort(), await freePort()];
  await start('deploy/docker/hooks.cfg', { 7461: down[0] ?? 0, 7463: down[1] ?? 0, 7465: up.port, 8461: way });
  await expect.poll(() => statusOf(way, '/hooks/slack')).toBe(200);
  for (let nth = 0; nth < 6; nth++) expect(await statusOf(way, '/hooks/slack')).toBe(200);
  expect(await statusOf(way, '/')).toBe(404);
});
