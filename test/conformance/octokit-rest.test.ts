import { Octokit } from '@octokit/rest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGitWorld } from '../emulators/git-world.ts';

// The emulator as a client sees it that nobody here wrote.
let world: Awaited<ReturnType<typeof startGitWorld>>;
beforeAll(async () => {
  world = await startGitWorld();
});
afterAll(() => world.close());

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const as = (role: string) =>
  new Octokit({ auth: `acme-${role}-token`, baseUrl: world.apiUrl, userAgent: 'conformance', log: quiet }).rest;
const repo = { owner: 'acme', repo: 'jsonpointer' };
const base = 'customer/acme';

test('a change goes from a pushed branch over review and squash to a commit on the base', async () => {
  const [agent, engineer] = [as('agent'), as('engineer')];
  expect((await agent.users.getAuthenticated()).data.login).toBe('acme-agent');
  const before = (await agent.repos.getBranch({ ...repo, branch: base })).data.commit.sha;
  await world.pushBranch('jv/7-fix', 'fix.txt', 'fixed\n');

  const wanted = { ...repo, head: 'jv/7-fix', base, title: 'fix: it (#7)', body: 'AB#7', draft: true };
  const { data: created } = await agent.pulls.create(wanted);
  expect(created).toMatchObject({ number: 1, draft: true, mergeable: null, merged: false, state: 'open' });
  await expect(agent.pulls.create(wanted)).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [{ message: 'A pull request already exists for acme:jv/7-fix.' }] } },
  });
  const { data: found } = await agent.pulls.list({ ...repo, state: 'all', head: 'acme:jv/7-fix', base });
  expect(found.map(({ number, head, merged_at }) => [number, head.ref, merged_at])).toEqual([[1, 'jv/7-fix', null]]);
  expect((await agent.pulls.list({ ...repo, head: 'acme:other' })).data).toEqual([]);

  await agent.pulls.requestReviewers({ ...repo, pull_number: 1, reviewers: ['acme-engineer'] });
  await agent.issues.addLabels({ ...repo, issue_number: 1, labels: ['agent'] });
  await expect(agent.pulls.createReview({ ...repo, pull_number: 1, event: 'APPROVE' })).rejects.toMatchObject({
    status: 422,
  });
  await engineer.pulls.createReview({ ...repo, pull_number: 1, event: 'APPROVE', body: 'good' });
  await engineer.issues.createComment({ ...repo, issue_number: 1, body: 'thanks' });
  const { data: reviews } = await agent.pulls.listReviews({ ...repo, pull_number: 1 });
  expect(reviews.map(({ state, user, commit_id }) => [state, user?.login, commit_id])).toEqual([
    ['APPROVED', 'acme-engineer', created.head.sha],
  ]);

  await expect(engineer.pulls.merge({ ...repo, pull_number: 1 })).rejects.toMatchObject({ status: 405 });
  await fetch(`${world.apiUrl}/acme/jsonpointer/pull/1/ready`, {
    method: 'POST',
    headers: { origin: world.apiUrl, 'content-type': 'application/x-www-form-urlencoded' },
  });
  const { data: open } = await agent.pulls.get({ ...repo, pull_number: 1 });
  expect(open).toMatchObject({
    draft: false,
    mergeable: true,
    merged: false,
    changed_files: 1,
    labels: [{ name: 'agent' }],
  });
  await expect(agent.pulls.checkIfMerged({ ...repo, pull_number: 1 })).rejects.toMatchObject({ status: 404 });
  await expect(agent.pulls.merge({ ...repo, pull_number: 1 })).rejects.toMatchObject({ status: 405 });

  const merge = { ...repo, pull_number: 1, merge_method: 'squash' as const };
  await expect(engineer.pulls.merge({ ...merge, sha: before })).rejects.toMatchObject({ status: 409 });
  const { data: merged } = await engineer.pulls.merge({ ...merge, sha: created.head.sha });
  const { data: closed } = await agent.pulls.get({ ...repo, pull_number: 1 });
  expect(closed).toMatchObject({ state: 'closed', merged: true, merged_by: { login: 'acme-engineer' } });
  expect(closed.merge_commit_sha).toBe(merged.sha);
  expect(closed.merge_commit_sha).not.toBe(open.merge_commit_sha);
  expect((await agent.pulls.checkIfMerged({ ...repo, pull_number: 1 })).status).toBe(204);

  const { data: tip } = await agent.git.getRef({ ...repo, ref: `heads/${base}` });
  expect(tip.object.sha).toBe(merged.sha);
  const { data: commit } = await agent.git.getCommit({ ...repo, commit_sha: merged.sha });
  expect(commit).toMatchObject({ message: 'fix: it (#7) (#1)', parents: [{ sha: before }] });
  const { data: change } = await agent.repos.compareCommitsWithBasehead({ ...repo, basehead: `${before}...${base}` });
  expect(change).toMatchObject({ status: 'ahead', ahead_by: 1, files: [{ filename: 'fix.txt', additions: 1 }] });
});

test('a missing branch, or one without its own commits, gives no pull request', async () => {
  const agent = as('agent');
  const create = (head: string) => agent.pulls.create({ ...repo, head, base: 'main', title: 't' });
  await agent.git.createRef({
    ...repo,
    ref: 'refs/heads/jv/8-same',
    sha: (await agent.repos.getBranch({ ...repo, branch: 'main' })).data.commit.sha,
  });
  await expect(create('jv/8-same')).rejects.toThrow(/No commits between main and jv\/8-same/);
  await expect(create('jv/8-none')).rejects.toMatchObject({
    response: { data: { errors: [{ field: 'head', code: 'invalid' }] } },
  });
});

test('conflicting sides are not mergeable', async () => {
  await world.pushBranch('jv/9-left', 'README.md', 'left', 'main');
  await world.pushBranch('jv/9-right', 'README.md', 'right', 'main');
  const engineer = as('engineer');
  for (const head of ['jv/9-left', 'jv/9-right']) {
    const { data } = await engineer.pulls.create({ ...repo, head, base: 'main', title: head });
    const merging = engineer.pulls.merge({ ...repo, pull_number: data.number, merge_method: 'rebase' });
    if (head === 'jv/9-left') expect((await merging).data.merged).toBe(true);
    else {
      await expect(merging).rejects.toMatchObject({ status: 405 });
      expect((await engineer.pulls.get({ ...repo, pull_number: data.number })).data).toMatchObject({
        mergeable: false,
        mergeable_state: 'dirty',
        merge_commit_sha: null,
      });
    }
  }
});

test('statuses and checks of a commit are returned as they were set', async () => {
  const engineer = as('engineer');
  const { sha } = (await engineer.repos.getBranch({ ...repo, branch: 'main' })).data.commit;
  const status = { ...repo, sha, context: 'build' };
  await engineer.repos.createCommitStatus({ ...status, state: 'failure' });
  await engineer.repos.createCommitStatus({ ...status, state: 'success' });
  world.github.setCheckRun('acme', sha, {
    name: 'test',
    status: 'completed',
    conclusion: 'failure',
    summary: '1 failed',
  });
  expect((await engineer.repos.getCombinedStatusForRef({ ...repo, ref: 'main' })).data).toMatchObject({
    state: 'success',
    total_count: 1,
  });
  const { data } = await engineer.checks.listForRef({ ...repo, ref: sha });
  expect(data.check_runs.map(({ name, conclusion }) => [name, conclusion])).toEqual([['test', 'failure']]);
});

test('only its author sees a pending review, until it is submitted or deleted', async () => {
  const [agent, engineer] = [as('agent'), as('engineer')];
  await world.pushBranch('jv/21-pending', 'pending.txt', 'x\n');
  const wanted = { ...repo, head: 'jv/21-pending', base, title: 'feat: it (#21)' };
  const { number: pull_number } = (await agent.pulls.create(wanted)).data;
  const pull = { ...repo, pull_number };
  const comments = [{ path: 'pending.txt', line: 1, body: 'Why x?' }];
  const { data: review } = await engineer.pulls.createReview({ ...pull, comments });
  expect(review).toMatchObject({ state: 'PENDING' });
  expect(review).not.toHaveProperty('submitted_at');
  expect((await engineer.pulls.listReviews(pull)).data).toHaveLength(1);
  expect((await agent.pulls.listReviews(pull)).data).toEqual([]);
  expect((await agent.pulls.listReviewComments(pull)).data).toEqual([]);
  const hidden = agent.pulls.getReview({ ...pull, review_id: review.id });
  await expect(hidden).rejects.toMatchObject({ status: 404 });
  await expect(engineer.pulls.createReview(pull)).rejects.toMatchObject({ status: 422 });

  await engineer.pulls.submitReview({ ...pull, review_id: review.id, event: 'REQUEST_CHANGES', body: 'Not yet.' });
  expect((await agent.pulls.listReviews(pull)).data).toMatchObject([{ state: 'CHANGES_REQUESTED', body: 'Not yet.' }]);
  expect((await agent.pulls.listReviewComments(pull)).data).toHaveLength(1);
  await engineer.pulls.dismissReview({ ...pull, review_id: review.id, message: 'It is fine.' });
  expect((await agent.pulls.listReviews(pull)).data).toMatchObject([{ state: 'DISMISSED' }]);
  const { data: second } = await engineer.pulls.createReview(pull);
  await engineer.pulls.deletePendingReview({ ...pull, review_id: second.id });
  expect((await engineer.pulls.listReviews(pull)).data).toHaveLength(1);
});

test('a pull request is read as a diff and as a patch, and a comparison as a diff', async () => {
  const agent = as('agent');
  await world.pushBranch('jv/22-diff', 'diff.txt', 'x\n');
  const wanted = { ...repo, head: 'jv/22-diff', base, title: 'feat: it (#22)' };
  const { number: pull_number } = (await agent.pulls.create(wanted)).data;
  const read = async (format: string) =>
    String((await agent.pulls.get({ ...repo, pull_number, mediaType: { format } })).data);
  expect(await read('diff')).toMatch(/^diff --git a\/diff\.txt b\/diff\.txt\n/);
  expect(await read('patch')).toMatch(/^From [0-9a-f]{40} [\s\S]*Subject: \[PATCH\] change diff\.txt/);
  const basehead = `${base}...jv/22-diff`;
  const compared = await agent.repos.compareCommitsWithBasehead({ ...repo, basehead, mediaType: { format: 'diff' } });
  expect(String(compared.data)).toContain('+x\n');
});

test('labels are replaced, comments are changed and removed, and long lists come in pages', async () => {
  const [agent, engineer] = [as('agent'), as('engineer')];
  await world.pushBranch('jv/23-talk', 'talk.txt', 'x\n');
  const wanted = { ...repo, head: 'jv/23-talk', base, title: 'feat: it (#23)' };
  const issue = { ...repo, issue_number: (await agent.pulls.create(wanted)).data.number };
  await agent.issues.addLabels({ ...issue, labels: ['a', 'b'] });
  const { data: labels } = await agent.issues.setLabels({ ...issue, labels: ['c'] });
  expect(labels.map(({ name }) => name)).toEqual(['c']);
  await agent.issues.removeAllLabels(issue);
  expect((await agent.issues.listLabelsOnIssue(issue)).data).toEqual([]);
  const { data: first } = await agent.issues.createComment({ ...issue, body: 'one' });
  for (const body of ['two', 'three']) await agent.issues.createComment({ ...issue, body });
  const page = await agent.issues.listComments({ ...issue, per_page: 2 });
  expect(page.data.map(({ body }) => body)).toEqual(['one', 'two']);
  expect(page.headers.link).toMatch(/page=2>; rel="next"/);
  const changed = { ...repo, comment_id: first.id, body: 'ONE' };
  expect((await engineer.issues.updateComment(changed)).data.body).toBe('ONE');
  await agent.issues.deleteComment({ ...repo, comment_id: first.id });
  expect((await agent.issues.listComments(issue)).data).toHaveLength(2);
});

test('the rate limit is read for free, and a token lists its repositories', async () => {
  const agent = as('agent');
  const { data: before } = await agent.rateLimit.get();
  expect((await agent.rateLimit.get()).data.rate).toEqual(before.rate);
  const { data, headers } = await agent.repos.listForAuthenticatedUser();
  expect(data.map(({ full_name }) => full_name)).toEqual(['acme/jsonpointer']);
  expect(Number(headers['x-ratelimit-remaining'])).toBe(before.rate.remaining - 1);
});
