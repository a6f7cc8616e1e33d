import { afterAll, afterEach, expect, test } from 'vitest';
import type { PermitKind } from '../../src/work-items/gate/permit.ts';
import { project, startBoards } from './boards-world.ts';
import { factsOf, httpFor, permit } from './connector-world.ts';

const { as, close, faults, file } = await startBoards();
afterAll(close);
afterEach(() => faults.clear());

const moving = (kind: PermitKind, workItemId: number, rev: number) => permit(kind, { workItemId, rev });

test('a write outside our project and area is refused before it is sent', async () => {
  const secret = await file({}, 'Secret');
  const facts = await factsOf(as('agent').move(moving('report', secret, 1), secret, { rev: 1, state: 'Planning' }));
  expect(facts).toMatchObject({ kind: 'refused', typeKey: 'GATE_TENANT' });
  expect(faults.requests().some(({ method, path }) => method === 'PATCH' && path.includes(`/${secret}?`))).toBe(false);
});

test('tags can be set on a tile that has none', async () => {
  const id = await file();
  await as('agent').move(moving('claim-plan', id, 1), id, { rev: 1, tags: ['jv:planning'] });
  expect((await as('agent').tile(id))?.tags).toEqual(['jv:planning']);
});

test('comments of many pages are all read', async () => {
  const id = await file();
  const tracker = as('agent', { http: { ...httpFor('x'), perMinute: 100_000 } });
  for (let n = 0; n < 203; n += 1) await tracker.addComment(permit('report', { workItemId: id }), id, `${n}`);
  const comments = await tracker.comments(id);
  expect(comments.map(({ text }) => text)).toEqual(Array.from({ length: 203 }, (_, n) => `${n}`));
});

test("a child is in its parent's area, whatever its fields say", async () => {
  const parent = await file({ 'System.AreaPath': `${project}\\Web` });
  const fields = { 'System.Title': 'A part', 'System.AreaPath': 'Secret', 'System.Tags': 'ui' };
  const tag = 'jv:child-4f';
  const made = await as('agent').createChild(permit('execute', { workItemId: parent }), { type: 'Task', fields, tag });
  const child = await as('agent').tile(made.workItemId);
  expect(child).toMatchObject({ type: 'Task', title: 'A part', areaPath: `${project}\\Web` });
  const odd = as('agent').createChild(permit('execute', { workItemId: parent }), { type: '../../x', fields: {}, tag });
  expect(await factsOf(odd)).toMatchObject({ kind: 'refused', typeKey: 'TOOL_PATH' });
});

test('a lost answer to a write is not sent again, and says that it may have been done', async () => {
  const id = await file();
  const lost = { dropAnswer: true, afterCommit: true };
  faults.add({ target: 'azureDevOps', match: { method: 'PATCH' }, times: 1, do: lost });
  const facts = await factsOf(as('agent').move(moving('report', id, 1), id, { rev: 1, state: 'Planning' }));
  expect(facts).toMatchObject({ kind: 'unreachable', maybeDone: true });
  expect(await as('agent').tile(id)).toMatchObject({ state: 'Planning', rev: 2 });
});
