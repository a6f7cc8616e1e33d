import { expect, test } from 'vitest';
import { createWorld, patchType, set } from '../world.ts';

const { ask, file, url } = await createWorld();
const id = await file('A bug');

test('a token of one organization gets an empty 401 in the other', async () => {
  const answer = await ask('/globex/_apis/projects', { pat: 'acme-engineer' });
  expect(answer).toMatchObject({ status: 401, text: '' });
  expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
});

test('without the suppress header a dead token leads to the sign-in page', async () => {
  const headers = { 'x-tfs-fedauthredirect': '' };
  const answer = await ask('_apis/projects', { pat: 'dead', headers });
  expect(answer.status).toBe(302);
  const page = await fetch(`${url}/acme/_apis/projects`);
  expect(page.status).toBe(203);
  expect(page.headers.get('content-type')).toMatch('text/html');
  expect(await page.text()).toContain('Sign In');
});

test('a bearer token is taken as well', async () => {
  expect((await ask('_apis/projects', { headers: { authorization: 'Bearer acme-agent' } })).status).toBe(200);
});

test("the connection names the token's owner, by the same id as work items", async () => {
  const who = (await ask('_apis/connectionData?api-version=7.1-preview.1', { pat: 'acme-agent' })).json
    .authenticatedUser;
  const changedBy = (await ask(`_apis/wit/workItems/${await file('x')}`)).json.fields['System.CreatedBy'];
  expect(who).toMatchObject({ providerDisplayName: 'Ada Agent', properties: { Account: { $value: 'ada@acme.test' } } });
  const engineer = (await ask('_apis/connectionData?api-version=7.1-preview.1')).json.authenticatedUser;
  expect(engineer).toMatchObject({ id: changedBy.id, subjectDescriptor: changedBy.descriptor });
});

test('the version is echoed on success and not on errors, with correlation headers on both', async () => {
  const good = await ask('_apis/wit/workItems/1?api-version=5.0');
  expect(good.headers.get('content-type')).toBe('application/json; charset=utf-8; api-version=5.0');
  const bad = await ask('_apis/wit/workItems/999');
  expect(bad.headers.get('content-type')).toBe('application/json; charset=utf-8');
  for (const { headers } of [good, bad]) expect(headers.get('activityid')).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  ['POST without a version', 'wiql', '', 'VssVersionNotSpecifiedException'],
  ['a version from the future', 'wiql', '9.9', 'VssVersionOutOfRangeException'],
  ['a preview without its flag', 'wiql', '7.2', 'VssInvalidPreviewVersionException'],
  ['comments under a released version', 'workItems/1/comments', '7.1', 'VssInvalidPreviewVersionException'],
])('%s is refused', async (_title, resource, version, typeKey) => {
  const response = await fetch(`${url}/acme/AcmeImplementation/_apis/wit/${resource}`, {
    method: 'POST',
    body: '{}',
    headers: {
      authorization: `Basic ${Buffer.from(':acme-agent').toString('base64')}`,
      'content-type': 'application/json',
      accept: version ? `application/json;api-version=${version}` : 'application/json',
    },
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ $id: '1', innerException: null, typeKey, errorCode: 0, eventId: 3000 });
});

test('paths ignore case, take a project by name or id, and a team before wiql', async () => {
  const project = (await ask('_apis/projects/acmeimplementation')).json;
  for (const path of [
    `ACME/AcmeImplementation/_APIS/wit/WorkItems/${id}`,
    `acme/${project.id}/_apis/wit/workitems/${id}`,
    `acme/_apis/wit/workItems/${id}`,
  ]) {
    expect((await ask(`/${path}`)).json).toMatchObject({ id });
  }
  const body = { query: 'SELECT [System.Id] FROM WorkItems' };
  const asked = { method: 'POST', body };
  expect((await ask('AcmeImplementation/The%20Team/_apis/wit/wiql?%24top=1', asked)).json.workItems).toHaveLength(1);
});

test('a wrong project, and a work item of another project, are missing', async () => {
  const wrong = await ask('Nowhere/_apis/wit/workitemtypes');
  expect(wrong).toMatchObject({ status: 404, json: { typeKey: 'ProjectDoesNotExistWithNameException' } });
  const foreign = await ask(`Sandbox/_apis/wit/workItems/${id}`);
  expect(foreign).toMatchObject({
    status: 404,
    json: { typeKey: 'WorkItemUnauthorizedAccessException', eventId: 3200 },
  });
});

test('a malformed route is a plain text 404', async () => {
  const answer = await ask('_apis/wit/workItems/0');
  expect(answer.status).toBe(404);
  expect(answer.text).toMatch(/^The controller for path .* was not found or does not implement IController\.$/);
  expect(answer.headers.get('x-tfs-serviceerror')).toBeTruthy();
});

test('resource locations are served for all areas and for one', async () => {
  const all = (await ask('_apis', { method: 'OPTIONS' })).json;
  const ids = all.value.map((location: { id: string }) => location.id);
  expect(ids).toContain('e81700f7-3be2-46de-8624-2eb35882fcaa');
  const wit = (await ask('_apis/wit', { method: 'OPTIONS' })).json;
  expect(new Set(wit.value.map((location: { area: string }) => location.area))).toEqual(new Set(['wit']));
});

test('a patch sent as plain JSON is refused', async () => {
  const answer = await ask(`_apis/wit/workItems/${id}`, { method: 'PATCH', body: [set('System.Title', 'x')] });
  expect(answer.status).toBe(415);
});

test('types show their states and transitions', async () => {
  const states = (await ask('AcmeImplementation/_apis/wit/workitemtypes/user%20story/states')).json;
  expect(states.value.map((state: { name: string }) => state.name)).toEqual([
    'New',
    'Planning',
    'Plan Ready',
    'Approved',
    'In Progress',
    'PR Created',
    'Deployed',
    'Rejected',
    'Failed',
    'Removed',
  ]);
  const type = (await ask('AcmeImplementation/_apis/wit/workitemtypes/Bug')).json;
  expect(type.transitions.New).toContainEqual({ to: 'Planning', actions: null });
  expect((await ask('AcmeImplementation/_apis/wit/workitemtypes/Nonsense')).status).toBe(404);
});

test('a type may be named with an encoded dollar', async () => {
  const body = [set('System.Title', 'x')];
  const answer = await ask('AcmeImplementation/_apis/wit/workItems/%24product%20backlog%20item', {
    method: 'POST',
    body,
    type: patchType,
  });
  expect(answer.json.fields['System.WorkItemType']).toBe('Product Backlog Item');
});
