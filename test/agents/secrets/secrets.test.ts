import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createSecret, readSecrets } from '../../../src/agents/secrets/secrets.ts';
import { isRefusal } from '../../../src/refusal.ts';
import { createWorkspace } from '../workspace.ts';

function read(text: string) {
  return readSecrets(createWorkspace({ 'acme/secrets.env': text }).path('acme'));
}

test('a secret shows itself only on reveal', () => {
  const secret = createSecret('canary-7');
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
  ];
  for (const text of shown) {
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('canary');
  }
  expect(secret.reveal()).toBe('canary-7');
});

test('names and values are read as dotenv, empty ones are left out', () => {
  const found = read('# token\nAZDO_PAT="a b"\nINSTANCE_API_TOKEN=Bearer x=y\nEMPTY=\n');
  if (isRefusal(found)) throw new Error(found.why);
  expect([...found.secrets].map(([name, secret]) => [name, secret.reveal()])).toEqual([
    ['AZDO_PAT', 'a b'],
    ['INSTANCE_API_TOKEN', 'Bearer x=y'],
  ]);
});

test('no file means no secrets', () => {
  expect(readSecrets(createWorkspace().root)).toMatchObject({ secrets: new Map() });
});

test.each([0o644, 0o640, 0o604, 0o660])('mode %o is refused', (mode) => {
  const { path } = createWorkspace({ 'acme/secrets.env': 'A=b' });
  chmodSync(path('acme/secrets.env'), mode);
  expect(readSecrets(path('acme'))).toMatchObject({ refused: 'SECRETS_MODE' });
});

test('a link, a second name and a folder are refused', () => {
  const { path } = createWorkspace({ 'real.env': 'A=b', 'linked/x': '', 'named/x': '' });
  symlinkSync(path('real.env'), path('linked/secrets.env'));
  linkSync(path('real.env'), path('named/secrets.env'));
  mkdirSync(path('folder/secrets.env'), { recursive: true });
  for (const folder of ['linked', 'named', 'folder']) {
    expect(readSecrets(path(folder)), folder).toMatchObject({ refused: 'SECRETS_LINK' });
  }
});

test.each(['PATH', 'NODE_OPTIONS', 'LD_PRELOAD', 'GIT_SSH_COMMAND', 'ANTHROPIC_BASE_URL'])(
  '%s is refused by name, its value unsaid',
  (name) => {
    const found = read(`GIT_TOKEN=ok\n${name}=canary-8`);
    const message = expect.stringContaining(name);
    expect(found).toMatchObject({ slips: [{ level: 'fault', line: 2, message }] });
    expect(JSON.stringify(found)).not.toContain('canary');
  },
);

test('a remote with a password in it is refused; a user name alone is dropped', () => {
  const message = 'has a password in GIT_REMOTE';
  const refused = read('GIT_REMOTE=https://me:canary@example.com/x.git');
  expect(refused).toMatchObject({ slips: [{ level: 'fault', line: 1, message }] });
  const named = read('GIT_REMOTE=https://yourorg@dev.azure.com/yourorg/My%20Shop/_git/app');
  if (isRefusal(named)) throw new Error(named.why);
  expect(named.slips).toEqual([]);
  expect(named.secrets.get('GIT_REMOTE')?.reveal()).toBe('https://dev.azure.com/yourorg/My%20Shop/_git/app');
});

test('text that is not UTF-8 is refused, as some editors write it', () => {
  const { path } = createWorkspace({ 'acme/secrets.env': '' });
  writeFileSync(path('acme/secrets.env'), '\ufeffAZDO_PAT=abc', 'utf16le');
  expect(readSecrets(path('acme'))).toMatchObject({ refused: 'SECRETS_KEY', why: 'is not UTF-8 text' });
});
