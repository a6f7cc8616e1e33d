import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Board, boardOf } from './board.ts';
import { beats, modelRequests, said } from './look.ts';
import { explained, jvagent } from './operator.ts';
import { filed } from './road.ts';
import { ask, call, planning, say, scriptOf, submitPlan } from './scripts.ts';
import { fix, startWorld, type World } from './world.ts';

const acme = 'codechange/acme';
const area = 'AcmeImplementation\\Web';
const ours = { 'System.AreaPath': area };
const curious = 'An item whose model asks twice';
const illustrated = 'An item with files';
/** A grey square. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAD0lEQVR4nGOIwgEYhpYEAGBOQ4Fu9qW8AAAAAElFTkSuQmCC',
  'base64',
);

let world: World;
let board: Board;
beforeAll(async () => {
  // Commands that reach the board themselves read their settings from here.
  const prepare = ({ root }: { root: string }) =>
    writeFileSync(join(root, '.env'), 'JVAGENT_ALLOW_LOOPBACK=1\n', { mode: 0o600 });
  const devops = { workItemTypes: ['Bug'], areaPath: area, expediteTag: 'urgent' };
  world = await startWorld({
    prepare,
    agents: [
      { tenant: 'acme', config: { devops, limits: { turnsAtOnceMax: 1, questionsMax: 1, attemptsMax: 1 } } },
      { tenant: 'globex', config: { limits: { dayUsdMax: 0 } } },
    ],
    script: scriptOf(
      planning(curious, [ask('Which way?')]),
      planning(illustrated, [call('Read', { file_path: '/attachments/1.png' }), submitPlan(), say('It is handed in.')]),
    ),
  });
  board = boardOf(world);
});
afterAll(() => world.close());

test('only work items of its types and area are taken up, the most urgent first, one at a time', async () => {
  await jvagent(world, 'pause', acme);
  const [late, urgent, first] = [await filed(world, 'Late'), await filed(world, 'Urgent'), await filed(world, 'First')];
  const elsewhere = await filed(world, 'Elsewhere');
  const story = await world.engineer().file({ ...fix.workItem, type: 'User Story' });
  const priority = 'Microsoft.VSTS.Common.Priority';
  await board.set(late, { ...ours, [priority]: 3 });
  await board.set(urgent, { ...ours, [priority]: 3, 'System.Tags': 'Urgent' });
  await board.set(first, { ...ours, [priority]: 1 });
  await board.set(story, ours);
  const preview = JSON.parse(await jvagent(world, 'heartbeat', acme, '--dry-run', '--json'));
  expect(preview).toMatchObject({ stopped: { code: 'PAUSED' } });
  const why = new Map(preview.items.map((item: { workItemId: number; why: string }) => [item.workItemId, item.why]));
  expect([...why.keys()].sort()).toEqual([late, urgent, first, elsewhere, story].sort());
  expect([why.get(elsewhere), why.get(story)]).toEqual([
    expect.stringMatching(/^its area is /),
    expect.stringMatching(/^its type is /),
  ]);

  await jvagent(world, 'resume', acme);
  for (const id of [first, urgent, late]) await world.until(id, 'plan-ready');
  const order = [...new Set(modelRequests(world).flatMap((text) => titleIn(text, ['Late', 'Urgent', 'First'])))];
  expect(order).toEqual(['First', 'Urgent', 'Late']);
  for (const id of [elsewhere, story]) {
    expect(await world.session(id)).toBeUndefined();
    expect(await world.engineer().state(id)).toBe('New');
  }
});

/** Which of these titles a request to the model is about. */
function titleIn(request: string, titles: readonly string[]): string[] {
  return titles.filter((title) => new RegExp(`\\\\n${title}\\\\n`).test(request));
}

test('attachments are read: text in a data block, a picture as a picture; a later one leads to a new plan', async () => {
  const id = await filed(world, illustrated);
  await board.attach(id, 'trace.log', Buffer.from('TypeError: at line 42'));
  await board.attach(id, 'screen.png', png);
  await board.set(id, ours);
  await world.until(id, 'plan-ready');
  const asked = modelRequests(world).filter((text) => text.includes(illustrated));
  expect(asked[0]).toMatch(/<<<data [0-9a-f]+ file trace\.log[^<]*TypeError: at line 42\\ndata>>>/);
  expect(asked.some((text) => text.includes('"type":"image"'))).toBe(true);

  await board.attach(id, 'more.txt', Buffer.from('It says so too.'));
  await said(world, id, 'Planning again');
  await world.until(id, 'plan-ready');
  expect(modelRequests(world).at(-1)).toContain('It says so too.');
});

test('one question too many ends the item, with the reason on the tile', async () => {
  const id = await filed(world, curious);
  await board.set(id, ours);
  await world.until(id, 'needs-info');
  await world.engineer().comment(id, 'To the left.');
  await world.until(id, 'failed');
  await said(world, id, 'no further question may be asked');
  expect(await explained(world, id, 'ATTEMPTS')).toMatchObject({ phase: 'failed' });
});

test("an item waits while the day's money is used up, and says so", async () => {
  const id = await world.fileBug('globex');
  await world.until(id, 'planning', 'globex');
  expect(await explained(world, id, 'BUDGET_DAY', 'globex')).toMatchObject({ phase: 'planning' });
  // What was sent while its first turn lasted has its turn still.
  await beats(world, 2, 'globex');
  await world.until(id, 'planning', 'globex');
  const turns = async () => (await world.log(id, 'globex')).split('turn-ended').length;
  const before = await turns();
  await beats(world, 3, 'globex');
  expect(await turns()).toBe(before);
});
