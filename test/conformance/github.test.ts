import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownerAndRepository } from '../../src/connectors/github.ts';
import { type CodeHostWorld, codeHostCases, openPermit } from './code-host.ts';
import { factsOf } from './connector-world.ts';
import { startGitHubWorld } from './github-world.ts';

codeHostCases('GitHub', startGitHubWorld);

let world: CodeHostWorld;
beforeAll(async () => {
  world = await startGitHubWorld();
});
afterAll(() => world.close());

test('owner and repository are read from any form of a remote', () => {
  const expected = { owner: 'acme', repository: 'app' };
  for (const remote of [
    'https://github.com/acme/app.git',
    'git@github.com:acme/app.git',
    'http://127.0.0.1:1/acme/app/',
  ]) {
    expect(ownerAndRepository(remote)).toEqual(expected);
  }
  expect(ownerAndRepository('nonsense')).toBeUndefined();
});

test('a pull request without any change is refused', async () => {
  const branch = 'customer/acme';
  const sha = await world.shaOf(branch);
  const draft = { branch, sha, base: branch, title: 't', body: '', draft: false };
  const facts = await factsOf(world.as('agent').open(openPermit(branch, sha), draft));
  expect(facts).toMatchObject({ kind: 'refused', status: 422 });
});

test('a limit that is said with 403 is a limit, and not a missing right', async () => {
  const headers = { 'retry-after': '60' };
  const body = { message: 'You have exceeded a secondary rate limit' };
  world.faults.add({ target: 'github', match: { method: 'POST' }, times: 1, do: { status: 403, headers, body } });
  const draft = { branch: 'b', sha: 'c', base: 'main', title: 't', body: '', draft: true };
  const facts = await factsOf(world.as('agent').open(openPermit('b', 'c'), draft));
  expect(facts).toMatchObject({ kind: 'limited', retryAfterMs: 60_000 });
});
