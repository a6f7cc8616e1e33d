import * as azdev from 'azure-devops-node-api';
import {
  GitPullRequestMergeStrategy,
  GitRefUpdateStatus,
  PullRequestStatus,
} from 'azure-devops-node-api/interfaces/GitInterfaces.js';
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
  const statusNow = async () => (await agent.getPullRequestById(id, project)).status;
  await expect.poll(statusNow).toBe(PullRequestStatus.Completed);
  const { lastMergeCommit, closedBy } = await agent.getPullRequest(repo, id, project);
  expect(lastMergeCommit?.commitId).toBe(await world.shaOf('customer/acme'));
  expect(closedBy?.uniqueName).toBe('engineer@acme.test');
});

test('the official client finds pull requests by people, and reads what they change', async () => {
  const [agent, engineer] = [await as('agent'), await as('engineer')];
  await world.push('agent/8-find');
  const wanted = { ...refs, sourceRefName: 'refs/heads/agent/8-find', title: 'find me' };
  const { pullRequestId: id = 0 } = await agent.createPullRequest(wanted, 'jsonpointer', project);
  const { people, groups } = world.azure.tenant('acme');
  const idOf = (role: string) => people.find((person) => person.role === role)?.id ?? '';
  const team = groups[0]?.id ?? '';
  await agent.createPullRequestReviewers([{ id: team }], 'jsonpointer', id, project);
  const found = async (criteria: object) =>
    (await engineer.getPullRequestsByProject(project, criteria)).map(({ pullRequestId }) => pullRequestId);
  expect(await found({ creatorId: idOf('agent') })).toEqual([id]);
  expect(await found({ creatorId: idOf('engineer') })).toEqual([]);
  expect(await found({ reviewerId: team })).toEqual([id]);
  expect(await agent.getPullRequestReviewer('jsonpointer', id, team, project)).toMatchObject({ isContainer: true });
  await agent.deletePullRequestReviewer('jsonpointer', id, team, project);
  expect(await found({ reviewerId: team })).toEqual([]);

  await world.push('agent/8-find', 'agent/8-find', 'engineer');
  const commits = await agent.getPullRequestCommits('jsonpointer', id, project);
  expect(commits).toHaveLength(2);
  expect(await agent.getPullRequestIterations('jsonpointer', id, project)).toHaveLength(2);
  const paths = async (iteration: number) =>
    (await agent.getPullRequestIterationChanges('jsonpointer', id, iteration, project)).changeEntries?.map(
      ({ item }) => item?.path,
    );
  expect(await paths(1)).toEqual(['/agent-8-find-agent.txt']);
  expect(await paths(2)).toEqual(['/agent-8-find-agent.txt', '/agent-8-find-engineer.txt']);
});

test('the official client resolves a thread, and changes only its own comments', async () => {
  const [agent, engineer] = [await as('agent'), await as('engineer')];
  await world.push('agent/9-threads');
  const wanted = { ...refs, sourceRefName: 'refs/heads/agent/9-threads', title: 'talk' };
  const { pullRequestId: id = 0 } = await agent.createPullRequest(wanted, 'jsonpointer', project);
  const body = { comments: [{ content: 'Why?', commentType: 1 }], status: 1 };
  const { id: thread = 0 } = await engineer.createThread(body, 'jsonpointer', id, project);
  await agent.updateThread({ status: 2 }, 'jsonpointer', id, thread, project);
  await engineer.updateComment({ content: 'Why so?' }, 'jsonpointer', id, thread, 1, project);
  const now = await agent.getPullRequestThread('jsonpointer', id, thread, project);
  expect(now).toMatchObject({ status: 2, comments: [{ content: 'Why so?' }] });
  const foreign = agent.updateComment({ content: 'Never mind.' }, 'jsonpointer', id, thread, 1, project);
  await expect(foreign).rejects.toMatchObject({ statusCode: 403 });
});

test('a required reviewer is added, evaluated, and stops a merge until one of the group approves', async () => {
  const [agent, engineer] = [await as('agent'), await as('engineer')];
  await world.push('agent/10-policy');
  const [team] = world.azure.tenant('acme').groups;
  const [repository] = await agent.getRepositories(project);
  const scope = [{ repositoryId: repository?.id, refName: refs.targetRefName, matchKind: 'Exact' }];
  const type = { id: 'fd2167ab-b0be-447a-8ec8-39368250530e' };
  const settings = { requiredReviewerIds: [team?.id], scope };
  await world.call('POST', '_apis/policy/configurations', { type, isEnabled: true, isBlocking: true, settings });
  const wanted = { ...refs, sourceRefName: 'refs/heads/agent/10-policy', title: 'watched' };
  const { pullRequestId: id = 0, reviewers } = await agent.createPullRequest(wanted, 'jsonpointer', project);
  expect(reviewers).toMatchObject([{ id: team?.id, isRequired: true, isContainer: true }]);
  const artifact = `vstfs:///CodeReview/CodeReviewId/${repository?.project?.id}/${id}`;
  const required = async () => {
    const path = `_apis/policy/evaluations?artifactId=${encodeURIComponent(artifact)}&api-version=7.1-preview.1`;
    const { value } = await world.call('GET', path);
    const list = value as { status: string; configuration: { type: { id: string } } }[];
    return list.find(({ configuration }) => configuration.type.id === type.id)?.status;
  };
  expect(await required()).toBe('queued');
  expect((await world.complete(id, {})).mergeStatus).toBe('rejectedByPolicy');
  const who = world.azure.tenant('acme').people.find(({ role }) => role === 'engineer')?.id ?? '';
  await engineer.createPullRequestReviewer({ vote: 10 }, 'jsonpointer', id, who, project);
  expect(await required()).toBe('approved');
  expect((await world.complete(id, {})).status).toBe('completed');
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

test('the official client makes and deletes a branch; one that is refused is said in its row, and only there', async () => {
  const agent = await as('agent');
  const sha = await world.push('agent/9-refs');
  const none = '0'.repeat(40);
  const name = 'refs/heads/agent/9-copy';
  const change = async (oldObjectId: string, newObjectId: string, ref = name) => {
    const [row] = await agent.updateRefs([{ name: ref, oldObjectId, newObjectId }], 'jsonpointer', project);
    return [row?.success, row?.updateStatus];
  };
  expect(await change(none, sha)).toEqual([true, GitRefUpdateStatus.Succeeded]);
  expect(await world.shaOf('agent/9-copy')).toBe(sha);
  expect(await change('1'.repeat(40), none)).toEqual([false, GitRefUpdateStatus.StaleOldObjectId]);
  expect(await change(none, '2'.repeat(40), 'refs/heads/agent/9-other')).toEqual([
    false,
    GitRefUpdateStatus.UnresolvableToCommit,
  ]);
  expect(await change(none, sha, 'agent/9-short')).toEqual([false, GitRefUpdateStatus.InvalidRefName]);
  const policies = world.azure.tenant('acme').repositories[0]?.policies ?? [];
  policies.push({ branch: 'agent/9-*', refuses: 'push', words: 'not here' });
  expect(await change(sha, none)).toEqual([false, GitRefUpdateStatus.RejectedByPolicy]);
  policies.pop();
  expect(await world.shaOf('agent/9-copy')).toBe(sha);
  expect(await change(sha, none)).toEqual([true, GitRefUpdateStatus.Succeeded]);
  expect(await world.shaOf('agent/9-copy')).toBe('');
  const updates = [{ name, oldObjectId: none, newObjectId: sha }];
  await expect((await as('reader')).updateRefs(updates, 'jsonpointer', project)).rejects.toMatchObject({
    statusCode: 403,
  });
});
