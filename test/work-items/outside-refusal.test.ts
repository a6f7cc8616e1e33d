import { expect, test } from 'vitest';
import { OutsideError, type OutsideErrorFacts } from '../../src/base/errors.ts';
import { outsideRefusal } from '../../src/work-items/outside-refusal.ts';

const refusalFor = (facts: Partial<OutsideErrorFacts>) =>
  outsideRefusal(
    new OutsideError('it failed', { system: 'instance acme', request: 'GET /version', kind: 'auth', ...facts }),
    'codechange/acme',
  );

test.each(['AZDO_PAT', 'GIT_TOKEN', 'INSTANCE_API_TOKEN'])('a dead %s is named with its file', (token) => {
  expect(refusalFor({ token, status: 401 })).toEqual({
    refused: 'OUTSIDE_AUTH',
    why: 'it failed',
    fix: `Replace ${token} in codechange/acme/secrets.env: the token is wrong, expired or revoked.`,
    token,
  });
});

test('a token that may too little is told from a dead one', () => {
  expect(refusalFor({ token: 'GIT_TOKEN', status: 403 }).fix).toContain('the missing right');
});

test.each([
  ['limited', 'OUTSIDE_LIMITED'],
  ['conflict', 'OUTSIDE_CONFLICT'],
  ['missing', 'OUTSIDE_REFUSED'],
  ['unreachable', 'OUTSIDE_UNREACHABLE'],
  ['auth', 'OUTSIDE_AUTH'],
] as const)('%s without a token is %s', (kind, code) => {
  expect(refusalFor({ kind })).toMatchObject({ refused: code, why: 'it failed' });
  expect(refusalFor({ kind }).token).toBeUndefined();
});
