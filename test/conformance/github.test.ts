import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownerAndRepository } from '../../src/connectors/github/github.ts';
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

test("GitHub's current rights decide who may steer; while it does not answer, nobody may", async () => {
  const branch = 'agent/30-rights';
  await world.push(branch);
  const number = await world.byHand.open(branch);
  await world.byHand.comment(number, 'engineer', 'please rename');
  const rights = async () => (await world.as('agent').notes(number)).map(({ maySteer }) => maySteer);
  expect(await rights()).toEqual([true]);
  const match = { path: '/collaborators/acme-engineer/permission' };
  for (const [permission, may] of [
    ['admin', true],
    ['read', false],
    ['none', false],
  ]) {
    world.faults.add({ target: 'github', match, times: 1, do: { status: 200, body: { permission } } });
    expect(await rights(), `${permission}`).toEqual([may]);
  }
  world.faults.add({ target: 'github', match, times: 1, do: { status: 404, body: { message: 'Not Found' } } });
  expect(await rights()).toEqual([false]);
  const body = { message: 'Must have push access to view collaborator permission.' };
  world.faults.add({ target: 'github', match, times: 1, do: { status: 403, body } });
  expect(await factsOf(world.as('agent').notes(number))).toMatchObject({ kind: 'auth', status: 403 });
});

test('rights are asked only for authors of new comments', async () => {
  const branch = 'agent/31-heard';
  await world.push(branch);
  const number = await world.byHand.open(branch);
  await world.byHand.comment(number, 'engineer', 'please rename');
  const heard = new Set((await world.as('agent').notes(number)).map(({ id }) => id));
  const before = world.faults.requests().length;
  expect(await world.as('agent').notes(number, heard)).toEqual([]);
  const asked = world.faults.requests().slice(before);
  expect(asked.filter(({ path }) => path.includes('/collaborators/'))).toEqual([]);
});
