import { beforeAll, expect, test } from 'vitest';
import type { Clock } from '../../../../src/base/clock.ts';
import { createWorld, set } from '../world.ts';

const noon = Date.UTC(2026, 4, 10, 12);
const time = { ms: noon };
const clock: Clock = { now: () => time.ms, sleep: async () => {} };
const { ask, patch, file } = await createWorld({ clock, queryResultsMax: 5 });
const ids: Record<string, number> = {};

beforeAll(async () => {
  time.ms = noon - 3 * 86_400_000;
  ids.old = await file("Quote's end", { 'System.Tags': 'jvagent; fast', 'System.AreaPath': 'AcmeImplementation\\Web' });
  time.ms = noon;
  ids.fresh = await file('Guard the keys', {
    'System.AssignedTo': 'ada@acme.test',
    'Microsoft.VSTS.Common.Priority': 1,
  });
  ids.task = await file('Paint it', {}, 'Task');
  await patch(ids.task, [set('System.State', 'Approved')]);
  ids.moved = await file('Elsewhere');
  await patch(ids.moved, [set('System.TeamProject', 'Sandbox')]);
});

const query = (where: string, parameters = '') =>
  ask(`AcmeImplementation/_apis/wit/wiql?${parameters}`, { method: 'POST', body: { query: where } });
const names = (found: { workItems: { id: number }[] }) =>
  found.workItems.map(({ id }) => Object.keys(ids).find((name) => ids[name] === id));

test.each([
  ["[System.TeamProject] = @project AND [System.State] = 'new'", ['old', 'fresh']],
  ["[System.State] IN ('Approved', 'Planning')", ['task']],
  ["[System.TeamProject] = @project AND [System.State] NOT IN ('New')", ['task']],
  ["[System.WorkItemType] <> 'Bug'", ['task']],
  ["[System.Tags] CONTAINS 'JVAGENT'", ['old']],
  ["[System.Tags] CONTAINS 'jvage'", []],
  ["[System.Title] CONTAINS 'keys'", ['fresh']],
  ["[System.Title] = 'Quote''s end'", ['old']],
  ["[System.AreaPath] UNDER 'AcmeImplementation\\Web'", ['old']],
  ["[System.AreaPath] UNDER 'AcmeImplementation'", ['old', 'fresh', 'task']],
  ["[System.AssignedTo] = 'Ada Agent'", ['fresh']],
  ["[System.AssignedTo] = 'Ada Agent <ada@acme.test>'", ['fresh']],
  ["[Assigned To] <> '' AND [System.CreatedBy] = @Me", ['fresh']],
  ['[Microsoft.VSTS.Common.Priority] < 2', ['fresh']],
  ['[System.CreatedDate] < @today - 1', ['old']],
  ['[System.CreatedDate] >= @Today-1 AND [System.TeamProject] = @project', ['fresh', 'task']],
  ["[System.CreatedDate] = '2026-05-07'", ['old']],
  [
    "[System.WorkItemType] = 'Task' OR [System.WorkItemType] = 'Bug' AND [System.Tags] CONTAINS 'fast'",
    ['old', 'task'],
  ],
  [
    "[System.WorkItemType] = 'Bug' AND [System.Tags] CONTAINS 'fast' OR [System.WorkItemType] = 'Task'",
    ['old', 'task'],
  ],
  ["([System.WorkItemType] = 'Task' OR [System.WorkItemType] = 'Bug') AND [System.Tags] CONTAINS 'fast'", ['old']],
  ['NOT ([System.AssignedTo] IS EMPTY)', ['fresh']],
])('finds by %s', async (where, expected) => {
  const { json } = await query(`SELECT [System.Id] FROM WorkItems WHERE ${where}`);
  expect(names(json)).toEqual(expected);
});

test('sorts, cuts at $top, and answers ids only', async () => {
  const wiql =
    'SELECT [System.Id], [System.Title] FROM WorkItems ORDER BY [System.WorkItemType] DESC, [System.Id] DESC';
  const { json } = await query(wiql, '$top=2');
  expect(names(json)).toEqual(['task', 'moved']);
  expect(json).toMatchObject({
    queryType: 'flat',
    queryResultType: 'workItem',
    columns: [{ name: 'ID' }, { name: 'Title' }],
  });
  expect(json.sortColumns[0]).toMatchObject({ descending: true });
  expect(Object.keys(json.workItems[0])).toEqual(['id', 'url']);
});

test('a time in a date literal needs timePrecision', async () => {
  const wiql =
    "SELECT [System.Id] FROM WorkItems WHERE [System.ChangedDate] > '2026-05-10T11:00:00Z' AND [System.TeamProject] = @project";
  expect(await query(wiql)).toMatchObject({
    status: 400,
    json: { message: expect.stringContaining('date precision') },
  });
  expect(names((await query(wiql, 'timePrecision=true')).json)).toEqual(['fresh', 'task']);
});

test.each([
  ['SELECT [System.Id] FROM Nothing', 'TF51006'],
  ["SELECT [System.Id] FROM WorkItems WHERE [Foo.Bar] = '1'", 'TF51005'],
  ['SELECT [System.Id] FROM WorkItems WHERE', 'TF51006'],
  ["SELECT [System.Id] FROM WorkItems WHERE [System.Id] = 1 AND ([System.Title] = 'x'", 'TF51006'],
  ["SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'it's'", 'TF51006'],
])('refuses %s', async (wiql, code) => {
  expect(await query(wiql)).toMatchObject({ status: 400, json: { message: expect.stringContaining(code) } });
});

test('@project means nothing without a project in the address', async () => {
  const body = { query: 'SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project' };
  expect((await ask('_apis/wit/wiql', { method: 'POST', body })).status).toBe(400);
});

test('more results than the limit fail without $top, and pass with it', async () => {
  for (let count = 0; count < 3; count += 1) await file('more');
  const wiql = 'SELECT [System.Id] FROM WorkItems';
  expect((await query(wiql)).json.typeKey).toBe('WorkItemTrackingQueryResultSizeLimitExceededException');
  expect((await query(wiql, '%24top=3')).json.workItems).toHaveLength(3);
});
