/** Which secrets an owner can give to the engine. */
import { expect, test } from 'vitest';
import { engineSecretFaults, engineSecretsOf } from '../../../src/agents/secrets/engine-secrets.ts';
import { createSecret } from '../../../src/agents/secrets/secrets.ts';
import { configOf } from '../../tools/turn.ts';

const values = {
  AZDO_PAT: 'the-pat-of-acme',
  MODEL_API_KEY: 'key-of-the-model',
  SMTP_URL: 'smtp://acme:pass-of-mail@mail.example.com',
  NPM_READ: 'token-of-npm',
  LICENCE: 'licence-of-acme',
  PAT_COPY: 'Bearer the-pat-of-acme',
  KEY_COPY: 'key-of-the-model',
  NPM_COPY: 'token-of-npm',
};
const secrets = new Map(Object.entries(values).map(([name, value]) => [name, createSecret(value)]));
const sandbox = { registries: [{ host: 'packages.example.com', tokenSecret: 'NPM_READ' }] };
const faultsOf = (...cliSecrets: string[]) =>
  engineSecretFaults(configOf({ cliSecrets, sandbox }), secrets).map(({ why }) => why);

test('only named secrets are given', () => {
  expect(faultsOf('LICENCE')).toEqual([]);
  expect(engineSecretsOf(configOf({ cliSecrets: ['LICENCE'] }), secrets)).toEqual({ LICENCE: 'licence-of-acme' });
  expect(engineSecretsOf(configOf(), secrets)).toEqual({});
});

test.each([
  'AZDO_PAT',
  'GIT_TOKEN',
  'INSTANCE_API_TOKEN',
  'SLACK_BOT_TOKEN',
  'ANTHROPIC_API_KEY',
  'MODEL_API_KEY',
  'NPM_READ',
  'SMTP_URL',
  'HTTPS_PROXY',
])('%s is never given to the engine', (name) => {
  expect(faultsOf('LICENCE', name)).toEqual([`${name} is never given to the engine`]);
});

test.each(['PAT_COPY', 'KEY_COPY', 'NPM_COPY'])('%s has the value of one of them', (name) => {
  expect(faultsOf(name)).toEqual([`${name} has the value of a secret that is never given to the engine`]);
});

test('a name that is not set says so', () => {
  expect(faultsOf('LISENCE')).toEqual(['LISENCE is not set in secrets.env']);
});

test.each([
  'PATH',
  'NODE_OPTIONS',
  'LD_PRELOAD',
  'BASH_ENV',
  'CLAUDE_CODE_USE_BEDROCK',
  'DISABLE_TELEMETRY',
  'NO_PROXY',
  'HOME',
  'PYTHONPATH',
  'NODE_EXTRA_CA_CERTS',
])('%s would control programs', (name) => {
  expect(faultsOf(name)).toEqual([`${name} would control the engine or its programs`]);
});
