/** What `start` refuses before anything begins: addresses of two worlds, a path that opens others, and doing without the sandbox. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { customerConfig } from '../../agents/workspace.ts';
import { acme, createCliWorkspace, jvagent } from '../fixture.ts';
import { pressCtrlC } from '../press-ctrl-c.ts';

const loopback = 'http://127.0.0.1:9';
const { devops, git, instance } = customerConfig('acme');
const emulated = {
  devops: { ...devops, baseUrl: loopback },
  git: { ...git, apiUrl: loopback },
  instance: { ...instance, url: loopback },
};

test.each([
  ['the board', { devops: { ...emulated.devops, baseUrl: 'https://dev.azure.com' } }, '', 'https://dev.azure.com'],
  ['the code host', { git: { ...emulated.git, apiUrl: 'https://api.github.com' } }, '', 'https://api.github.com'],
  [
    'the instance',
    { instance: { ...emulated.instance, url: 'https://acme.example.com' } },
    '',
    'https://acme.example.com',
  ],
  ['the repository', {}, 'GIT_REMOTE=https://example.com/acme/app.git\n', 'https://example.com/acme/app.git'],
])('with JVAGENT_ALLOW_LOOPBACK=1 %s in the real world is named, and nothing starts', async (_, more, secrets, url) => {
  const { run, path } = createCliWorkspace({
    '.env': 'JVAGENT_ALLOW_LOOPBACK=1\n',
    'codechange/acme/jvAgent.json': customerConfig('acme', { ...emulated, ...more }),
    'codechange/acme/secrets.env': `AZDO_PAT=pat-of-acme-1\n${secrets || `GIT_REMOTE=${loopback}/acme/app.git\n`}`,
  });
  const { code, err } = await run('start');
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringContaining(`codechange/acme: ${url} is not on loopback`),
  });
  expect(existsSync(path('.jvagent'))).toBe(false);
});

test('a workspace path that Node would read as a wildcard is refused, also behind a link', async () => {
  const { path } = createCliWorkspace();
  mkdirSync(path('custom*rs'));
  symlinkSync('custom*rs', path('customers'));
  for (const name of ['custom*rs', 'customers']) {
    const { code, err } = await jvagent('--root', path(name), 'start');
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining(`${path('custom*rs')} has a * in its path`),
    });
    expect(readdirSync(path('custom*rs'))).toEqual([]);
  }
});

test('no switch lets an engine out of its sandbox', async () => {
  const { run, path } = createCliWorkspace();
  for (const flag of ['--unsafe-no-sandbox', '--no-sandbox', '--unsafe']) {
    const { code, err } = await run('start', flag);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('unknown option') });
  }
  expect(existsSync(path('.jvagent'))).toBe(false);
});

test('if another program has the port for hooks, nothing starts, and the port and the fix are named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { run } = createCliWorkspace({ '.env': `JVAGENT_HOOK_KEY=a-key-of-hooks\nJVAGENT_HOOK_PORT=${port}\n` });
  const refused = await run('start');
  expect(refused).toEqual({ code: 1, out: '', err: expect.stringContaining(`port ${port} for hooks`) });
  expect(refused.err).toContain('Set JVAGENT_HOOK_PORT');
  // The state is free again.
  expect((await run('status', '--json')).out).toContain('"nodes": []');
});

test('start looks at a board soon, whatever its schedule, and not at that of an agent without a heartbeat', async () => {
  const agent = (name: string, port: number, more: object) => {
    const { devops, git, instance } = customerConfig(name);
    const url = `http://127.0.0.1:${port}`;
    const places = {
      devops: { ...devops, baseUrl: url },
      git: { ...git, apiUrl: loopback },
      instance: { ...instance, url },
    };
    return customerConfig(name, { ...places, autoRun: { enabled: true }, ...more });
  };
  const { run, fill } = createCliWorkspace({
    '.env': 'JVAGENT_ALLOW_LOOPBACK=1\n',
    'codechange/acme/jvAgent.json': agent('acme', 8, { heartbeat: '0 0 1 1 *' }),
    'codechange/acme/secrets.env': `AZDO_PAT=pat-of-acme-1\nGIT_REMOTE=${loopback}/acme/app.git\n`,
    'codechange/globex/jvAgent.json': agent('globex', 7, {}),
    'codechange/globex/secrets.env': `GIT_REMOTE=${loopback}/globex/app.git\n`,
  });
  const ended = run('start');
  const looked = (id: string) => fill(async ({ sessions }) => (await sessions.list(id)).length > 0);
  const isOver = ended.then((outcome) => expect(outcome).toEqual('still running'));
  while (!(await looked(acme))) await Promise.race([systemClock.sleep(100), isOver]);
  expect(await looked('codechange/globex')).toBe(false);
  pressCtrlC();
  expect((await ended).code).toBe(0);
});
