import * as azdev from 'azure-devops-node-api';
import { GitPullRequestMergeStrategy, PullRequestStatus } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AzureReposWorld, project, startAzureReposWorld } from './azure-repos-world.ts';

// The emulator as a client sees it that nobody here wrote.
let world: AzureReposWorld;
beforeAll(async () => {
  world = await startAzureReposWorld();
});
afterAll(() => world.close());

const as = (role: string) =>
  new azdev.WebApi(`${world.url}/acme`, azdev.getPersonalAccessTokenHandler(`acme-${role}-pat`)).getGitApi();
const refs = { sourceRefName: 'refs/heads/agent/7-fix', targetRefName: 'refs/heads/customer/acme' };

test('the official client takes a change from a pushed branch over a review to a completed merge', async () => {
  const [agent, engineer] = [await as('agent'), await as('engineer')];
  const sha = await world.push('agent/7-fix');
  const [repository] = await agent.getRepositories(project);
  const repo = repository?.id ?? '';
  expect(repository).toMatchObject({ name: 'jsonpointer', defaultBranch: 'refs/heads/main' });
  expect((await agent.getRefs(repo, project, 'heads/agent')).map(({ name, objectId }) => [name, objectId])).toEqual([
    [refs.sourceRefName, sha],
  ]);

  const wanted = { ...refs, title: 'fix: it', description: 'why', labels: [{ name: 'agent' }] };
  const { pullRequestId: id = 0 } = await agent.createPullRequest(wanted, repo, project);
  await expect(agent.createPullRequest(wanted, repo, project)).rejects.toMatchObject({ statusCode: 409 });
  const criteria = { sourceRefName: refs.sourceRefName, status: PullRequestStatus.Active };
  expect((await agent.getPullRequests(repo, criteria, project)).map((pull) => pull.pullRequestId)).toEqual([id]);
  expect(await agent.getPullRequests(repo, { status: PullRequestStatus.Completed }, project)).toEqual([]);
  expect((await agent.getPullRequestLabels(repo, id, project)).map(({ name }) => name)).toEqual(['agent']);

  await engineer.createThread({ comments: [{ content: 'Why?', commentType: 1 }], status: 1 }, repo, id, project);
  const [thread] = await agent.getThreads(repo, id, project);
  await agent.createComment({ content: 'Because.', parentCommentId: 1 }, repo, id, thread?.id ?? 0, project);
  const who = world.azure.tenant('acme').people.find(({ role }) => role === 'engineer')?.id ?? '';
  await engineer.createPullRequestReviewer({ vote: 10 }, repo, id, who, project);
  expect((await agent.getPullRequestReviewers(repo, id, project)).map(({ vote }) => vote)).toEqual([10]);
  expect((await agent.getThreads(repo, id, project)).map(({ comments = [] }) => comments.length)).toEqual([2, 1]);
  const status = { context: { name: 'build', genre: 'ci' }, state: 2, description: 'green' };
  await agent.createPullRequestStatus(status, repo, id, project);
  expect((await agent.getPullRequestStatuses(repo, id, project))[0]).toMatchObject({ description: 'green' });

  const { lastMergeSourceCommit = {} } = await engineer.getPullRequestById(id);
  const completionOptions = { mergeStrategy: GitPullRequestMergeStrategy.Squash };
  const asked = { status: PullRequestStatus.Completed, lastMergeSourceCommit, completionOptions };
  expect((await engineer.updatePullRequest(asked, repo, id, project)).status).toBe(PullRequestStatus.Active);
  await expect.poll(async () => (await agent.getPullRequestById(id, project)).status).toBe(PullRequestStatus.Completed);
  const { lastMergeCommit, closedBy } = await agent.getPullRequest(repo, id, project);
  expect(lastMergeCommit?.commitId).toBe(await world.shaOf('customer/acme'));
  expect(closedBy?.uniqueName).toBe('engineer@acme.test');
});

test('the official client may not do what its person may not do', async () => {
  const reader = await as('reader');
  await expect(reader.createPullRequest({ ...refs, title: 't' }, 'jsonpointer', project)).rejects.toMatchObject({
    statusCode: 403,
  });
  const outside = { ...refs, title: 't', sourceRefName: 'refs/heads/nothing' };
  await expect((await as('agent')).createPullRequest(outside, 'jsonpointer', project)).rejects.toThrow('TF401398');
  expect(await reader.getPullRequest('jsonpointer', 999, project)).toBeNull();
});
