/** What `start` refuses before anything begins: addresses of two worlds, a path that opens others, and doing without the sandbox. */
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { customerConfig } from '../../agents/workspace.ts';
import { createCliWorkspace, jvagent } from '../fixture.ts';

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
