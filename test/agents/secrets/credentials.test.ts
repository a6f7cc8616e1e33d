/** What of secrets.env is secret. */
import { expect, test } from 'vitest';
import { isCopy, secretsToHide, shortCredentials } from '../../../src/agents/secrets/credentials.ts';
import { guardOf } from '../../../src/agents/secrets/secret-names.ts';
import { createSecret } from '../../../src/agents/secrets/secrets.ts';

const random = 'k3Jd8sP2qLm9XzR4tVbN7wYc';
const config = { sandbox: { domains: [], domainsInTurn: false, readOnly: [], registries: [] } };
const withRegistry = {
  sandbox: { ...config.sandbox, registries: [{ host: 'packages.example.com', tokenSecret: 'NPM_READ' }] },
};

const secretsOf = (values: Record<string, string>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, createSecret(value)]));
const hidden = (values: Record<string, string>, of: Parameters<typeof secretsToHide>[1] = config) =>
  secretsToHide(secretsOf(values), of).map(({ name, value }) => `${name}: ${value}`);

test.each([
  'AZDO_PAT',
  'GIT_TOKEN',
  'INSTANCE_API_TOKEN',
  'MODEL_API_KEY',
  'SLACK_BOT_TOKEN',
  'SLACK_APP',
  'CRM_TOKEN',
  'MAIL_PASSWORD',
  'SigningSecret',
  'apikey',
  'OTHER_PAT',
])('%s names a credential, whatever its value looks like', (name) => {
  expect(hidden({ [name]: 'production' })).toEqual([`${name}: production`]);
});

test('places, names and settings are plain text, and never a fault', () => {
  const values = {
    AZDO_ORG: 'acme',
    AZDO_PROJECT: 'AcmeImplementation',
    GIT_REMOTE: 'https://github.com/acme-industries/customer-billing-portal.git',
    INSTANCE_URL: 'https://billing.acme.example.com/api',
    REGION: 'eu',
    TENANT_ID: '6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c',
    SUPPORT_CONTACT: 'The people of Acme, reached at support@acme.example.com',
  };
  expect(hidden(values)).toEqual([]);
  expect(shortCredentials(secretsOf(values), config)).toEqual({ tooShort: [], short: [] });
});

test('any other value is hidden if it looks random, also after Bearer, and so is a password in it', () => {
  expect(hidden({ LICENCE: random, SESSION: `Bearer ${random}` })).toEqual([
    `LICENCE: ${random}`,
    `SESSION: Bearer ${random}`,
  ]);
  expect(hidden({ DATABASE_URL: `postgres://app:${random}@db.example.com/app` })).toEqual([
    `DATABASE_URL: postgres://app:${random}@db.example.com/app`,
    `DATABASE_URL: ${random}`,
  ]);
});

test('only the password of SMTP_URL is secret, as sent and as written', () => {
  expect(hidden({ SMTP_URL: 'smtps://acme:p%40ss-word@mail.example.com' })).toEqual([
    'SMTP_URL: p@ss-word',
    'SMTP_URL: p%40ss-word',
  ]);
  expect(hidden({ SMTP_URL: 'smtp://mail.example.com' })).toEqual([]);
  const secrets = secretsOf({ SMTP_URL: 'smtps://acme:p%40ss@mail.example.com' });
  expect(shortCredentials(secrets, config).tooShort).toEqual(['SMTP_URL']);
});

test('only the password of a proxy is secret, and a copy of it is recognized', () => {
  const url = 'http://jvagent:the-password@proxy.example:8080';
  expect(hidden({ HTTPS_PROXY: url, HTTP_PROXY: 'http://proxy.example:8080' })).toEqual(['HTTPS_PROXY: the-password']);
  expect(isCopy('the-password', secretsOf({ HTTPS_PROXY: url }), (name) => guardOf(name, config) !== undefined)).toBe(
    true,
  );
});

test("a registry's token is a credential under any name, and so is the password in its pair", () => {
  const pair = `Basic ${Buffer.from('reader:horse-staple').toString('base64')}`;
  expect(hidden({ NPM_READ: 'npm-read' })).toEqual([]);
  expect(hidden({ NPM_READ: pair }, withRegistry)).toEqual([`NPM_READ: ${pair}`, 'NPM_READ: horse-staple']);
  expect(shortCredentials(secretsOf({ NPM_READ: 'npm-1' }), withRegistry).tooShort).toEqual(['NPM_READ']);
});

test('a key of several lines is hidden line by line too', () => {
  const key = `-----BEGIN PRIVATE KEY-----\n${random}\n-----END PRIVATE KEY-----`;
  expect(hidden({ DEPLOY_KEY: key })).toEqual([`DEPLOY_KEY: ${key}`, `DEPLOY_KEY: ${random}`]);
});

test('credentials under 8 characters are too short, under 12 short; Bearer does not count', () => {
  const secrets = secretsOf({ A_KEY: '1234567', B_KEY: 'Bearer 1234567', C_KEY: '12345678', D_KEY: '123456789012' });
  expect(shortCredentials(secrets, config)).toEqual({ tooShort: ['A_KEY', 'B_KEY'], short: ['C_KEY'] });
});

test('a copy is recognized by its value, with or without Bearer', () => {
  const secrets = secretsOf({ AZDO_PAT: 'Bearer the-pat', SMTP_URL: 'smtp://u:the-password@h' });
  const isGuarded = (name: string) => secrets.has(name);
  for (const value of ['the-pat', 'Bearer the-pat', 'bearer  the-pat', 'the-password']) {
    expect(isCopy(value, secrets, isGuarded)).toBe(true);
  }
  expect(isCopy('the-path', secrets, isGuarded)).toBe(false);
});

test('a value that contains a guarded secret, such as an address or a pair, is a copy of it', () => {
  const secrets = secretsOf({ AZDO_PAT: `Bearer ${random}`, GIT_TOKEN: 'customer1' });
  const isGuarded = (name: string) => secrets.has(name);
  for (const value of [
    ` ${random}`,
    `https://any:${random}@packages.example.com/v3/index.json`,
    `Basic ${Buffer.from(`:${random}`).toString('base64')}`,
  ]) {
    expect(isCopy(value, secrets, isGuarded)).toBe(true);
  }
  expect(isCopy('https://customer1.example.com', secrets, isGuarded)).toBe(false);
});
