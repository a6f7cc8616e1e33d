import { afterAll, afterEach, expect, test } from 'vitest';
import { readableFields } from '../../src/work-items/readable.ts';
import { project, startBoards } from './boards-world.ts';
import { factsOf, httpFor } from './connector-world.ts';

const { as, close, faults, file, set } = await startBoards();
afterAll(close);
afterEach(() => faults.clear());

test('a tile shows what people want as Markdown', async () => {
  const id = await file({
    'System.Description':
      '<div>Calling <b>set</b> with <a href="https://x.example/y">this</a></div><div>breaks&nbsp;&amp; burns</div>',
    'System.Tags': 'security; jvagent',
  });
  const tile = await as('agent').tile(id);
  expect(tile).toMatchObject({ workItemId: id, rev: 1, state: 'New', type: 'Bug', title: 'Guard keys', project });
  expect([...(tile?.tags ?? [])].sort()).toEqual(['jvagent', 'security']);
  expect(tile && (await readableFields(as('agent'), tile))).toEqual({
    'System.Title': 'Guard keys',
    'System.Description': 'Calling **set** with [this](https://x.example/y)\n\nbreaks & burns',
  });
  expect(tile?.contentHash).toMatch(/^[0-9a-f]{64}$/);
});

test("a server's changes of white space and markup do not change the content hash", async () => {
  const id = await file({ 'System.Description': '<p>one</p>' });
  const first = await as('agent').tile(id);
  await set(id, { 'System.Description': '<p>one </p>\n' });
  expect((await as('agent').tile(id))?.contentHash).toBe(first?.contentHash);
});

test('summaries come in the requested order, hundreds at a time', async () => {
  const ids = [await file(), await file({ 'System.Tags': 'a; b' })];
  const asked = [...ids.toReversed(), ...Array.from({ length: 300 }, (_, n) => 50_000 + n)];
  const found = await as('agent').summaries(asked);
  expect(found.map(({ workItemId }) => workItemId)).toEqual(ids.toReversed());
  expect(found[0]).toMatchObject({ rev: 1, project, type: 'Bug', state: 'New', tags: ['a', 'b'] });
});

test('whole tiles come in the requested order, each the same as alone', async () => {
  const ids = [await file({ 'System.Description': '<p>why</p>' }), await file({ 'System.Tags': 'a; b' })];
  const asked = [...ids.toReversed(), ...Array.from({ length: 60 }, (_, n) => 50_000 + n), await file({}, 'Secret')];
  const tracker = as('agent');
  const alone = await Promise.all(ids.toReversed().map((id) => tracker.tile(id)));
  expect(await tracker.tiles(asked)).toEqual(alone);
});

test('a query of an agent finds only what is ours, whatever project it names', async () => {
  const ids = [await file({ 'System.Tags': 'asked' }), await file({ 'System.Tags': 'asked' })];
  await file({ 'System.Tags': 'asked' }, 'Secret');
  const query = "SELECT [System.Id] FROM WorkItems WHERE [System.Tags] CONTAINS 'asked'";
  expect((await as('agent').selected(query, 50)).toSorted()).toEqual(ids);
  expect(await as('agent').selected(query, 1)).toHaveLength(1);
  expect(await factsOf(as('agent').selected('SELECT nonsense', 50))).toMatchObject({ kind: 'refused' });
});

test('more updates than one page holds are all read', async () => {
  const id = await file();
  await set(id, { 'System.State': 'Planning' });
  for (let n = 0; n < 205; n += 1) await set(id, { 'System.Title': `title ${n}` });
  await set(id, { 'System.State': 'Approved' });
  expect(await as('agent').lastStateChange(id)).toMatchObject({ state: 'Approved', rev: 208 });
});

test("each type's states come in the board's order", async () => {
  const names = await as('agent').stateNames();
  expect([...names.keys()]).toEqual(['Bug', 'Task', 'Product Backlog Item', 'User Story', 'Feature', 'Epic', 'Issue']);
  expect(names.get('Bug')?.slice(0, 4)).toEqual(['New', 'Planning', 'Plan Ready', 'Approved']);
  expect(await factsOf(as('agent', { project: 'Nonsense' }).stateNames())).toMatchObject({ kind: 'missing' });
});

test('a dead token is reported as such, and never shown', async () => {
  const tracker = as('agent', { pat: 'dead-token-123', http: httpFor('dead-token-123') });
  const facts = await factsOf(tracker.tile(1));
  expect(facts.kind).toBe('auth');
  expect(JSON.stringify(facts)).not.toContain('dead-token');
});

test.each([
  ['a sign-in page', { status: 203, headers: { 'content-type': 'text/html' }, body: '<html>Sign In</html>' }, 'auth'],
  ['a redirect to one', { status: 302, headers: { location: '/_signin' } }, 'auth'],
  ['a page in place of JSON', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }, 'auth'],
  ['an outage', { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>down' }, 'failed'],
  ['an odd answer', { status: 200, body: { hello: 1 } }, 'failed'],
  ['no answer', { dropAnswer: true }, 'unreachable'],
] as const)('%s is no tile', async (_, answer, kind) => {
  const id = await file();
  faults.add({ target: 'azureDevOps', match: { path: `workItems/${id}\\?` }, do: answer });
  expect(await factsOf(as('agent').tile(id))).toMatchObject({ kind });
  expect(await factsOf(as('agent').lastStateChange(id))).toMatchObject({ kind });
});
