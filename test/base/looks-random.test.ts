import fc from 'fast-check';
import { expect, test } from 'vitest';
import { looksRandom } from '../../src/base/looks-random.ts';

const digits = '0123456789';
const small = 'abcdefghijklmnopqrstuvwxyz';
const letters = small + small.toUpperCase();

/** Keys as machines make them, with their usual lengths. */
const alphabets: [string, string, number][] = [
  ['hex', `${digits}abcdef`, 32],
  ['capital hex', `${digits}ABCDEF`, 40],
  ['base 32', `${small}234567`, 52],
  ['base 36', digits + small, 25],
  ['base 62', digits + letters, 36],
  ['base64', `${digits}${letters}+/`, 40],
  ['base64url', `${digits}${letters}-_`, 43],
];

test.each(alphabets)('a key in %s looks random', (_, alphabet, length) => {
  const key = fc.array(fc.constantFrom(...alphabet), { minLength: length, maxLength: length });
  const keys = fc.sample(key, { numRuns: 2_000, seed: 7 }).map((chars) => chars.join(''));
  const missed = keys.filter((text) => !looksRandom(text));
  expect(missed.length / keys.length).toBeLessThan(0.003);
});

test.each([
  'https://hooks.slack.com/services/T00000000/B00000000/k3Jd8sP2qLm9XzR4tVbN7wYc',
  'postgres://app:k3Jd8sP2qLm9XzR4tVbN7wYc@db.example.com/app',
  'Bearer k3Jd8sP2qLm9XzR4tVbN7wYc',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
  'canary-acme-k1x9q0z7h2m4bt8w3',
])('%s looks random', (value) => {
  expect(looksRandom(value)).toBe(true);
});

test.each([
  'acme-software-solutions-gmbh',
  'AcmeImplementation_Produktion_2024',
  'CustomerBillingPortalService',
  'https://dev.azure.com/acme/Web%20Shop/_git/app',
  'https://github.com/acme-industries/customer-billing-portal.git',
  'https://app-k8s7f3e2d1c9b8a7.azurecontainerapps.io',
  'https://d111111abcdef8.cloudfront.net/index',
  'feature/ABC-1234-add-login-page-for-customers',
  'backup-20261128T101500Z',
  '2026-11-28T10:00:00.000Z',
  'The quick brown fox jumps over the lazy dog',
  'Bundesversicherungsanstalt fuer Angestellte',
  'Hyvinkaan-kaupunginkirjasto-palvelut',
  'arn:aws:iam::123456789012:role/administrator',
  'eu-west-1,eu-central-1,us-east-1',
  '/var/lib/postgresql/16/main/pg_hba.conf',
  'erin.engineer@acme.example.com',
  '+49 89 1234567 / +49 170 12345678',
  '00000000000000000000000',
  '6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c',
  'https://dev.azure.com/acme/6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c/_git/app',
  'eu',
  'k3Jd8sP2qLm9XzR4tVb',
])('%s is read by people, or too short', (value) => {
  expect(looksRandom(value)).toBe(false);
});
