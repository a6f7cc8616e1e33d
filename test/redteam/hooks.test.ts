/** The ways in over HTTP: hooks are the only ones, and all that they can do is bring a look at the board forward. */
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { boardOf } from '../stories/board.ts';
import { startWorld, type World } from '../stories/world.ts';

const hookKey = 'the-long-enough-hook-key-of-this-node';
const agentId = 'codechange/acme';

const secretOf = (id: string, key = hookKey) => createHmac('sha256', key).update(id).digest('hex');
const basic = (password: string) => `Basic ${Buffer.from(`hook:${password}`).toString('base64')}`;
const signed = (body: string, secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

let world: World;
let port: number;

interface Sent {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The status of the answer; `node:http` sends whatever Host it is told. */
function statusOf({ path, method = 'POST', headers = {}, body = '' }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

const updated = (workItemId: number, state: string) =>
  JSON.stringify({ eventType: 'workitem.updated', resource: { id: 7, workItemId, fields: { 'System.State': state } } });

const azureHook = (body: string, authorization?: string, id = agentId) =>
  statusOf({ path: `/hooks/azure-devops/${id}`, body, headers: authorization ? { authorization } : {} });

const gitHubHook = (body: string, signature?: string) =>
  statusOf({ path: `/hooks/github/${agentId}`, body, headers: signature ? { 'x-hub-signature-256': signature } : {} });

/** Ports on which this process and those below it listen (proc(5): state 0A of /proc/net/tcp). */
function listeningPorts(pid: number): number[] {
  const lines = ['tcp', 'tcp6'].flatMap((file) =>
    readFileSync(`/proc/net/${file}`, 'utf8').trim().split('\n').slice(1),
  );
  const sockets = lines.map((line) => line.trim().split(/\s+/)).filter((cells) => cells[3] === '0A');
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  const own = sockets.filter((cells) => links.includes(`socket:[${cells[9]}]`));
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return [
    ...own.map((cells) => Number.parseInt(cells[1]?.split(':')[1] ?? '', 16)),
    ...children.map(Number).flatMap(listeningPorts),
  ];
}

beforeAll(async () => {
  port = await freePort();
  const env = `JVAGENT_HOOK_KEY=${hookKey}\nJVAGENT_HOOK_PORT=${port}\n`;
  world = await startWorld({
    agents: [{ tenant: 'acme' }, { tenant: 'globex' }],
    isUnwatched: true,
    prepare: ({ root }) => writeFileSync(join(root, '.env'), env, { mode: 0o600 }),
  });
});
afterAll(() => world.close());

const sessions = async () => (await world.supervisor.store.sessions.list()).map(({ sessionId }) => sessionId);

test('WH-01 a hook without its own secret is answered 401 and wakes nobody, one with it wakes its agent', async () => {
  const id = await world.fileBug();
  const body = updated(id, 'New');
  const own = secretOf(agentId);
  const wrong = ['', 'x', own.slice(1), `${own}0`, own.replace(/^./, (c) => (c === '0' ? '1' : '0')), hookKey];
  const others = [secretOf('codechange/globex'), secretOf('codechange'), secretOf(agentId, 'another key')];
  expect(await azureHook(body)).toBe(401);
  expect(await azureHook(body, `Bearer ${own}`)).toBe(401);
  expect(await gitHubHook(body)).toBe(401);
  for (const secret of [...wrong, ...others]) {
    expect([secret, await azureHook(body, basic(secret))]).toEqual([secret, 401]);
    expect([secret, await gitHubHook(body, signed(body, secret))]).toEqual([secret, 401]);
  }
  expect(await gitHubHook(`${body} `, signed(body, own))).toBe(401);
  expect(await azureHook(body, basic(own), 'codechange/globex')).toBe(401);
  expect(await azureHook(body, basic(secretOf('nobody')), 'nobody')).toBe(401);
  expect(await sessions()).toEqual([]);

  expect(await azureHook(body, basic(own))).toBe(204);
  await world.until(id, 'plan-ready');
});

test('WH-04 a hook that says Approved only triggers a look at the board, which says otherwise', async () => {
  const id = await world.fileBug();
  const authorization = basic(secretOf(agentId));
  expect(await azureHook(updated(id, 'New'), authorization)).toBe(204);
  await world.until(id, 'plan-ready');
  const reads = () =>
    world.emulators.faults
      .requests()
      .filter(({ path }) => path.includes(`/workItems/${id}`) || path.includes(`/${id}?`));
  const before = reads().length;
  expect(await azureHook(updated(id, 'Approved'), authorization)).toBe(204);
  await world.eventually('a look at the board', () => reads().length > before);
  await world.until(id, 'plan-ready');
  expect(await boardOf(world).states(id)).toEqual(['New', 'Planning', 'Plan Ready']);
  await world.engineer().move(id, 'Approved');
  expect(await azureHook(updated(id, 'Plan Ready'), authorization)).toBe(204);
  await world.until(id, 'pr-created');
});

test('WH-06 the port of the hooks has no dashboard, whatever the Host', async () => {
  const { urls, tenants } = world.emulators;
  const emulated = [...Object.values(urls), tenants.acme.instanceUrl, tenants.globex.instanceUrl];
  const theirs = new Set(emulated.map((url) => Number(new URL(url).port)));
  const listening = listeningPorts(process.pid).filter((one) => !theirs.has(one));
  expect(listening).toEqual([port]);
  for (const host of ['evil.example', '127.0.0.1.evil.example', `127.0.0.1:${port}`]) {
    for (const path of ['/', '/api/status', '/healthz']) {
      expect(await statusOf({ method: 'GET', path, headers: { host } })).toBe(404);
    }
  }
});

test('only the hooks answer on their port, with or without a token, and no token is read from the query', async () => {
  const own = secretOf(agentId);
  const paths = ['/api/status', '/api/sessions', '/api/messages', '/metrics', '/api/events', '/api/pause'];
  for (const path of paths) {
    for (const method of ['GET', 'POST']) {
      expect(await statusOf({ method, path })).toBe(404);
      expect(
        await statusOf({ method, path: `${path}?token=${own}`, headers: { authorization: `Bearer ${own}` } }),
      ).toBe(404);
    }
  }
  for (const query of [`token=${own}`, `access_token=${own}`, `secret=${own}`]) {
    expect(await statusOf({ path: `/hooks/azure-devops/${agentId}?${query}`, body: '{}' })).toBe(401);
  }
});
