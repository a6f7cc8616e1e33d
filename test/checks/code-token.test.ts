import { expect, test } from 'vitest';
import { codeToken } from '../../src/checks/code-host.ts';
import type { Connected } from '../../src/checks/own-agent.ts';
import { only } from '../only.ts';

const [now, dayMs] = [Date.UTC(2026, 10, 20, 12), 86_400_000];

/** What the check says of a token that the code host says this of. */
function said(tokenExpiresAt: number | null | undefined) {
  const codeHost = { me: async () => 'agent-of-acme', tokenExpiresAt: () => tokenExpiresAt };
  const http = only<Connected['connections']['http']>('http', { clock: { now: () => now, sleep: async () => {} } });
  const connections = only<Connected['connections']>('connections', {
    codeHost: only<Connected['connections']['codeHost']>('codeHost', codeHost),
    http,
  });
  return codeToken(only<Connected>('own', { connections }));
}

test('a token that expires within a week is a warning, and one that lasts longer says until when', async () => {
  expect(await said(undefined)).toBe('GIT_TOKEN belongs to agent-of-acme');
  expect(await said(null)).toBe('GIT_TOKEN belongs to agent-of-acme');
  expect(await said(now + 8 * dayMs)).toBe('GIT_TOKEN belongs to agent-of-acme, and expires at 2026-11-28 12:00 UTC');
  expect(await said(now + 7 * dayMs)).toMatchObject({
    status: 'warn',
    what: expect.stringContaining('2026-11-27 12:00'),
  });
});
