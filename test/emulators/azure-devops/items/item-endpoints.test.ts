import { expect, test } from 'vitest';
import { createWorld, set } from '../world.ts';

const { ask, patch, file } = await createWorld();
const [first, second] = [await file('first'), await file('second', { 'System.AssignedTo': 'Ada Agent' })];
const batch = (body: unknown) => ask('_apis/wit/workitemsbatch', { method: 'POST', body });

test('expand takes names in any case and numbers, and not beside fields', async () => {
  for (const expand of ['All', 'all', '4'])
    expect((await ask(`_apis/wit/workItems/${first}?$expand=${expand}`)).json.fields).toMatchObject({
      'System.Id': first,
      'System.Rev': 1,
      'System.AuthorizedAs': { displayName: 'Eli Engineer' },
      'System.RevisedDate': '9999-01-01T00:00:00Z',
    });
  expect((await ask(`_apis/wit/workItems/${first}`)).json.fields).not.toHaveProperty(['System.AuthorizedAs']);
  const both = await ask(`_apis/wit/workItems/${first}?$expand=all&fields=System.Id`);
  expect(both).toMatchObject({
    status: 400,
    json: { message: 'The expand parameter can not be used with the fields parameter.' },
  });
});

test('only the asked fields come back', async () => {
  const { fields } = (await ask(`_apis/wit/workItems/${first}?fields=system.title,System.State`)).json;
  expect(fields).toEqual({ 'System.Title': 'first', 'System.State': 'New' });
});

test('a list carries id, rev, fields and url only', async () => {
  const { count, value } = (await ask(`_apis/wit/workItems?ids=${second},${first}`)).json;
  expect(count).toBe(2);
  expect(Object.keys(value[0])).toEqual(['id', 'rev', 'fields', 'url']);
  expect(value[0].id).toBe(second);
});

test('a batch fails on one bad id, or leaves null where the policy is omit', async () => {
  expect((await batch({ ids: [first, 999] })).status).toBe(404);
  for (const errorPolicy of ['omit', 'Omit', 2]) {
    const { value } = (await batch({ ids: [first, 999], fields: ['System.Title'], errorPolicy })).json;
    expect(value).toMatchObject([{ fields: { 'System.Title': 'first' } }, null]);
  }
});

test('more than 200 ids are refused', async () => {
  expect((await batch({ ids: Array.from({ length: 201 }, (_, index) => index + 1) })).status).toBe(400);
});

test('identities are objects from 5.0 on and a string before', async () => {
  const assigned = async (version: string) =>
    (await ask(`_apis/wit/workItems/${second}?api-version=${version}`)).json.fields['System.AssignedTo'];
  expect(await assigned('4.1')).toBe('Ada Agent <ada@acme.test>');
  expect(await assigned('7.1')).toMatchObject({ displayName: 'Ada Agent', uniqueName: 'ada@acme.test' });
});

test('asOf gives the work item as it was', async () => {
  const id = await file('before');
  const changed = (await ask(`_apis/wit/workItems/${id}`)).json.fields['System.ChangedDate'];
  await new Promise((resolve) => setTimeout(resolve, 5));
  await patch(id, [set('System.Title', 'after')]);
  const { json } = await ask(`_apis/wit/workItems/${id}?asOf=${changed}`);
  expect(json).toMatchObject({ rev: 1, fields: { 'System.Title': 'before' } });
});
