import { chmodSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ownEnvironment, programEnvironment, readSettings } from '../src/settings.ts';
import { createWorkspace } from './agents/workspace.ts';

test('without any setting there are defaults', () => {
  const { root } = createWorkspace();
  expect(readSettings({ env: { HOME: '/home/me' }, root })).toMatchObject({
    root,
    home: '/home/me',
    databaseUrl: undefined,
    sandboxUid: 20_001,
    allowLoopback: false,
  });
});

test('the environment wins over .env, and an empty value counts as none', () => {
  const { root } = createWorkspace({
    '.env': 'JVAGENT_PORT=8001\nJVAGENT_HOOK_PORT=8002\nJVAGENT_API_TOKEN=from-file\n',
  });
  const env = { JVAGENT_PORT: '9001', JVAGENT_API_TOKEN: '', JVAGENT_ALLOW_LOOPBACK: '1', JVAGENT_CRASH_AT: 'push:2' };
  expect(readSettings({ env, root })).toMatchObject({
    port: 9001,
    hookPort: 8002,
    apiToken: 'from-file',
    allowLoopback: true,
    crashAt: 'push:2',
  });
});

test('a given root wins over JVAGENT_ROOT', () => {
  const [one, other] = [createWorkspace(), createWorkspace()];
  expect(readSettings({ env: { JVAGENT_ROOT: one.root } })).toMatchObject({ root: one.root });
  expect(readSettings({ env: { JVAGENT_ROOT: one.root }, root: other.root })).toMatchObject({ root: other.root });
});

test('a .env that others can read, or that is a link, is refused', () => {
  const { root, path } = createWorkspace({ '.env': 'A=b' });
  chmodSync(path('.env'), 0o644);
  expect(readSettings({ env: {}, root })).toMatchObject({
    refused: 'SECRETS_MODE',
    fix: expect.stringContaining('.env'),
  });
  const linked = createWorkspace();
  symlinkSync(path('.env'), linked.path('.env'));
  expect(readSettings({ env: {}, root: linked.root })).toMatchObject({ refused: 'SECRETS_LINK' });
});

test('bad settings are all named, their values are not', () => {
  const { root } = createWorkspace();
  const found = readSettings({ env: { JVAGENT_PORT: 'canary', DATABASE_URL: 'mysql://canary' }, root });
  expect(found).toMatchObject({ refused: 'CONFIG_INVALID' });
  for (const name of ['JVAGENT_PORT', 'DATABASE_URL']) expect(JSON.stringify(found)).toContain(name);
  expect(JSON.stringify(found)).not.toContain('canary');
});

test('programs get a path and nothing else from our environment', () => {
  expect(programEnvironment({ PATH: '/bin', AZDO_PAT: 'canary' })).toEqual({ PATH: '/bin', LANG: 'C.UTF-8' });
});

test("our further processes also find Node's compile cache, and nothing else", () => {
  const env = { PATH: '/bin', AZDO_PAT: 'canary', NODE_COMPILE_CACHE: '/c' };
  expect(ownEnvironment(env)).toEqual({ PATH: '/bin', LANG: 'C.UTF-8', NODE_COMPILE_CACHE: '/c' });
  expect(ownEnvironment({ PATH: '/bin' })).toEqual(programEnvironment({ PATH: '/bin' }));
});
