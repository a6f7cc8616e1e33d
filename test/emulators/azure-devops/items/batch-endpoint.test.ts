import { expect, test } from 'vitest';
import { createWorld, set, testRev } from '../world.ts';

const { ask, file, changes } = await createWorld();
const part = (uri: string, body: unknown) => ({
  method: 'PATCH',
  uri: `${uri}?api-version=5.0`,
  headers: { 'Content-Type': 'application/json-patch+json' },
  body,
});
const send = (body: unknown) => ask('_apis/wit/$batch?api-version=5.0', { method: 'PATCH', body });

test('a batch updates and creates in one request', async () => {
  const id = await file('x');
  const { json } = await send([
    part(`/_apis/wit/workitems/${id}`, [{ op: 'Add', path: '/fields/System.Title', value: 'y' }]),
    part('/AcmeImplementation/_apis/wit/workitems/$Task', [set('System.Title', 'new')]),
  ]);
  expect(json.value.map((answer: { code: number }) => answer.code)).toEqual([200, 200]);
  expect(JSON.parse(json.value[0].body)).toMatchObject({ id, rev: 2, fields: { 'System.Title': 'y' } });
});

test('a batch with one bad part stores nothing and tells nobody', async () => {
  const id = await file('x');
  const told = changes.length;
  const { json } = await send([
    part(`/_apis/wit/workitems/${id}`, [set('System.Title', 'y')]),
    part(`/_apis/wit/workitems/${id}`, [testRev(1), set('System.Title', 'z')]),
  ]);
  expect(json.value.map((answer: { code: number }) => answer.code)).toEqual([412, 412]);
  expect(JSON.parse(json.value[1].body)).toEqual({ count: 1, value: { Message: expect.stringMatching(/^VS403351/) } });
  expect((await ask(`_apis/wit/workItems/${id}`)).json).toMatchObject({ rev: 1, fields: { 'System.Title': 'x' } });
  expect(changes).toHaveLength(told);
});

test('a batch links what it creates by temporary ids', async () => {
  const temporary = (id: string) => ({ op: 'add', path: '/id', value: id });
  const url = 'http://x/acme/_apis/wit/workItems/-1';
  const link = { op: 'add', path: '/relations/-', value: { rel: 'System.LinkTypes.Hierarchy-Reverse', url } };
  const { json } = await send([
    part('/AcmeImplementation/_apis/wit/workitems/$Feature', [temporary('-1'), set('System.Title', 'whole')]),
    part('/AcmeImplementation/_apis/wit/workitems/$Task', [temporary('-2'), set('System.Title', 'part'), link]),
  ]);
  const [whole, child] = json.value.map(({ body }: { body: string }) => JSON.parse(body));
  expect(child.fields['System.Parent']).toBe(whole.id);
  expect(child.relations).toMatchObject([{ attributes: { isLocked: false, name: 'Parent' } }]);
});
