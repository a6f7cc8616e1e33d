import { expect, test } from 'vitest';
import { createWorld, set, testRev } from '../world.ts';

const { ask, patch, file } = await createWorld();
const preview = 'api-version=7.1-preview.4';
const path = (id: number, rest = '', query = '') =>
  `AcmeImplementation/_apis/wit/workItems/${id}/comments${rest}?${query}&${preview}`;
const add = async (id: number, text: string, format = 'markdown') =>
  (await ask(path(id, '', `format=${format}`), { method: 'POST', body: { text }, pat: 'acme-agent' })).json;

test('a markdown comment keeps its text, by name or number, and bumps the revision', async () => {
  const id = await file('x');
  const comment = await add(id, '# Plan <b>');
  expect(comment).toMatchObject({
    workItemId: id,
    version: 1,
    text: '# Plan <b>',
    format: 'markdown',
    isDeleted: false,
  });
  expect(comment.renderedText).toContain('Plan &lt;b&gt;');
  expect((await add(id, 'x', '0')).format).toBe('markdown');
  const item = (await ask(`_apis/wit/workItems/${id}`)).json;
  expect(item).toMatchObject({ rev: 3, commentVersionRef: { version: 1 }, fields: { 'System.CommentCount': 2 } });
  expect((await patch(id, [testRev(1), set('System.State', 'Planning')])).status).toBe(412);
  const next = (await patch(id, [testRev(3), set('System.State', 'Planning')])).json;
  expect(next.fields).not.toHaveProperty(['System.History']);
});

test('an HTML comment is rewritten on its way in', async () => {
  const comment = await add(await file('x'), '<p>locked 🔒</p>', 'html');
  expect(comment.text).toBe('<p>locked &#128274; </p>');
});

test('changing and deleting a comment makes versions, which stay readable', async () => {
  const id = await file('x');
  const { id: comment } = await add(id, 'one');
  const changed = await ask(path(id, `/${comment}`), { method: 'PATCH', body: { text: 'two' } });
  expect(changed.json).toMatchObject({
    version: 2,
    text: 'two',
    createdBy: { displayName: 'Ada Agent' },
    modifiedBy: { displayName: 'Eli Engineer' },
  });
  expect((await ask(path(id, `/${comment}`), { method: 'DELETE' })).json).toMatchObject({
    version: 3,
    isDeleted: true,
  });
  expect((await ask(path(id, `/${comment}`))).status).toBe(404);
  expect((await ask(path(id, `/${comment}`, 'includeDeleted=true'))).json.isDeleted).toBe(true);
  const versions = (await ask(`${path(id, `/${comment}/versions`).replace('preview.4', 'preview.1')}`)).json;
  expect(versions.map((version: { text: string }) => version.text)).toEqual(['one', 'two', 'two']);
  expect((await ask(`_apis/wit/workItems/${id}`)).json.rev).toBe(4);
});

test('comments come newest first, in pages', async () => {
  const id = await file('x');
  for (const text of ['a', 'b', 'c']) await add(id, text);
  const texts = (page: { comments: { text: string }[] }) => page.comments.map((comment) => comment.text);
  const page = (await ask(path(id, '', '$top=2'))).json;
  expect(page).toMatchObject({ totalCount: 3, count: 2 });
  expect(texts(page)).toEqual(['c', 'b']);
  const rest = (await ask(path(id, '', `$top=2&continuationToken=${page.continuationToken}`))).json;
  expect(texts(rest)).toEqual(['a']);
  expect(rest).not.toHaveProperty('continuationToken');
  expect(texts((await ask(path(id, '', 'order=ASC&$expand=renderedText'))).json)).toEqual(['a', 'b', 'c']);
});

test('a patch of System.History is a comment in the same revision', async () => {
  const id = await file('x');
  expect((await patch(id, [set('System.State', 'Planning'), set('System.History', 'why')])).json.rev).toBe(2);
  expect((await ask(path(id))).json.comments).toMatchObject([{ text: 'why', format: 'html' }]);
});

test('comments need the project in their address', async () => {
  const answer = await ask(`_apis/wit/workItems/${await file('x')}/comments?${preview}`);
  expect(answer.status).toBe(404);
});
