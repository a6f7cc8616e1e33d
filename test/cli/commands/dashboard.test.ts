/** The dashboard of a platform that runs: where it is, how `open` logs in, and what a port that is taken means. */
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { holdSupervisorLock } from '../../../src/store/database/sqlite.ts';
import { acme, createCliWorkspace, findItem, jvagentOn } from '../fixture.ts';
import { pressCtrlC } from '../press-ctrl-c.ts';

const tokens = 'JVAGENT_API_TOKEN=the-token-that-operates\nJVAGENT_VIEW_TOKEN=the-token-that-looks\n';

/** Takes a port of loopback until the test ends; undefined where somebody else has it. */
async function takePort(wanted: number): Promise<number | undefined> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => {
    server.once('listening', () => resolve()).once('error', () => resolve());
    server.listen(wanted, '127.0.0.1');
  });
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}

async function startUp(root: string, ...flags: string[]) {
  const outcome = { code: 0, out: '', err: '' };
  const ended = jvagentOn(undefined, ['--root', root, 'start', ...flags], outcome);
  const isOver = ended.then(() => expect(outcome).toEqual('still running'));
  const address = () => /^Dashboard: (http:\/\/127\.0\.0\.1:\d+)\/ (.*)$/m.exec(outcome.out);
  while (!address()) await Promise.race([systemClock.sleep(100), isOver]);
  const [, url = '', way = ''] = address() ?? [];
  return {
    ...{ url, way },
    async stop() {
      pressCtrlC();
      expect((await ended).code).toBe(0);
    },
  };
}

test('open does not wait for a platform that hangs', async () => {
  const { run, write, path } = createCliWorkspace({ '.env': tokens });
  const port = await takePort(0);
  const state = path('.jvagent/state');
  mkdirSync(state, { recursive: true });
  const lock = holdSupervisorLock(state);
  onTestFinished(() => lock?.release());
  write('.jvagent/state/dashboard.json', JSON.stringify({ pid: process.pid, url: `http://127.0.0.1:${port}` }));
  const { code, err } = await run('open', '--view');
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringContaining(`The dashboard at http://127.0.0.1:${port}/ does not answer: `),
  });
});

test('open logs in to the platform that runs, once, and status names where it is', { timeout: 120_000 }, async () => {
  const { root, run, fill } = createCliWorkspace({ '.env': tokens });
  expect(await run('open', '--view')).toMatchObject({
    code: 1,
    err: expect.stringContaining('Start it with `jvagent start`'),
  });
  await fill(findItem);
  // Whether we took it or somebody else has it, the usual port is taken.
  await takePort(7_460);
  const { url, way, stop } = await startUp(root);
  expect(url).not.toContain(':7460');
  expect(way).toBe('(`jvagent open` logs you in)');
  expect(JSON.parse((await run('status', '--json')).out)).toMatchObject({ nodes: [{ pid: process.pid, url }] });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const authorization = 'Bearer the-token-that-looks';
  expect(await (await fetch(`${url}/metrics`, { headers: { authorization } })).text()).toMatch(/^jvagent_\w+/m);

  async function visit(address: string) {
    const { origin, searchParams } = new URL(address);
    expect(origin).toBe(url);
    const form = new URLSearchParams(searchParams);
    const answer = await fetch(`${url}/login`, { method: 'POST', body: form, redirect: 'manual' });
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    return { status: answer.status, to: answer.headers.get('location'), cookie };
  }
  const { out } = await run('open');
  expect(out).toMatch(new RegExp(`^${acme} +http`, 'm'));
  const first = out.split('\n')[0] ?? '';
  const { status, to, cookie } = await visit(first);
  expect([status, to]).toEqual([303, '/']);
  expect((await fetch(`${url}/`, { headers: { cookie } })).status).toBe(200);
  expect((await visit(first)).status).toBe(401);
  const item = (await run('open', acme, '12')).out.split('\n');
  expect(item[1]).toContain('/_workitems/edit/12');
  expect(await visit(item[0] ?? '')).toMatchObject({ status: 303, to: `/items/${acme}/12` });
  const looking = await visit(
    (JSON.parse((await run('open', '--view', '--json')).out) as { dashboard: string }).dashboard,
  );
  const denied = await fetch(`${url}/api/pause`, { method: 'POST', headers: { cookie: looking.cookie } });
  expect(denied.status).toBe(403);

  const wrong = { headers: { authorization: 'Bearer no-token-of-it' } };
  async function openAfterWrongTokens() {
    while ((await fetch(`${url}/api/status`, wrong)).status === 401);
    return (await run('open')).err;
  }
  // A minute may end in between.
  await expect.poll(openAfterWrongTokens).toContain('too many wrong tokens came within this minute. Wait a minute.');

  const again = await run('start');
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('jvagent is already running') });
  await stop();
  expect((await run('open')).err).toContain('no platform runs');
});

test('a port that was named and is taken is refused before anything starts', async () => {
  const port = await takePort(0);
  for (const [files, flags] of [
    [{ '.env': `${tokens}JVAGENT_PORT=${port}\n` }, []],
    [{ '.env': `${tokens}JVAGENT_PORT=0\n` }, ['--port', String(port)]],
  ] as const) {
    const { run, path } = createCliWorkspace(files);
    const { code, out, err } = await run('start', ...flags);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`CONFIG_INVALID: port ${port} for the dashboard (JVAGENT_PORT) cannot be opened`);
    expect(err).toContain('--port');
    expect(existsSync(path('.jvagent'))).toBe(false);
  }
});

test('without tokens the platform runs, and says that nobody can log in', { timeout: 120_000 }, async () => {
  const { root, run } = createCliWorkspace();
  const { url, way, stop } = await startUp(root, '--port', '0');
  expect(way).toContain('nobody can log in yet');
  expect((await fetch(`${url}/`)).status).toBe(401);
  const { code, err } = await run('open');
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('JVAGENT_API_TOKEN is not set') });
  await stop();
});
