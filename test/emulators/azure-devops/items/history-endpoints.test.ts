import { expect, test } from 'vitest';
import { createWorld, set } from '../world.ts';

const { ask, patch, file } = await createWorld();
const updatesOf = async (id: number, query = '') =>
  (await ask(`_apis/wit/workItems/${id}/updates?${query}`)).json.value;

test('an update names its actor, and ChangedBy only where the actor differs from the last', async () => {
  const id = await file('x');
  await patch(id, [set('System.State', 'Approved')]);
  await patch(id, [set('System.State', 'In Progress')], { pat: 'acme-agent' });
  const [created, approved, claimed] = await updatesOf(id);
  expect(created.fields['System.ChangedBy'].newValue.displayName).toBe('Eli Engineer');
  expect(approved.revisedBy).toMatchObject({ displayName: 'Eli Engineer', name: 'Eli Engineer <eli@acme.test>' });
  expect(approved.fields).not.toHaveProperty(['System.ChangedBy']);
  expect(approved.fields['System.State']).toEqual({ oldValue: 'New', newValue: 'Approved' });
  expect(approved.fields['Microsoft.VSTS.Common.StateChangeDate'].newValue).toBe(
    approved.fields['System.ChangedDate'].newValue,
  );
  expect(claimed.fields['System.ChangedBy']).toMatchObject({
    oldValue: { displayName: 'Eli Engineer' },
    newValue: { displayName: 'Ada Agent' },
  });
  expect(approved.revisedDate).toBe(claimed.fields['System.ChangedDate'].newValue);
  expect(claimed.revisedDate).toBe('9999-01-01T00:00:00Z');
});

test('updates and revisions come in pages and alone', async () => {
  const id = await file('x');
  for (const title of ['a', 'b', 'c']) await patch(id, [set('System.Title', title)]);
  expect((await updatesOf(id, '$top=2&$skip=1')).map((update: { rev: number }) => update.rev)).toEqual([2, 3]);
  expect((await ask(`_apis/wit/workItems/${id}/updates/4`)).json.fields['System.Title'].newValue).toBe('c');
  const revisions = (await ask(`_apis/wit/workItems/${id}/revisions?$top=1`)).json;
  expect(revisions.value[0]).toMatchObject({ rev: 1, fields: { 'System.Title': 'x' } });
  expect((await ask(`_apis/wit/workItems/${id}/revisions/9`)).status).toBe(404);
});

test('links that come and go are part of updates', async () => {
  const id = await file('x');
  const link = { rel: 'Hyperlink', url: 'https://example.test/1' };
  await patch(id, [{ op: 'add', path: '/relations/-', value: link }]);
  await patch(id, [{ op: 'remove', path: '/relations/0' }]);
  const [, added, removed] = await updatesOf(id);
  expect(added.relations.added).toMatchObject([link]);
  expect(removed.relations.removed).toMatchObject([link]);
});

test('reporting continues from its token, also after the last batch', async () => {
  const report = async (query: string) =>
    (await ask(`AcmeImplementation/_apis/wit/reporting/workitemrevisions?${query}`)).json;
  const id = await file('reported', { 'System.Description': 'long' });
  let page = await report('$maxPageSize=1');
  expect(page).toMatchObject({ isLastBatch: false });
  expect(page.values).toHaveLength(1);
  while (!page.isLastBatch) page = await report(`continuationToken=${encodeURIComponent(page.continuationToken)}`);
  expect(page.values.at(-1)).toMatchObject({ id, fields: { 'System.ChangedBy': 'Eli Engineer <eli@acme.test>' } });
  expect(page.values.at(-1).fields).not.toHaveProperty(['System.Description']);
  const token = encodeURIComponent(page.continuationToken);
  expect(await report(`continuationToken=${token}`)).toMatchObject({ values: [], isLastBatch: true });
  await patch(id, [set('System.Title', 'again')]);
  const next = await report(`continuationToken=${token}&includeIdentityRef=true&$expand=fields`);
  expect(next.values).toMatchObject([{ id, rev: 2, fields: { 'System.Description': 'long' } }]);
  expect(Object.keys(next.values[0].fields['System.ChangedBy'])).toEqual(['id', 'uniqueName']);
  const both = await ask(`_apis/wit/reporting/workitemrevisions?continuationToken=1&startDateTime=2026-01-01`);
  expect(both.status).toBe(400);
});
