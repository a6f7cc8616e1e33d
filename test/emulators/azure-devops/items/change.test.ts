import { expect, test } from 'vitest';
import { defaultWorkItemTypes } from '../../../../emulators/azure-devops/process/default-types.ts';
import { createWorld, patchType, set, testRev } from '../world.ts';

const strict = defaultWorkItemTypes.map((type) =>
  type.name === 'Task' ? { ...type, transitions: { New: ['Planning'] } } : type,
);
const { ask, patch, file, changes } = await createWorld({ types: strict });
const create = (fields: Record<string, unknown>) =>
  ask('AcmeImplementation/_apis/wit/workItems/$Bug', {
    method: 'POST',
    type: patchType,
    body: Object.entries(fields).map(([name, value]) => set(name, value)),
  });
const fieldsOf = async (id: number) => (await ask(`_apis/wit/workItems/${id}`)).json.fields;

test('a new work item answers 200 with its first revision, links and the project in its url', async () => {
  const { status, json } = await create({ 'System.Title': 'Guard keys', 'System.Description': '<p>x</p>' });
  expect(status).toBe(200);
  expect(json).toMatchObject({ rev: 1, fields: { 'System.State': 'New', 'System.Description': '<p>x </p>' } });
  expect(Object.keys(json._links)).toEqual([
    'self',
    'workItemUpdates',
    'workItemRevisions',
    'workItemComments',
    'html',
    'workItemType',
    'fields',
  ]);
  expect(json.url).toMatch(/\/acme\/[0-9a-f-]{36}\/_apis\/wit\/workItems\/\d+$/);
  expect(changes.at(-1)).toMatchObject({ organization: 'acme', kind: 'created', workItemId: json.id, rev: 1 });
});

test.each([
  ['in a state that is not the first', { 'System.Title': 'x', 'System.State': 'Approved' }, 'RuleValidationException'],
  ['without a title', {}, 'RuleValidationException'],
  [
    'with a field nobody knows',
    { 'System.Title': 'x', 'Foo.Bar': 1 },
    'WorkItemTrackingFieldDefinitionNotFoundException',
  ],
  [
    'in an area that is not there',
    { 'System.Title': 'x', 'System.AreaPath': 'Mars' },
    'WorkItemFieldInvalidTreeNameException',
  ],
  [
    'as changed by someone else',
    { 'System.Title': 'x', 'System.ChangedBy': 'ada@acme.test' },
    'RuleValidationException',
  ],
])('a work item cannot be created %s', async (_title, fields, typeKey) => {
  expect(await create(fields)).toMatchObject({ status: 400, json: { typeKey, errorCode: 0 } });
});

test('a state outside the list is refused with the rule that says so', async () => {
  const id = await file('x');
  const { status, json } = await patch(id, [set('System.State', 'Cooking')]);
  expect(status).toBe(400);
  expect(json.message).toBe(
    "The field 'State' contains the value 'Cooking' that is not in the list of supported values",
  );
  expect(json.customProperties.RuleValidationErrors[0].fieldReferenceName).toBe('System.State');
});

test('a transition that the type forbids is refused, an allowed one is not', async () => {
  const id = await file('x', {}, 'Task');
  expect((await patch(id, [set('System.State', 'Approved')])).status).toBe(400);
  expect((await patch(id, [set('System.State', 'Planning')])).status).toBe(200);
});

test('a stale /rev is a 412 and nothing of the patch is stored', async () => {
  const id = await file('x');
  await patch(id, [set('System.Title', 'y')]);
  const { status, json } = await patch(id, [testRev(1), set('System.Title', 'z')]);
  expect(status).toBe(412);
  expect(json.typeKey).toBe('TestPatchOperationFailedException');
  expect(json.message).toBe('VS403351: Test Operation for path /rev failed, value 2 was not equal to test value 1.');
  expect(await fieldsOf(id)).toMatchObject({ 'System.Title': 'y' });
});

test('a fresh /rev is followed by the next one', async () => {
  const id = await file('x');
  expect((await patch(id, [testRev(1), set('System.State', 'planning')])).json).toMatchObject({
    rev: 2,
    fields: { 'System.State': 'Planning', 'System.Reason': 'Moved to state Planning' },
  });
});

test('operations work by number and in any case, and one that changes nothing makes no revision', async () => {
  const id = await file('x');
  await patch(id, [{ op: 0, path: '/fields/System.Title', value: 'y' }]);
  await patch(id, [{ op: 'Replace', path: '/fields/system.title', value: 'z' }]);
  expect(await fieldsOf(id)).toMatchObject({ 'System.Title': 'z' });
  expect((await patch(id, [set('System.Title', 'z')])).json.rev).toBe(3);
});

test('adding tags merges them, replacing does not', async () => {
  const id = await file('x', { 'System.Tags': 'a; B' });
  await patch(id, [set('System.Tags', 'b;c')]);
  expect((await fieldsOf(id))['System.Tags']).toBe('a; B; c');
  await patch(id, [{ op: 'replace', path: '/fields/System.Tags', value: 'd' }]);
  expect((await fieldsOf(id))['System.Tags']).toBe('d');
});

test('a field that was removed is absent, not null', async () => {
  const id = await file('x', { 'System.Description': 'words' });
  await patch(id, [{ op: 'remove', path: '/fields/System.Description' }]);
  expect(await fieldsOf(id)).not.toHaveProperty(['System.Description']);
});

test.each(['5.0', '7.1-preview.3', '7.2-preview.3'])('a format is taken under version %s', async (version) => {
  const id = await file('x');
  const format = (value: string) => ({ op: 'add', path: '/multilineFieldsFormat/System.Description', value });
  const query = `&api-version=${version}`;
  const text = set('System.Description', 'a < b');
  const answer = await ask(`_apis/wit/workItems/${id}?${query}`, {
    method: 'PATCH',
    body: [text, format('Markdown')],
    type: patchType,
  });
  expect(answer.json.fields['System.Description']).toBe('a < b');
  expect('multilineFieldsFormat' in answer.json).toBe(version.startsWith('7.2'));
  expect((await patch(id, [text, format('Word')])).status).toBe(400);
});

test('a markdown field keeps its bytes and says so from 7.2 on', async () => {
  const id = await file('x');
  const format = { op: 'add', path: '/multilineFieldsFormat/System.Description', value: 'Markdown' };
  expect((await patch(id, [format])).json.message).toBe(
    'VS403319: The type changed without a value for field System.Description',
  );
  await patch(id, [set('System.Description', '<p>x</p>'), format]);
  expect((await ask(`_apis/wit/workItems/${id}`)).json).not.toHaveProperty('multilineFieldsFormat');
  const { json } = await ask(`_apis/wit/workItems/${id}?api-version=7.2-preview.3`);
  expect(json.multilineFieldsFormat).toEqual({ 'System.Description': 'markdown' });
  expect(json.fields['System.Description']).toBe('<p>x</p>');
});

test('the same link twice is refused, and a link is removed by its index', async () => {
  const id = await file('x');
  const link = {
    rel: 'ArtifactLink',
    url: 'vstfs:///Git/PullRequestId/a%2Fb%2F1',
    attributes: { name: 'Pull Request' },
  };
  const addLink = { op: 'add', path: '/relations/-', value: link };
  expect((await patch(id, [addLink])).json.relations).toMatchObject([link]);
  const again = { ...addLink, value: { ...link, url: link.url.replaceAll('%2F', '%2f') } };
  expect(await patch(id, [again])).toMatchObject({ status: 400, json: { typeKey: 'RelationAlreadyExistsException' } });
  expect((await patch(id, [{ op: 1, path: '/relations/0' }])).json).not.toHaveProperty('relations');
});

test('a child is linked on both ends', async () => {
  const [parent, child] = [await file('parent'), await file('child')];
  const url = `http://x/acme/_apis/wit/workItems/${parent}`;
  await patch(child, [{ op: 'add', path: '/relations/-', value: { rel: 'System.LinkTypes.Hierarchy-Reverse', url } }]);
  expect(await fieldsOf(child)).toMatchObject({ 'System.Parent': parent });
  const { relations, rev } = (await ask(`_apis/wit/workItems/${parent}?$expand=relations`)).json;
  expect(rev).toBe(2);
  expect(relations).toMatchObject([
    { rel: 'System.LinkTypes.Hierarchy-Forward', url: expect.stringMatching(`/${child}$`) },
  ]);
});

test('a link has a name and a comment that can be changed, and a work item has one parent', async () => {
  const [first, second, child] = [await file('a'), await file('b'), await file('c')];
  const parent = (id: number) => {
    const url = `http://x/acme/_apis/wit/workItems/${id}`;
    const value = { rel: 'System.LinkTypes.Hierarchy-Reverse', url, attributes: { comment: 'why' } };
    return { op: 'add', path: '/relations/-', value };
  };
  const { relations } = (await patch(child, [parent(first)])).json;
  expect(relations[0].attributes).toEqual({ isLocked: false, name: 'Parent', comment: 'why' });
  const { json } = await patch(child, [{ op: 'replace', path: '/relations/0/attributes/comment', value: 'so' }]);
  expect(json.relations[0].attributes.comment).toBe('so');
  expect((await patch(child, [parent(second)])).json.message).toMatch(/^TF201036/);
  const other = (await ask(`_apis/wit/workItems/${first}?$expand=relations`)).json.relations;
  expect(other[0].attributes).toMatchObject({ name: 'Child' });
});

test('validateOnly checks and stores nothing', async () => {
  const id = await file('x');
  const query = 'validateOnly=true';
  expect((await patch(id, [set('System.State', 'Planning')], { query })).json).toMatchObject({ rev: 2 });
  expect((await patch(id, [set('System.State', 'Cooking')], { query })).status).toBe(400);
  expect(await fieldsOf(id)).toMatchObject({ 'System.State': 'New' });
});

test('bypassRules forges who changed it, but not whose token did', async () => {
  const id = await file('x');
  const forged = [set('System.State', 'Approved'), set('System.ChangedBy', 'eli@acme.test')];
  expect((await patch(id, forged, { pat: 'acme-agent' })).status).toBe(400);
  await patch(id, forged, { pat: 'acme-agent', query: 'bypassRules=true' });
  const { fields } = (await ask(`_apis/wit/workItems/${id}/revisions/2?$expand=all`)).json;
  expect(fields['System.ChangedBy'].displayName).toBe('Eli Engineer');
  expect(fields['System.AuthorizedAs'].displayName).toBe('Ada Agent');
});

test('a work item moves to another project with its area', async () => {
  const id = await file('x', { 'System.AreaPath': 'AcmeImplementation\\Web' });
  const { json } = await patch(id, [set('System.TeamProject', 'Sandbox')]);
  expect(json.fields).toMatchObject({ 'System.TeamProject': 'Sandbox', 'System.AreaPath': 'Sandbox' });
});

test('a tile changes its column without changing its state', async () => {
  const id = await file('x');
  await patch(id, [set(`WEF_${'A1'.repeat(16)}_Kanban.Column`, 'Doing')]);
  expect(await fieldsOf(id)).toMatchObject({ 'System.BoardColumn': 'Doing', 'System.State': 'New' });
});

test('a deleted work item answers like one that never existed', async () => {
  const id = await file('x');
  const gone = await ask(`_apis/wit/workItems/${id}`, { method: 'DELETE' });
  expect(gone.json).toMatchObject({ id, type: 'Bug', name: 'x', project: 'AcmeImplementation', code: 200 });
  const message = `TF401232: Work item ${id} does not exist, or you do not have permissions to read it.`;
  expect(await ask(`_apis/wit/workItems/${id}`)).toMatchObject({ status: 404, json: { message } });
  expect((await patch(id, [set('System.Title', 'y')])).status).toBe(404);
});
