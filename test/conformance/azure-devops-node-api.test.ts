import * as azdev from 'azure-devops-node-api';
import { WorkItemErrorPolicy } from 'azure-devops-node-api/interfaces/WorkItemTrackingInterfaces.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAzureDevOps } from '../../emulators/azure-devops/azure-devops.ts';
import { type Listener, listen } from '../../src/base/http.ts';

const people = [
  { name: 'Ada Agent', mail: 'ada@acme.test', pat: 'acme-agent-pat', role: 'agent' as const },
  { name: 'Eli Engineer', mail: 'eli@acme.test', pat: 'acme-engineer-pat', role: 'engineer' as const },
];
const emulator = createAzureDevOps({
  tenants: [{ organization: 'acme', project: 'AcmeImplementation', people }],
});
let listener: Listener;

beforeAll(async () => {
  listener = await listen((request) => emulator.fetch(request));
});
afterAll(() => listener.close());

function connect(pat: string) {
  return new azdev.WebApi(`${listener.url}/acme`, azdev.getPersonalAccessTokenHandler(pat));
}

const add = (path: string, value: unknown) => ({ op: 'add', path, value });

test('the official client connects and is told who it is', async () => {
  const connection = await connect('acme-engineer-pat').connect();
  expect(connection.authenticatedUser?.providerDisplayName).toBe('Eli Engineer');
  expect(connection.authenticatedUser?.id).toBe(emulator.tenant('acme').people[1]?.id);
});

test('the official client files a work item, and follows it through its life', async () => {
  const agent = await connect('acme-agent-pat').getWorkItemTrackingApi();
  const engineer = await connect('acme-engineer-pat').getWorkItemTrackingApi();
  const project = 'AcmeImplementation';

  const created = await engineer.createWorkItem(
    {},
    [add('/fields/System.Title', 'Keys are not guarded')],
    project,
    'Bug',
  );
  const id = created.id ?? 0;
  expect(created).toMatchObject({
    rev: 1,
    fields: { 'System.State': 'New', 'System.CreatedBy': { displayName: 'Eli Engineer' } },
  });

  const query = "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project AND [System.State] = 'New'";
  const found = await agent.queryByWiql({ query }, { project }, true, 10);
  expect(found.workItems?.map((item) => item.id)).toEqual([id]);

  const ids = [id, 999];
  const batch = await agent.getWorkItemsBatch({ ids, errorPolicy: WorkItemErrorPolicy.Omit }, project);
  expect(batch.map((item) => item?.rev)).toEqual([1, undefined]);

  const claimed = await agent.updateWorkItem(
    {},
    [{ op: 'test', path: '/rev', value: 1 }, add('/fields/System.State', 'Planning')],
    id,
  );
  expect(claimed.rev).toBe(2);
  const stale = agent.updateWorkItem(
    {},
    [{ op: 'test', path: '/rev', value: 1 }, add('/fields/System.State', 'New')],
    id,
  );
  await expect(stale).rejects.toMatchObject({ statusCode: 412 });

  const comment = await agent.addComment({ text: '<p>plan</p>' }, project, id);
  expect(comment.text).toBe('<p>plan </p>');
  const list = await engineer.getComments(project, id);
  expect(list.totalCount).toBe(1);
  expect((await agent.getWorkItem(id)).rev).toBe(3);

  await engineer.updateWorkItem({}, [add('/fields/System.State', 'Approved')], id);
  const updates = await agent.getUpdates(id);
  const approval = updates.at(-1);
  expect(approval?.fields?.['System.State']).toEqual({ oldValue: 'Planning', newValue: 'Approved' });
  expect(approval?.revisedBy?.displayName).toBe('Eli Engineer');
  expect(approval?.revisedDate?.getUTCFullYear()).toBe(9999);
  const revision = await agent.getRevision(id, approval?.rev ?? 0, 4);
  expect(revision.fields?.['System.AuthorizedAs'].displayName).toBe('Eli Engineer');
});

test('the official client reads projects, types and states', async () => {
  const core = await connect('acme-agent-pat').getCoreApi();
  const tracking = await connect('acme-agent-pat').getWorkItemTrackingApi();
  expect((await core.getProjects()).map((project) => project.name)).toEqual(['AcmeImplementation']);
  expect((await core.getProject('acmeimplementation')).id).toBeDefined();
  const states = await tracking.getWorkItemTypeStates('AcmeImplementation', 'User Story');
  expect(states[0]).toMatchObject({ name: 'New', category: 'Proposed' });
  expect((await tracking.getWorkItemType('AcmeImplementation', 'Bug')).transitions).toHaveProperty('New');
});

test('the official client deletes a work item, and then finds nothing', async () => {
  const tracking = await connect('acme-engineer-pat').getWorkItemTrackingApi();
  const { id = 0 } = await tracking.createWorkItem(
    {},
    [add('/fields/System.Title', 'Gone soon')],
    'AcmeImplementation',
    'Task',
  );
  expect((await tracking.deleteWorkItem(id)).id).toBe(id);
  expect(await tracking.getWorkItem(id)).toBeNull();
});

test('the official client is refused with an unknown token', async () => {
  await expect(connect('globex-agent-pat').connect()).rejects.toMatchObject({ statusCode: 401 });
});
