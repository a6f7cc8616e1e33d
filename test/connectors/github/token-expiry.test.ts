import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { createGitHub } from '../../../src/connectors/github/github.ts';

const name = 'github-authentication-token-expiration';

/** A code host whose answers bear this header, after one of them. */
async function asked(headers: Record<string, string>) {
  const answer = () => Response.json({ login: 'agent' }, { headers });
  const http = { clock: systemClock, redact: (text: string) => text, fetch: async () => answer() };
  const host = createGitHub({
    apiUrl: 'https://api.github.com',
    owner: 'acme',
    repository: 'product',
    token: 'a-token-of-acme',
    http,
  });
  const before = host.tokenExpiresAt?.();
  await host.me();
  return [before, host.tokenExpiresAt?.()];
}

test('a token says with each answer when it expires, in UTC or with an offset', async () => {
  const at = Date.UTC(2026, 11, 6, 13);
  expect(await asked({ [name]: '2026-12-06 13:00:00 UTC' })).toEqual([undefined, at]);
  expect(await asked({ [name]: '2026-12-06 14:30:00 +0130' })).toEqual([undefined, at]);
});

test('a token that lasts says nothing, and what cannot be read is not known', async () => {
  expect(await asked({})).toEqual([undefined, null]);
  expect(await asked({ [name]: 'soon' })).toEqual([undefined, undefined]);
});
