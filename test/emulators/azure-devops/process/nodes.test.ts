import { getPersonalAccessTokenHandler, WebApi } from 'azure-devops-node-api';
import { TreeStructureGroup } from 'azure-devops-node-api/interfaces/WorkItemTrackingInterfaces.js';
import { expect, test } from 'vitest';
import { createWorld, set } from '../world.ts';

const { url, ask, patch, file } = await createWorld();
const nodes = 'AcmeImplementation/_apis/wit/classificationNodes';
const add = (path: string, name: string) => ask(`${nodes}/${path}`, { method: 'POST', body: { name } });
const query = (where: string) =>
  ask('AcmeImplementation/_apis/wit/wiql', {
    method: 'POST',
    body: { query: `SELECT [System.Id] FROM WorkItems WHERE ${where}` },
  });
const fieldsOf = async (id: number) => (await ask(`_apis/wit/workItems/${id}?$expand=all`)).json.fields;

test('the trees of a project are read from their roots, as deep as asked', async () => {
  const { value } = (await ask(`${nodes}?$depth=1`)).json;
  expect(value).toMatchObject([
    { structureType: 'area', path: '\\AcmeImplementation\\Area', hasChildren: true, children: [{ name: 'Web' }] },
    { structureType: 'iteration', path: '\\AcmeImplementation\\Iteration', hasChildren: true },
  ]);
  const { json } = await ask(`${nodes}/areas`);
  expect(json).toMatchObject({ name: 'AcmeImplementation', hasChildren: true });
  expect(json).not.toHaveProperty('children');
  const web = await ask(`${nodes}/Areas/web`);
  expect(web.json).toMatchObject({ name: 'Web', path: '\\AcmeImplementation\\Area\\Web', hasChildren: false });
  expect(web.json._links.parent.href).toBe(json.url);
});

test('an area that is not there is a 404 with its error', async () => {
  const { status, json } = await ask(`${nodes}/Areas/Mars`);
  expect(status).toBe(404);
  expect(json).toMatchObject({ typeKey: 'WorkItemTrackingTreeNodeNotFoundException', message: /^VS402485/ });
});

test('a new area takes work items at once, and its fields agree', async () => {
  const made = await add('Areas/Web', 'Checkout');
  expect(made).toMatchObject({ status: 201, json: { path: '\\AcmeImplementation\\Area\\Web\\Checkout' } });
  const id = await file('x', { 'System.AreaPath': 'acmeimplementation\\web\\checkout' });
  expect(await fieldsOf(id)).toMatchObject({
    'System.AreaPath': 'AcmeImplementation\\Web\\Checkout',
    'System.AreaId': made.json.id,
    'System.NodeName': 'Checkout',
    'System.AreaLevel1': 'AcmeImplementation',
    'System.AreaLevel2': 'Web',
    'System.AreaLevel3': 'Checkout',
    'System.IterationLevel1': 'AcmeImplementation',
  });
  const again = await add('Areas/Web', 'checkout');
  expect(again).toMatchObject({ status: 409, json: { typeKey: 'ClassificationNodeDuplicateNameException' } });
  expect((await add('Areas', 'a/b')).status).toBe(400);
});

test('areas and iterations are two trees', async () => {
  const id = await file('x', { 'System.IterationPath': 'AcmeImplementation\\Sprint 1' });
  const asArea = await patch(id, [set('System.AreaPath', 'AcmeImplementation\\Sprint 1')]);
  expect(asArea.json).toMatchObject({
    typeKey: 'WorkItemFieldInvalidTreeNameException',
    message: `TF401347: Invalid tree name given for work item ${id}, field 'System.AreaPath'.`,
  });
});

test.each(['=', '<>', 'UNDER', 'NOT UNDER'])('a query with %s and an unknown area fails', async (operator) => {
  const { status, json } = await query(`[System.AreaPath] ${operator} 'AcmeImplementation\\Mars'`);
  expect(status).toBe(400);
  expect(json.message).toBe(
    "TF51011: The specified area path does not exist. The error is caused by «'AcmeImplementation\\Mars'».",
  );
});

test('a path is not searched for words', async () => {
  expect((await query("[System.AreaPath] CONTAINS 'Web'")).status).toBe(400);
});

test('a removed area hands its work items over, and later writes and queries fail', async () => {
  const { json } = await add('Areas', 'Soon gone');
  const id = await file('x', { 'System.AreaPath': 'AcmeImplementation\\Soon gone' });
  expect((await ask(`${nodes}/Areas/Soon%20gone`, { method: 'DELETE' })).status).toBe(204);
  expect(await fieldsOf(id)).toMatchObject({ 'System.AreaPath': 'AcmeImplementation', 'System.Rev': 2 });
  const first = (await ask(`_apis/wit/workItems/${id}/revisions/1?$expand=all`)).json.fields;
  expect(first['System.AreaId']).toBe(json.id);
  expect((await patch(id, [set('System.AreaPath', 'AcmeImplementation\\Soon gone')])).status).toBe(400);
  expect((await query("[System.AreaPath] UNDER 'AcmeImplementation\\Soon gone'")).status).toBe(400);
});

test('the official client reads and adds nodes', async () => {
  const client = await new WebApi(
    `${url}/acme`,
    getPersonalAccessTokenHandler('acme-engineer'),
  ).getWorkItemTrackingApi();
  const project = 'AcmeImplementation';
  await client.createOrUpdateClassificationNode({ name: 'Sprint 9' }, project, TreeStructureGroup.Iterations);
  const sprint = await client.getClassificationNode(project, TreeStructureGroup.Iterations, 'Sprint 9');
  expect(sprint.path).toBe('\\AcmeImplementation\\Iteration\\Sprint 9');
  expect((await client.getRootNodes(project, 2)).map(({ name }) => name)).toEqual([project, project]);
});
