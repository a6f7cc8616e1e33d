import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AzureReposWorld, project, startAzureReposWorld } from './azure-repos-world.ts';
import { codeHostCases, draftOf, openPermit } from './code-host.ts';
import { factsOf, permit } from './connector-world.ts';

codeHostCases('Azure Repos', startAzureReposWorld);

let world: AzureReposWorld;
beforeAll(async () => {
  world = await startAzureReposWorld();
});
afterAll(() => world.close());

const pulls = '_apis/git/repositories/jsonpointer/pullrequests';

test('a trial merge or a queued completion is not a merge', async () => {
  await world.push('agent/1-trial');
  const number = await world.byHand.open('agent/1-trial');
  await expect.poll(async () => (await world.call('GET', `${pulls}/${number}`)).mergeStatus).toBe('succeeded');
  const { lastMergeCommit, lastMergeSourceCommit } = await world.call('GET', `${pulls}/${number}`);
  expect(lastMergeCommit).toBeDefined();
  expect(await world.as('agent').get(number)).not.toHaveProperty('mergedSha');
  const asked = await world.call('PATCH', `${pulls}/${number}`, { status: 'completed', lastMergeSourceCommit });
  expect(asked).toMatchObject({
    status: 'active',
    mergeStatus: 'queued',
    closedBy: { uniqueName: 'engineer@acme.test' },
  });
  expect(asked).toHaveProperty('completionQueueTime');
});

test('a semi-linear merge leaves a merge commit over rebased ones', async () => {
  await world.push('agent/2-linear');
  const number = await world.byHand.open('agent/2-linear');
  await world.complete(number, { mergeStrategy: 'rebaseMerge' });
  expect(await world.as('agent').get(number)).toMatchObject({
    state: 'merged',
    mergedSha: await world.shaOf('customer/acme'),
  });
});

test('if a policy refuses the completion, the pull request stays open', async () => {
  await world.push('agent/3-policy');
  const number = await world.byHand.open('agent/3-policy');
  const words = 'TF402456: Two reviewers must approve.';
  world.azure.tenant('acme').repositories[0]?.policies.push({ branch: 'customer/*', refuses: 'completion', words });
  const pull = await world.complete(number, {});
  expect(pull).toMatchObject({ status: 'active', mergeStatus: 'rejectedByPolicy', mergeFailureMessage: words });
  expect(await world.as('agent').get(number)).toMatchObject({ state: 'open' });
  world.azure.tenant('acme').repositories[0]?.policies.pop();
});

test('if a policy refuses a new pull request, its words are repeated', async () => {
  const branch = 'agent/4-creation';
  const sha = await world.push(branch);
  const words = 'TF402457: Branches of agents need a ticket.';
  world.azure.tenant('acme').repositories[0]?.policies.push({ branch: 'agent/4-*', refuses: 'creation', words });
  const facts = await factsOf(world.as('agent').open(openPermit(branch, sha), draftOf(branch, sha)));
  expect(facts).toMatchObject({ kind: 'refused', message: expect.stringContaining(words) });
  world.azure.tenant('acme').repositories[0]?.policies.pop();
});

test('a completion is refused if the branch moved since it was seen', async () => {
  await world.push('agent/5-stale');
  const number = await world.byHand.open('agent/5-stale');
  const { lastMergeSourceCommit } = await world.call('GET', `${pulls}/${number}`);
  await world.push('agent/5-stale', 'agent/5-stale', 'engineer');
  const stale = world.call('PATCH', `${pulls}/${number}`, { status: 'completed', lastMergeSourceCommit });
  await expect(stale).rejects.toThrow('TF401192');
});

test('an abandoned one can be reactivated', async () => {
  await world.push('agent/6-back');
  const number = await world.byHand.open('agent/6-back');
  await world.byHand.close(number);
  expect(await world.call('GET', `${pulls}/${number}`)).not.toHaveProperty('mergeStatus');
  const back = await world.call('PATCH', `${pulls}/${number}`, { status: 'active' });
  expect(back).toMatchObject({ status: 'active', mergeStatus: 'queued' });
  expect(await world.as('agent').get(number)).toMatchObject({ state: 'open' });
});

test('a long text is shortened to what the server takes', async () => {
  const branch = 'agent/7-long';
  const sha = await world.push(branch);
  const body = 'a line of the plan\n'.repeat(400);
  const { number } = await world.as('agent').open(openPermit(branch, sha), { ...draftOf(branch, sha), body });
  const { description } = await world.call('GET', `${pulls}/${number}`);
  expect(String(description).length).toBeLessThanOrEqual(4_000);
  expect(description).toMatch(/a line of the plan\n\n\(shortened\)$/);
});

test('its artifact links a work item in both directions, and completing it moves the item', async () => {
  const branch = 'agent/8-linked';
  const sha = await world.push(branch);
  const { number, artifact = '' } = await world.as('agent').open(openPermit(branch, sha), draftOf(branch, sha));
  const title = [{ op: 'add', path: '/fields/System.Title', value: 'Guard keys' }];
  const { id } = await world.call('POST', '_apis/wit/workItems/$Bug', title);
  const value = { rel: 'ArtifactLink', url: artifact.replaceAll('%2f', '%2F'), attributes: { name: 'Pull Request' } };
  await world.call('PATCH', `_apis/wit/workItems/${id}`, [{ op: 'add', path: '/relations/-', value }]);
  expect(await world.call('GET', `${pulls}/${number}/workitems`)).toMatchObject({ value: [{ id: String(id) }] });
  await world.byHand.publish(number);
  await world.complete(number, { mergeStrategy: 'squash', transitionWorkItems: true, deleteSourceBranch: true });
  const { fields } = await world.call('GET', `_apis/wit/workItems/${id}`);
  expect(fields).toMatchObject({
    'System.State': 'Deployed',
    'System.ChangedBy': { uniqueName: 'engineer@acme.test' },
  });
  expect(await world.shaOf(branch)).toBe('');
});

test('comments on lines name their place, and system messages are not notes', async () => {
  await world.push('agent/9-lines');
  const number = await world.byHand.open('agent/9-lines');
  const threadContext = { filePath: '/jsonpointer.js', rightFileStart: { line: 12, offset: 1 } };
  await world.call('POST', `${pulls}/${number}/threads`, { comments: [{ content: 'why?' }], threadContext });
  await world.byHand.approve(number);
  expect((await world.as('agent').notes(number)).map(({ kind, text }) => [kind, text])).toEqual([
    ['comment', 'jsonpointer.js:12: why?'],
    ['approved', ''],
  ]);
});

test('pages let a person approve, publish and complete', async () => {
  const branch = 'agent/10-page';
  const sha = await world.push(branch);
  const host = world.as('agent');
  const { number, url } = await host.open(openPermit(branch, sha), draftOf(branch, sha));
  const press = (form: Record<string, string>) =>
    fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual', headers: { origin: world.url } });
  expect((await press({ vote: '10' })).status).toBe(303);
  expect((await press({ action: 'publish' })).status).toBe(303);
  const page = await (await fetch(url)).text();
  expect(page).toContain('agent-10-page-agent.txt');
  expect(page).toContain('Semi-linear merge');
  const seen = /name="seen" value="([0-9a-f]{40})"/.exec(page)?.[1] ?? '';
  expect((await press({ action: 'complete', strategy: 'squash', seen: 'x' })).status).toBe(409);
  expect((await press({ action: 'complete', strategy: 'squash', seen })).status).toBe(303);
  await expect.poll(async () => (await host.get(number)).state).toBe('merged');
  expect(await (await fetch(url)).text()).toContain('Completed by <strong>engineer</strong>');
  const list = await (await fetch(`${world.url}/acme/${project}/_git/jsonpointer/pullrequests`)).text();
  expect(list).toContain(`fix: ${branch}`);
});

test('a build that failed on the newest push is a failed check; missing reviews and older builds are not', async () => {
  const sha = await world.push('agent/40-built');
  const number = await world.byHand.open('agent/40-built');
  const host = world.as('agent');
  const checks = async () => (await host.checks(await host.get(number))).map(({ name, state }) => [name, state]);
  expect(await checks()).toEqual([]);
  const [repository] = world.azure.tenant('acme').repositories;
  const pull = repository?.pulls.find(({ id }) => id === number);
  if (!pull) throw new Error('the pull request is not there');
  await world.byHand.requestChanges(number, 'no tests');
  world.azure.setBuild(pull, { name: 'Build app', status: 'rejected', errors: ['3 of 40 tests failed'] });
  world.azure.setBuild(pull, { name: 'Lint', status: 'approved' });
  world.azure.setBuild(pull, { name: 'Deploy preview', status: 'running' });
  const [built, ...others] = await host.checks({ number, headSha: sha });
  expect(built).toMatchObject({ name: 'Build app', state: 'failed', summary: '3 of 40 tests failed' });
  expect(built?.url).toMatch(/\/_build\/results\?buildId=\d+$/);
  expect(others.map(({ state }) => state)).toEqual(['passed', 'pending']);

  await world.push('agent/40-built', 'agent/40-built', 'engineer');
  expect((await checks()).map(([, state]) => state)).toEqual(['pending', 'pending', 'pending']);
});

test('lists are read to their end, each in its own way, and what was not read of one is unknown', async () => {
  const sha = await world.push('agent/41-pages');
  const number = await world.byHand.open('agent/41-pages');
  const host = world.as('agent');
  const [repository] = world.azure.tenant('acme').repositories;
  const pull = repository?.pulls.find(({ id }) => id === number);
  if (!pull) throw new Error('the pull request is not there');
  for (let nth = 1; nth <= 101; nth += 1) {
    world.azure.setBuild(pull, { name: `Build ${nth}`, status: nth === 101 ? 'rejected' : 'approved' });
  }
  const failed = async () =>
    (await host.checks({ number, headSha: sha })).filter(({ state }) => state !== 'passed').map(({ name }) => name);
  expect(await failed()).toEqual(['Build 101']);

  const status = (name: string, state: string) => ({
    id: 1,
    state,
    context: { name },
    creationDate: new Date(Date.now() + 60_000).toISOString(),
  });
  const answer = (token: string | undefined, name: string, state: string) => ({
    status: 200,
    headers: token ? { 'x-ms-continuationtoken': token } : {},
    body: { value: [status(name, state)] },
  });
  const path = `/pullRequests/${number}/statuses`;
  world.faults.add({
    target: 'azureDevOps',
    match: { path: `${path}.*continuationToken=two` },
    do: answer(undefined, 'second', 'failed'),
  });
  world.faults.add({ target: 'azureDevOps', match: { path }, do: answer('two', 'first', 'succeeded') });
  expect((await failed()).sort()).toEqual(['Build 101', 'second']);
  world.faults.clear();
  world.faults.add({ target: 'azureDevOps', match: { path }, do: answer('endless', 'first', 'succeeded') });
  expect((await failed()).sort()).toEqual(['Build 101', 'statuses beyond the first 50']);
  world.faults.clear();
});

test('a reviewer may be given by id', async () => {
  const host = world.as('agent');
  await world.push('agent/31-by-id');
  const number = await world.byHand.open('agent/31-by-id');
  const { id = '' } = world.azure.tenant('acme').people.find(({ role }) => role === 'engineer') ?? {};
  await host.addReviewer(permit('ask-review', { pullRequest: number }), number, id.toUpperCase());
  expect(await host.isReviewer(number, id)).toBe(true);
  expect(await host.isReviewer(number, 'engineer@acme.test')).toBe(true);
});
