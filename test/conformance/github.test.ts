import { afterAll, expect, test } from 'vitest';
import { createFaults } from '../../emulators/control/faults.ts';
import { type Listener, listen } from '../../src/base/http.ts';
import { createGitHub, ownerAndRepository } from '../../src/connectors/github.ts';
import { startGitWorld } from '../emulators/git-world.ts';
import { factsOf, httpFor, permit } from './connector-world.ts';

const world = await startGitWorld();
const listeners: Listener[] = [];
afterAll(() => Promise.all([world.close(), ...listeners.map((listener) => listener.close())]));

const faults = createFaults();
const github = async (token = 'acme-agent-token', wrapped = false) => {
  const at = wrapped ? await listen(faults.wrap('github', world.github.fetch)) : undefined;
  if (at) listeners.push(at);
  const apiUrl = at?.url ?? world.apiUrl;
  return createGitHub({ apiUrl, owner: 'acme', repository: 'jsonpointer', token, http: httpFor(token) });
};
const shaOf = async (branch: string) => (await world.repository.branches()).get(branch) ?? '';
const openPermit = (branch: string, sha: string) => permit('open-pr', { branch, sha });

/** A pushed branch with its pull request, opened without the connector, which spaces them seconds apart as GitHub asks. */
async function opened(branch: string) {
  await world.pushBranch(branch, `${branch.replaceAll('/', '-')}.txt`, 'x\n');
  const { number } = await byHand('POST', '/pulls', { title: 't', head: branch, base: 'customer/acme' }, 'agent');
  return { number: Number(number), host: await github() };
}

async function byHand(method: string, path: string, body: unknown, role = 'engineer') {
  const response = await fetch(`${world.apiUrl}/repos/acme/jsonpointer${path}`, {
    method,
    headers: {
      authorization: `Bearer acme-${role}-token`,
      'user-agent': 'test',
      accept: 'application/vnd.github+json',
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Record<string, unknown>;
}

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

test('a pull request is opened once, found again, and knows its head', async () => {
  const host = await github();
  const [branch, base] = ['agent/7-guard', 'customer/acme'];
  expect(await host.me()).toBe('acme-agent');
  expect(await host.find(branch, base)).toBeUndefined();
  await world.pushBranch(branch, 'guard.txt', 'x\n');
  const sha = await shaOf(branch);
  const draft = { branch, sha, base, title: 'fix: guard', body: 'AB#7', draft: true };
  const pull = await host.open(openPermit(branch, sha), draft);
  expect(pull).toMatchObject({ state: 'open', draft: true, branch, base, headSha: sha });
  expect(pull).not.toHaveProperty('mergedSha');
  expect(await host.find(branch, base)).toEqual(pull);
  expect(await host.find(branch, 'main')).toBeUndefined();
  expect(await host.open(openPermit(branch, sha), draft)).toEqual(pull);
});

test('a pull request without any change is refused', async () => {
  const host = await github();
  const sha = await shaOf('customer/acme');
  const draft = { branch: 'customer/acme', sha, base: 'customer/acme', title: 't', body: '', draft: false };
  const facts = await factsOf(host.open(openPermit('customer/acme', sha), draft));
  expect(facts).toMatchObject({ kind: 'refused', status: 422 });
});

test('a permit for another branch or commit opens nothing', async () => {
  const host = await github();
  const draft = { branch: 'b', sha: 'c', base: 'customer/acme', title: 't', body: '', draft: false };
  for (const wrong of [openPermit('b', 'other'), permit('push', { branch: 'b', sha: 'c' })]) {
    expect(await factsOf(host.open(wrong, draft))).toMatchObject({ kind: 'refused', typeKey: 'GATE_TENANT' });
  }
});

test.each(['merge', 'squash', 'rebase'])('merged by %s is merged, with the commit it left', async (method) => {
  const { number, host } = await opened(`agent/8-${method}`);
  await byHand('PUT', `/pulls/${number}/merge`, { merge_method: method });
  const mergedSha = await shaOf('customer/acme');
  expect(await host.get(number)).toMatchObject({ state: 'merged', mergedBy: 'acme-engineer', mergedSha });
});

test('closed without a merge is closed, and has no merged commit', async () => {
  const { number, host } = await opened('agent/9-closed');
  await byHand('PATCH', `/pulls/${number}`, { state: 'closed' });
  const closed = await host.get(number);
  expect(closed.state).toBe('closed');
  expect(closed).not.toHaveProperty('mergedSha');
});

test('what people say comes oldest first, with whether they may steer', async () => {
  const { number, host } = await opened('agent/10-said');
  await byHand('POST', `/issues/${number}/comments`, { body: 'please rename' });
  await byHand('POST', `/pulls/${number}/reviews`, { event: 'REQUEST_CHANGES', body: 'no tests' });
  await byHand('POST', `/pulls/${number}/reviews`, { event: 'APPROVE' });
  const notes = await host.notes(number);
  expect(notes.map(({ at }) => at)).toEqual(notes.map(({ at }) => at).sort((a, b) => a - b));
  expect(notes.map(({ kind, by, text, maySteer }) => [kind, by, text, maySteer]).sort()).toEqual([
    ['approved', 'acme-engineer', '', true],
    ['changes-requested', 'acme-engineer', 'no tests', true],
    ['comment', 'acme-engineer', 'please rename', true],
  ]);
});

test('another tenant, a dead token and a missing right are told apart', async () => {
  expect(await factsOf((await github('globex-agent-token')).get(1))).toMatchObject({ kind: 'missing' });
  expect(await factsOf((await github('dead-token-123')).get(1))).toMatchObject({ kind: 'auth', status: 401 });
  const draft = { branch: 'main', sha: 'c', base: 'customer/acme', title: 't', body: '', draft: true };
  const reader = await github('acme-reader-token');
  expect(await factsOf(reader.open(openPermit('main', 'c'), draft))).toMatchObject({ kind: 'auth', status: 403 });
});

test('a lost answer to open is not sent again; find shows that it was done', async () => {
  const host = await github('acme-agent-token', true);
  const branch = 'agent/12-lost';
  await world.pushBranch(branch, 'lost.txt', 'x\n');
  const sha = await shaOf(branch);
  faults.add({ target: 'github', match: { method: 'POST' }, do: { dropAnswer: true, afterCommit: true } });
  const draft = { branch, sha, base: 'customer/acme', title: 't', body: '', draft: true };
  const facts = await factsOf(host.open(openPermit(branch, sha), draft));
  expect(facts).toMatchObject({ kind: 'unreachable', maybeDone: true });
  expect(faults.requests().filter(({ method }) => method === 'POST')).toHaveLength(1);
  expect(await host.find(branch, 'customer/acme')).toMatchObject({ state: 'open', headSha: sha });
});

test('a limit on a write is told and not waited for; a failing read is tried again', async () => {
  const host = await github('acme-agent-token', true);
  faults.clear();
  const headers = { 'retry-after': '60' };
  const body = { message: 'You have exceeded a secondary rate limit' };
  faults.add({ target: 'github', match: { method: 'POST' }, do: { status: 403, headers, body } });
  const draft = { branch: 'b', sha: 'c', base: 'main', title: 't', body: '', draft: true };
  const facts = await factsOf(host.open(openPermit('b', 'c'), draft));
  expect(facts).toMatchObject({ kind: 'limited', retryAfterMs: 60_000 });
  faults.add({ target: 'github', match: { path: '/user' }, times: 1, do: { status: 502, body: {} } });
  expect(await host.me()).toBe('acme-agent');
});
