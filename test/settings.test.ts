import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isRefusal } from '../src/refusal.ts';
import { createAuthority } from '../src/sandbox/certificate.ts';
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

test.each([
  ['mysql://u:canary@h/d', 'it must have the form postgres://USER'],
  ['u:canary@h/d', 'it must have the form postgres://USER'],
  ['postgres://u:canary#x@h/d', '# is written as %23'],
  ['postgres://u:canary/x@h/d', '/ as %2F'],
  ['postgres://u:12#canary@h/d', '# is written as %23'],
  ['postgres://u:12/canary@h/d', '/ as %2F'],
  ['postgres://u:canary@h/d?sslmode=bogus', 'its sslmode is none of disable, no-verify, verify-full'],
  ['postgres://u:canary@h/d?sslmode=require', 'write sslmode=verify-full instead of sslmode=require'],
])('a wrong DATABASE_URL says what is wrong, without the password: %#', (DATABASE_URL, why) => {
  const { root } = createWorkspace();
  const found = readSettings({ env: { DATABASE_URL }, root });
  expect(found).toMatchObject({ refused: 'CONFIG_INVALID', why: expect.stringContaining(why) });
  expect(JSON.stringify(found)).not.toContain('canary');
});

test.each(['', '?sslmode=verify-full&sslrootcert=/ca.pem', '?sslmode=require&uselibpqcompat=true'])(
  'a sound DATABASE_URL is taken: %j',
  (end) => {
    const DATABASE_URL = `postgresql://u:a%23b@h:5433/d${end}`;
    expect(readSettings({ env: { DATABASE_URL }, root: createWorkspace().root })).toMatchObject({
      databaseUrl: DATABASE_URL,
    });
  },
);

test('the way out is read from .env and the environment, there in lower case too', () => {
  const { root, path } = createWorkspace();
  const [one, other] = [createAuthority(Date.now()).certificate.trim(), createAuthority(Date.now()).certificate.trim()];
  writeFileSync(path('ca.pem'), `the company's\n${one}\n\n${other}\n`);
  const dotEnv = `HTTPS_PROXY=http://from-file:1\nNO_PROXY=.corp.example\nno_proxy=ignored\nNODE_EXTRA_CA_CERTS=${path('ca.pem')}\n`;
  writeFileSync(path('.env'), dotEnv, { mode: 0o600 });
  const outboundOf = (env: Record<string, string>) => readSettings({ env, root });
  expect(outboundOf({})).toMatchObject({
    outbound: {
      httpsProxy: 'http://from-file:1',
      noProxy: '.corp.example',
      authorities: [one, other],
      authorityFile: path('ca.pem'),
    },
  });
  expect(
    outboundOf({ https_proxy: 'http://lower:1', http_proxy: 'http://plain:1', no_proxy: 'x.example' }),
  ).toMatchObject({
    outbound: { httpsProxy: 'http://lower:1', httpProxy: 'http://plain:1', noProxy: 'x.example' },
  });
  const both = { https_proxy: 'http://lower:1', HTTPS_PROXY: 'http://me:pw@upper:1' };
  expect(outboundOf(both)).toMatchObject({ outbound: { httpsProxy: 'http://me:pw@upper:1' } });
});

test('a bad proxy and a bad file of certificates are refused with what is wrong, without a password', () => {
  const { root, path } = createWorkspace();
  writeFileSync(path('none.pem'), 'no certificate');
  writeFileSync(path('broken.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  const whyNot = (env: Record<string, string>) => {
    const read = readSettings({ env, root });
    return isRefusal(read) ? read.why : 'no refusal';
  };
  for (const value of [
    'me:canary@proxy.example:8080',
    'socks5://me:canary@proxy.example',
    'http://me:canary@proxy.example/x',
    'http://me:can/canary@proxy.example:8080',
    'http://me:80#canary@proxy.example:8080',
    'http://me:80?canary@proxy.example:8080',
    'no url with canary',
  ])
    expect(whyNot({ HTTPS_PROXY: value })).toMatch(
      /^HTTPS_PROXY: must (be a url such as|end with the port)(?!.*canary)/,
    );
  expect(whyNot({ NODE_EXTRA_CA_CERTS: 'ca.pem' })).toBe(
    'NODE_EXTRA_CA_CERTS: must be the whole path of a file, from / on',
  );
  for (const [file, why] of [
    ['gone.pem', 'which is missing or cannot be read'],
    ['none.pem', 'which has no certificate in PEM form'],
    ['broken.pem', 'whose certificate 1 is broken'],
  ] as const)
    expect(whyNot({ NODE_EXTRA_CA_CERTS: path(file) })).toBe(
      `NODE_EXTRA_CA_CERTS: names the file ${path(file)}, ${why}`,
    );
});

test('programs get a path and nothing else from our environment', () => {
  expect(programEnvironment({ PATH: '/bin', AZDO_PAT: 'canary' })).toEqual({ PATH: '/bin', LANG: 'C.UTF-8' });
});

test("our further processes also find Node's compile cache, and nothing else", () => {
  const env = { PATH: '/bin', AZDO_PAT: 'canary', NODE_COMPILE_CACHE: '/c' };
  expect(ownEnvironment(env)).toEqual({ PATH: '/bin', LANG: 'C.UTF-8', NODE_COMPILE_CACHE: '/c' });
  expect(ownEnvironment({ PATH: '/bin' })).toEqual(programEnvironment({ PATH: '/bin' }));
});
