import { afterAll, afterEach, expect, test } from 'vitest';
import { field, project, startBoards } from './boards-world.ts';
import { factsOf, httpFor, permit } from './connector-world.ts';

const { as, byHand, close, faults, file, set, uploadedFile } = await startBoards();
afterAll(close);
afterEach(() => faults.clear());

test('whose token we hold is told by id and mail', async () => {
  const me = await as('agent').me();
  expect(me).toMatchObject({ mail: 'agent@acme.test' });
  const id = await file();
  expect((await as('agent').tile(id))?.createdBy.id).toBe((await as('engineer').me()).id);
  expect((await as('agent').tile(id))?.createdBy.id).not.toBe(me.id);
});

test('a tile shows what people want as plain words', async () => {
  const id = await file({
    'System.Description':
      '<div>Calling <b>set</b> with <a href="https://x.example/y">this</a></div><div>breaks&nbsp;&amp; burns</div>',
    'System.Tags': 'security; jvagent',
  });
  const tile = await as('agent').tile(id);
  expect(tile).toMatchObject({ workItemId: id, rev: 1, state: 'New', type: 'Bug', title: 'Guard keys', project });
  expect([...(tile?.tags ?? [])].sort()).toEqual(['jvagent', 'security']);
  expect(tile?.content).toEqual({
    'System.Title': 'Guard keys',
    'System.Description': 'Calling set with this (https://x.example/y)\nbreaks & burns',
  });
  expect(tile?.contentHash).toMatch(/^[0-9a-f]{64}$/);
});

test('the content hash moves with the words, and with nothing else', async () => {
  const id = await file({ 'System.Description': '<p>one</p>' });
  const first = await as('agent').tile(id);
  await set(id, { 'System.State': 'Planning', 'System.Tags': 'x' });
  expect((await as('agent').tile(id))?.contentHash).toBe(first?.contentHash);
  await set(id, { 'System.Description': '<p>one </p>\n' });
  expect((await as('agent').tile(id))?.contentHash).toBe(first?.contentHash);
  await set(id, { 'System.Description': '<p>two</p>' });
  expect((await as('agent').tile(id))?.contentHash).not.toBe(first?.contentHash);
});

test('items that are missing, deleted, of another project or area are not there', async () => {
  const tracker = as('agent', { areaPath: `${project}\\Web` });
  const inArea = await file({ 'System.AreaPath': `${project}\\Web` });
  const inNamesake = await file({ 'System.AreaPath': `${project}\\Website` });
  const atRoot = await file();
  const secret = await file({}, 'Secret');
  const deleted = await file({ 'System.AreaPath': `${project}\\Web` });
  await byHand('DELETE', `_apis/wit/workItems/${deleted}`);
  expect(await tracker.tile(inArea)).toBeDefined();
  for (const id of [inNamesake, atRoot, secret, deleted, 99_999]) {
    expect(await tracker.tile(id), `${id}`).toBeUndefined();
    expect(await tracker.lastStateChange(id)).toBeUndefined();
    expect(await tracker.comments(id)).toEqual([]);
  }
  const ids = [deleted, secret, inArea, 99_999, inNamesake];
  expect((await tracker.summaries(ids)).map(({ workItemId }) => workItemId)).toEqual([inArea]);
  const found = await tracker.changedSince(undefined, ['New']);
  expect(found).toContain(inArea);
  expect(found).not.toContain(secret);
  expect(found).not.toContain(inNamesake);
});

test('what changed is found by time, by state, by type and by tag', async () => {
  const before = await file({ 'System.Title': "O'Hara" });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const since = Date.now();
  const after = await file({ 'System.Tags': 'jvagent' });
  const tracker = as('agent');
  expect(await tracker.changedSince(since, ['New'])).toEqual([after]);
  await set(before, { 'System.State': 'Approved' });
  expect(await tracker.changedSince(since, [])).toEqual([before, after]);
  expect(await tracker.changedSince(undefined, ['Approved'])).toContain(before);
  expect(await tracker.changedSince(undefined, [])).toEqual([]);
  const narrow = as('agent', { requiredTag: 'jvagent', workItemTypes: ['Bug', "It's odd"] });
  expect(await narrow.changedSince(since, ['New'])).toEqual([after]);
  expect(await as('agent', { workItemTypes: ['Task'] }).changedSince(since, ['New'])).toEqual([]);
});

test('summaries come in the asked order, hundreds at a time', async () => {
  const ids = [await file(), await file({ 'System.Tags': 'a; b' })];
  const asked = [...ids.toReversed(), ...Array.from({ length: 300 }, (_, n) => 50_000 + n)];
  const found = await as('agent').summaries(asked);
  expect(found.map(({ workItemId }) => workItemId)).toEqual(ids.toReversed());
  expect(found[0]).toMatchObject({ rev: 1, project, type: 'Bug', state: 'New', tags: ['a', 'b'] });
});

test('whole tiles come in the asked order, each as it comes alone', async () => {
  const ids = [await file({ 'System.Description': '<p>why</p>' }), await file({ 'System.Tags': 'a; b' })];
  const asked = [...ids.toReversed(), ...Array.from({ length: 60 }, (_, n) => 50_000 + n), await file({}, 'Secret')];
  const tracker = as('agent');
  const alone = await Promise.all(ids.toReversed().map((id) => tracker.tile(id)));
  expect(await tracker.tiles(asked)).toEqual(alone);
});

test('the last change of state names its maker in three places, whatever came after it', async () => {
  const id = await file();
  const engineer = (await as('engineer').me()).id;
  const agent = (await as('agent').me()).id;
  await set(id, { 'System.State': 'Approved' });
  await as('agent').addComment(permit('report', { workItemId: id }), id, 'seen');
  const change = await as('agent').lastStateChange(id);
  expect(change).toMatchObject({ state: 'Approved', rev: 2 });
  expect([change?.by.id, change?.shownAs.id, change?.signedInAs.id]).toEqual([engineer, engineer, engineer]);
  expect(change?.at).toBeGreaterThan(Date.now() - 60_000);
  expect(agent).not.toBe(engineer);
});

test('a forged maker is told apart from the one who was signed in', async () => {
  const id = await file();
  const forged = { 'System.State': 'Approved', 'System.ChangedBy': 'engineer@acme.test' };
  const patch = Object.entries(forged).map(([name, value]) => field(name, value));
  await byHand('PATCH', `_apis/wit/workItems/${id}?bypassRules=true`, patch, 'agent');
  const change = await as('agent').lastStateChange(id);
  expect(change?.shownAs.mail).toBe('engineer@acme.test');
  expect(change?.signedInAs.mail).toBe('agent@acme.test');
});

test('more updates than one page holds are all read', async () => {
  const id = await file();
  await set(id, { 'System.State': 'Planning' });
  for (let n = 0; n < 205; n += 1) await set(id, { 'System.Title': `title ${n}` });
  await set(id, { 'System.State': 'Approved' });
  expect(await as('agent').lastStateChange(id)).toMatchObject({ state: 'Approved', rev: 208 });
});

test("the names of each type's states are told in the board's order", async () => {
  const names = await as('agent').stateNames();
  expect([...names.keys()]).toEqual(['Bug', 'Task', 'Product Backlog Item', 'User Story']);
  expect(names.get('Bug')?.slice(0, 4)).toEqual(['New', 'Planning', 'Plan Ready', 'Approved']);
  expect(await factsOf(as('agent', { project: 'Nonsense' }).stateNames())).toMatchObject({ kind: 'missing' });
});

test('a dead token is told as such, and never shown', async () => {
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

const predecessor = (id: number) => ({
  op: 'add',
  path: '/relations/-',
  value: { rel: 'System.LinkTypes.Dependency-Reverse', url: `https://dev.azure.com/acme/_apis/wit/workItems/${id}` },
});

test('a tile names its predecessors, and which of them are not over is told from their types, wherever they stand', async () => {
  const [open, over, elsewhere, id] = [await file(), await file(), await file({}, 'Secret'), await file()];
  await set(over, { 'System.State': 'Deployed' });
  for (const before of [open, over]) await byHand('PATCH', `_apis/wit/workItems/${id}`, [predecessor(before)]);
  const tile = await as('agent').tile(id);
  expect(tile?.predecessors).toEqual([open, over]);
  const unfinished = await as('agent').unfinished([open, over, elsewhere, 99_999]);
  expect(unfinished.map(({ workItemId }) => workItemId)).toEqual([open, elsewhere]);
  expect(await as('agent').unfinished([])).toEqual([]);
});

test('whether work in a state is done is told by its category, whatever the state is called', async () => {
  const isDone = async (state: string) => as('agent').isDone({ type: 'Bug', state });
  expect([await isDone('Deployed'), await isDone('Removed'), await isDone('New')]).toEqual([true, false, false]);
});

test('attachments are told by name and size, and read byte by byte', async () => {
  const id = await file();
  const bytes = Buffer.from([0x89, 0x50, 0xef, 0xbb, 0xbf, 0, 255]);
  const uploaded = await uploadedFile('trace.log', bytes);
  const value = { rel: 'AttachedFile', url: uploaded.url };
  await byHand('PATCH', `_apis/wit/workItems/${id}`, [{ op: 'add', path: '/relations/-', value }]);
  const [attachment = { id: '', name: '', bytes: 0 }] = (await as('agent').tile(id))?.attachments ?? [];
  expect(attachment).toEqual({ id: uploaded.id, name: 'trace.log', bytes: bytes.length });
  expect(Buffer.from(await as('agent').attachment(attachment))).toEqual(bytes);
  const lost = { ...attachment, id: '0f0f0f0f-1111-4222-8333-444444444444' };
  expect(await factsOf(as('agent').attachment(lost))).toMatchObject({ kind: 'missing', status: 404 });
});

test('the priority of a tile is told where it has one', async () => {
  const [first, second] = [await file({ 'Microsoft.VSTS.Common.Priority': 1 }), await file()];
  const [urgent, other] = await as('agent').summaries([first, second]);
  expect(urgent?.priority).toBe(1);
  expect(other?.priority === undefined || other.priority > 1).toBe(true);
});
