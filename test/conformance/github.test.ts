import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownerAndRepository } from '../../src/connectors/github/github.ts';
import { type CodeHostWorld, codeHostCases, openPermit } from './code-host.ts';
import { factsOf, permit } from './connector-world.ts';
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

test('every list is read to its end: a status and a comment on its second page are seen', async () => {
  const branch = 'agent/31-pages';
  await world.push(branch);
  const number = await world.byHand.open(branch);
  const host = world.as('agent');
  const { headSha } = await host.get(number);
  for (let nth = 1; nth <= 101; nth += 1) {
    await world.byHand.comment(number, 'engineer', `word ${nth}`);
    await world.byHand.check(number, `shard ${nth}`, nth === 101 ? 'failed' : 'passed', `${nth}`, headSha);
  }
  const texts = (await host.notes(number)).map(({ text }) => text);
  expect(texts).toEqual(expect.arrayContaining(['word 1', 'word 101']));
  const checks = await host.checks(await host.get(number));
  expect(checks).toHaveLength(101);
  expect(checks.filter(({ state }) => state !== 'passed').map(({ name }) => name)).toEqual(['shard 101']);
});

/** Answers the check runs of one page, the same on each page that is asked for. */
function checkRuns(count: number, total: number, headers: Record<string, string> = {}, times?: number) {
  const check_runs = Array.from({ length: count }, (_, n) => ({ name: `run ${n}`, conclusion: 'success' }));
  const answer = { status: 200, headers, body: { total_count: total, check_runs } };
  const match = { method: 'GET', path: '/check-runs' };
  world.faults.add({ target: 'github', match, do: answer, ...(times ? { times } : {}) });
}

test('a list that was cut is never all green: what was not read is unknown, and says so', async () => {
  const branch = 'agent/32-cut';
  await world.push(branch);
  const number = await world.byHand.open(branch);
  const unknown = async () => {
    const checks = await world.as('agent').checks(await world.as('agent').get(number));
    world.faults.clear();
    return checks.filter(({ state }) => state === 'unknown').map(({ name }) => name);
  };
  checkRuns(3, 4);
  expect(await unknown()).toEqual(['check runs beyond the first 3']);
  const next =
    '<https://api.github.example/elsewhere?page=2&after=x>; rel="next", <https://x.example/?page=9>; rel="last"';
  checkRuns(2, 2, { link: next });
  expect(await unknown()).toEqual(['check runs beyond the first 100']);
  checkRuns(2, 2);
  expect(await unknown()).toEqual([]);
});

test('comments that are more than can be read are not taken for all', async () => {
  const link = '<https://api.github.example/x?page=2>; rel="next"';
  const match = { method: 'GET', path: '/issues/1/comments' };
  world.faults.add({ target: 'github', match, do: { status: 200, headers: { link }, body: [] } });
  expect(await factsOf(world.as('agent').notes(1))).toMatchObject({ kind: 'failed' });
  world.faults.clear();
});

test('a reviewer with a slash is a team', async () => {
  const host = world.as('agent');
  await world.push('agent/31-team');
  const number = await world.byHand.open('agent/31-team');
  const toAsk = () => permit('ask-review', { pullRequest: number });
  await host.addReviewer(toAsk(), number, 'acme/maintainers');
  expect(await host.isReviewer(number, 'acme/Maintainers')).toBe(true);
  expect(await host.isReviewer(number, 'maintainers')).toBe(false);
  expect(await factsOf(host.addReviewer(toAsk(), number, 'acme/strangers'))).toMatchObject({
    kind: 'refused',
    status: 422,
  });
});
