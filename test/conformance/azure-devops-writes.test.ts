import { afterAll, afterEach, expect, test } from 'vitest';
import type { PermitKind } from '../../src/work-items/gate/permit.ts';
import { project, startBoards } from './boards-world.ts';
import { factsOf, httpFor, permit } from './connector-world.ts';

const { as, byHand, close, faults, file, set } = await startBoards();
afterAll(close);
afterEach(() => faults.clear());

const moving = (kind: PermitKind, workItemId: number, rev: number) => permit(kind, { workItemId, rev });

test('a write outside our project and area is refused before it is sent', async () => {
  const secret = await file({}, 'Secret');
  const facts = await factsOf(as('agent').move(moving('report', secret, 1), secret, { rev: 1, state: 'Planning' }));
  expect(facts).toMatchObject({ kind: 'refused', typeKey: 'GATE_TENANT' });
  expect(faults.requests().some(({ method, path }) => method === 'PATCH' && path.includes(`/${secret}?`))).toBe(false);
});

test('a move sets state, tags and fields at once and answers the new revision', async () => {
  const id = await file({ 'System.Tags': 'people; jv:intake' });
  const move = { rev: 1, state: 'Planning', tags: ['people', 'jv:planning'], fields: { 'System.Title': 'Better' } };
  expect(await as('agent').move(moving('claim-plan', id, 1), id, move)).toEqual({ rev: 2 });
  const tile = await as('agent').tile(id);
  expect(tile).toMatchObject({ rev: 2, state: 'Planning', title: 'Better' });
  expect([...(tile?.tags ?? [])].sort()).toEqual(['jv:planning', 'people']);
});

test('tags can be set on a tile that has none', async () => {
  const id = await file();
  await as('agent').move(moving('claim-plan', id, 1), id, { rev: 1, tags: ['jv:planning'] });
  expect((await as('agent').tile(id))?.tags).toEqual(['jv:planning']);
});

test('a move of a tile that somebody moved meanwhile is a conflict and changes nothing', async () => {
  const id = await file();
  await set(id, { 'System.State': 'Planning' });
  const facts = await factsOf(as('agent').move(moving('execute', id, 1), id, { rev: 1, state: 'In Progress' }));
  expect(facts).toMatchObject({ kind: 'conflict', status: 412, typeKey: 'TestPatchOperationFailedException' });
  expect((await as('agent').tile(id))?.state).toBe('Planning');
});

test('a state that does not exist is refused in the words of the other side', async () => {
  const id = await file();
  const facts = await factsOf(as('agent').move(moving('execute', id, 1), id, { rev: 1, state: 'Nonsense' }));
  expect(facts).toMatchObject({ kind: 'refused', status: 400, typeKey: 'RuleValidationException' });
  expect(facts.message).toContain('Nonsense');
});

test('a permit for another item, revision or tenant moves nothing', async () => {
  const id = await file();
  const move = { rev: 1, state: 'Planning' };
  const tracker = as('agent');
  for (const wrong of [{ workItemId: id + 1 }, { workItemId: id, rev: 2 }, { workItemId: id, tenant: 'globex/P' }]) {
    expect(await factsOf(tracker.move(permit('report', wrong), id, move))).toMatchObject({ typeKey: 'GATE_TENANT' });
  }
  expect(await factsOf(tracker.move(moving('deploy', id, 1), id, move))).toMatchObject({ typeKey: 'GATE_TENANT' });
  expect((await tracker.tile(id))?.rev).toBe(1);
});

test('comments are written in Markdown, edited, and read oldest first', async () => {
  const id = await file();
  const tracker = as('agent');
  const made = await tracker.addComment(permit('post-plan', { workItemId: id }), id, '### Plan\n\n[jv:plan:00] <b>');
  expect(made).toMatchObject({ version: 1, isDeleted: false, by: { mail: 'agent@acme.test' } });
  await as('engineer').addComment(permit('report', { workItemId: id }), id, 'too long');
  const edited = await tracker.editComment(permit('report', { workItemId: id }), id, made.commentId, 'now shorter');
  expect(edited).toMatchObject({ commentId: made.commentId, version: 2 });
  const comments = await tracker.comments(id);
  expect(comments.map(({ by, text }) => [by.mail, text])).toEqual([
    ['agent@acme.test', 'now shorter'],
    ['engineer@acme.test', 'too long'],
  ]);
  await byHand(
    'DELETE',
    `${project}/_apis/wit/workItems/${id}/comments/${made.commentId}?api-version=7.1-preview.4`,
  ).catch(() => {});
  expect((await tracker.comments(id)).map(({ text }) => text)).toEqual(['too long']);
});

test('comments of many pages are all read', async () => {
  const id = await file();
  const tracker = as('agent', { http: { ...httpFor('x'), perMinute: 100_000 } });
  for (let n = 0; n < 203; n += 1) await tracker.addComment(permit('report', { workItemId: id }), id, `${n}`);
  const comments = await tracker.comments(id);
  expect(comments.map(({ text }) => text)).toEqual(Array.from({ length: 203 }, (_, n) => `${n}`));
});

test('a child stands below its parent, in its area', async () => {
  const parent = await file({ 'System.AreaPath': `${project}\\Web` });
  const fields = { 'System.Title': 'A part', 'System.AreaPath': 'Secret', 'System.Tags': 'ui' };
  const tag = 'jv:child-4f';
  const made = await as('agent').createChild(permit('execute', { workItemId: parent }), { type: 'Task', fields, tag });
  const child = await as('agent').tile(made.workItemId);
  expect(child).toMatchObject({ type: 'Task', title: 'A part', areaPath: `${project}\\Web` });
  expect(await as('agent').tagged('jv:child-4f')).toEqual([made.workItemId]);
  expect(await as('agent').tagged('jv:child-4')).toEqual([]);
  const raw = await byHand('GET', `_apis/wit/workItems/${made.workItemId}?$expand=relations`);
  expect(JSON.stringify(raw)).toContain('System.LinkTypes.Hierarchy-Reverse');
  const odd = as('agent').createChild(permit('execute', { workItemId: parent }), { type: '../../x', fields: {}, tag });
  expect(await factsOf(odd)).toMatchObject({ kind: 'refused', typeKey: 'TOOL_PATH' });
});

test('a link that is there already is success', async () => {
  const id = await file();
  const link = 'https://github.com/acme/app/pull/3';
  await as('agent').link(moving('report', id, 1), id, 1, link, 'Pull request');
  await as('agent').link(moving('report', id, 2), id, 2, link, 'Pull request');
  const raw = JSON.stringify(await byHand('GET', `_apis/wit/workItems/${id}?$expand=relations`));
  expect(raw.match(/pull\/3"/g)).toHaveLength(1);
});

test('a lost answer to a write is not sent again, and says that it may have been done', async () => {
  const id = await file();
  const lost = { dropAnswer: true, afterCommit: true };
  faults.add({ target: 'azureDevOps', match: { method: 'PATCH' }, times: 1, do: lost });
  const facts = await factsOf(as('agent').move(moving('report', id, 1), id, { rev: 1, state: 'Planning' }));
  expect(facts).toMatchObject({ kind: 'unreachable', maybeDone: true });
  expect(await as('agent').tile(id)).toMatchObject({ state: 'Planning', rev: 2 });
});
