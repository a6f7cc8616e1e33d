import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { demoSource } from '../../../../emulators/demo-repository/model-script.ts';
import { startEmulators } from '../../../../emulators/start.ts';
import { startReceiver } from '../../receiver.ts';
import { createWorld, set } from '../world.ts';

const { ask, file, patch } = await createWorld();
const path = '_apis/hooks/subscriptions';

const wanted = (url: string, eventType: string, publisherInputs = {}, consumerInputs = {}) => ({
  publisherId: 'tfs',
  eventType,
  resourceVersion: '1.0',
  consumerId: 'webHooks',
  consumerActionId: 'httpRequest',
  publisherInputs,
  consumerInputs: { url, ...consumerInputs },
});

async function subscribe(url: string, eventType: string, publisherInputs = {}, consumerInputs = {}) {
  const body = wanted(url, eventType, publisherInputs, consumerInputs);
  const answer = await ask(path, { method: 'POST', body });
  expect(answer.status).toBe(200);
  onTestFinished(async () => {
    await ask(`${path}/${answer.json.id}`, { method: 'DELETE' });
  });
  return answer.json;
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: 10_000, interval: 10 }).toBe(true);
}

test('a subscription is made, listed without its password, and ended', async () => {
  const { url, told } = await startReceiver();
  const made = await subscribe(url, 'workitem.created', {}, { basicAuthUsername: 'u', basicAuthPassword: 'p' });
  expect(made).toMatchObject({ status: 'enabled', publisherId: 'tfs', eventType: 'workitem.created' });
  expect(made.consumerInputs).toEqual({ url, basicAuthUsername: 'u', basicAuthPassword: '********' });
  expect((await ask(path)).json.value).toEqual([made]);
  expect((await ask(`${path}?eventType=workitem.updated`)).json.value).toEqual([]);
  expect((await ask(`${path}/${made.id}`)).json).toEqual(made);
  expect((await ask(`${path}/${made.id}`, { method: 'DELETE' })).status).toBe(200);
  expect((await ask(`${path}/${made.id}`)).status).toBe(404);
  await file('Unheard');
  expect(told).toEqual([]);
});

test('only web hooks of known events to loopback are taken', async () => {
  const good = wanted('http://127.0.0.1:1/', 'workitem.created');
  const bad = [
    { ...good, publisherId: 'rm' },
    { ...good, consumerId: 'slack' },
    { ...good, eventType: 'build.complete' },
    { ...good, consumerInputs: { url: 'https://example.com/' } },
    { ...good, consumerInputs: {} },
  ];
  for (const body of bad) expect((await ask(path, { method: 'POST', body })).status).toBe(400);
  const elsewhere = { ...good, publisherInputs: { projectId: 'Nowhere' } };
  expect((await ask(path, { method: 'POST', body: elsewhere })).status).toBe(404);
});

test('an update tells the update with its revision, under the basic authentication that was asked for', async () => {
  const { url, told } = await startReceiver();
  const inputs = { basicAuthUsername: 'hook', basicAuthPassword: 'secret', httpHeaders: 'X-One: 1\nX-Two:2' };
  const made = await subscribe(url, 'workitem.updated', { projectId: 'AcmeImplementation' }, inputs);
  const id = await file('Guard keys');
  await patch(id, [set('System.State', 'Planning')]);
  await until(() => told.length === 1);
  const [{ headers, json }] = told as [(typeof told)[0]];
  expect(headers.get('authorization')).toBe(`Basic ${Buffer.from('hook:secret').toString('base64')}`);
  expect([headers.get('x-one'), headers.get('x-two')]).toEqual(['1', '2']);
  expect(json).toMatchObject({
    subscriptionId: made.id,
    notificationId: 1,
    eventType: 'workitem.updated',
    publisherId: 'tfs',
    message: { text: `Bug #${id} (Guard keys) updated by Eli Engineer` },
    resourceVersion: '1.0',
    resourceContainers: { project: { id: made.publisherInputs.projectId } },
  });
  // The update's own number, and beside it the work item's.
  expect(json.resource).toMatchObject({ id: 2, workItemId: id, rev: 2, revisedBy: { displayName: 'Eli Engineer' } });
  expect(json.resource.fields['System.State']).toEqual({ oldValue: 'New', newValue: 'Planning' });
  expect(json.resource.revision).toMatchObject({
    id,
    rev: 2,
    fields: { 'System.State': 'Planning', 'System.ChangedBy': 'Eli Engineer <eli@acme.test>' },
  });
});

test('a comment is sent as a comment and as an update, and filtered events are not sent', async () => {
  const [all, tagged, states] = [await startReceiver(), await startReceiver(), await startReceiver()];
  for (const eventType of ['workitem.created', 'workitem.updated', 'workitem.commented', 'workitem.deleted']) {
    await subscribe(all.url, eventType);
  }
  await subscribe(tagged.url, 'workitem.created', {
    tag: 'JVAgent',
    workItemType: 'Bug',
    areaPath: 'AcmeImplementation',
  });
  await subscribe(states.url, 'workitem.updated', { changedFields: 'System.State' });
  const id = await file('Talk');
  await file('Tagged', { 'System.Tags': 'a; jvagent' });
  await file('Of another type', { 'System.Tags': 'jvagent' }, 'Task');
  const comments = `AcmeImplementation/_apis/wit/workItems/${id}/comments?api-version=7.1-preview.4`;
  await ask(comments, { method: 'POST', body: { text: 'Hello' } });
  await patch(id, [set('System.State', 'Approved')]);
  await ask(`_apis/wit/workItems/${id}`, { method: 'DELETE' });
  await until(() => all.told.length === 7 && tagged.told.length === 1 && states.told.length === 1);
  const told = all.told.map(({ json }) => json);
  const ofItem = told.filter(({ resource }) => (resource.workItemId ?? resource.id) === id);
  expect(ofItem.map(({ eventType }) => eventType).toSorted()).toEqual([
    'workitem.commented',
    'workitem.created',
    'workitem.deleted',
    'workitem.updated',
    'workitem.updated',
  ]);
  const comment = ofItem.find(({ eventType }) => eventType === 'workitem.commented');
  expect(comment.resource).toMatchObject({ id, rev: 2, fields: { 'System.History': 'Hello' } });
  expect(new Set(told.map(({ id: eventId }) => eventId)).size).toBe(7);
});

test('a pull request tells its opening, its trial merge and its end, though nobody reads it', async () => {
  const { url, told } = await startReceiver();
  const folder = mkdtempSync(join(tmpdir(), 'hook-events-'));
  const emulators = await startEmulators({ folder, source: demoSource, script: { scenes: [] } });
  onTestFinished(async () => {
    await emulators.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { secrets, azureRepos, commit } = emulators.tenants.acme;
  const authorization = `Basic ${Buffer.from(`:${secrets.pats.engineer}`).toString('base64')}`;
  const call = async (method: string, to: string, body: unknown) => {
    const headers = { authorization, 'content-type': 'application/json' };
    const address = `${emulators.urls.azureDevOps}/acme/${to}?api-version=7.1`;
    const answer = await fetch(address, { method, headers, body: JSON.stringify(body) });
    expect(answer.ok, address).toBe(true);
    return (await answer.json()) as { pullRequestId: number };
  };
  for (const kind of ['created', 'updated', 'merged']) {
    await call('POST', path, wanted(url, `git.pullrequest.${kind}`));
  }
  const pulls = `AcmeImplementation/_apis/git/repositories/${azureRepos.repository}/pullrequests`;
  const [sourceRefName, targetRefName] = ['refs/heads/customer/acme', 'refs/heads/main'];
  const { pullRequestId } = await call('POST', pulls, { sourceRefName, targetRefName, title: 'Nothing new' });
  const types = () => told.map(({ json }) => `${json.eventType} ${json.resource.status}`);
  await until(() => types().includes('git.pullrequest.merged active'));
  expect(told[0]?.json.resource).toMatchObject({ pullRequestId, sourceRefName, status: 'active' });
  await call('PATCH', `${pulls}/${pullRequestId}`, {
    status: 'abandoned',
    lastMergeSourceCommit: { commitId: commit },
  });
  await until(() => types().includes('git.pullrequest.updated abandoned'));
});
