import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Board, boardOf } from './board.ts';
import { logged, pushes, said } from './look.ts';
import { jvagent } from './operator.ts';
import { reviewing } from './reviewing.ts';
import { approved, planned } from './road.ts';
import { after, call, commit, edit, executing, scriptOf } from './scripts.ts';
import { fix, startWorld, type World } from './world.ts';

const acme = 'codechange/acme';
const target = 'customer/acme';
const works = 'An item that is worked on for long';

let world: World;
let board: Board;
beforeAll(async () => {
  world = await startWorld({
    agents: [{ tenant: 'acme', config: { devops: { workItemTypes: ['Bug', 'Task'] } } }],
    script: scriptOf(
      executing(works, [...edit, call('Bash', { command: 'echo It is edited' }), after(60_000, commit)]),
    ),
  });
  board = boardOf(world);
});
afterAll(() => world.close());

/** Brings a look forward, as the board's own hook does. */
const nudge = (id: number) =>
  jvagent(world, 'send', `agent/${acme}`, 'work.process', JSON.stringify({ workItemId: id }));

test('a plan whose files changed says that it must not be approved, and is made again later, with no rejection counted', async () => {
  const id = await planned(world, 'A plan that others overtake');
  const before = (await world.session(id))?.item?.plan?.baseSha;
  const people = reviewing(world);
  const [file = ''] = fix.edits.map((one) => one.file);
  await people.push(target, { [file]: `${await people.fileAt(target, file)}\n// The end.\n` });
  await said(world, id, 'Do not approve this plan');
  await people.push(target, { [file]: `${await people.fileAt(target, file)}\n// The very end.\n` });
  await world.engineer().move(id, 'Approved');
  await said(world, id, 'planned again by');
  await world.eventually('its way back', async () => (await world.engineer().state(id)) === 'Plan Ready');
  expect((await world.session(id))?.item?.plan?.baseSha).toBe(before);
  await jvagent(world, 'retry', acme, String(id));
  await said(world, id, 'Planning again');
  const moved = await people.shaOf(target);
  await world.eventually('a plan on the new head', async () => {
    const { item } = (await world.session(id)) ?? {};
    return item?.plan?.baseSha === moved && item.plan.posted !== undefined;
  });
  await world.until(id, 'plan-ready');
  expect(before).not.toBe(moved);
  expect((await world.session(id))?.item?.counts.replans).toBe(0);
  expect(await board.states(id)).toEqual([
    'New',
    'Planning',
    'Plan Ready',
    'Approved',
    'Plan Ready',
    'Planning',
    'Plan Ready',
  ]);
});

test('a waiting work item that is deleted or retyped is released, and an approval of it does not count', async () => {
  const [deleted, retyped] = [await planned(world, 'Deleted'), await planned(world, 'Retyped')];
  await board.remove(deleted);
  await nudge(deleted);
  await world.until(deleted, 'cancelled');
  await board.set(retyped, { 'System.WorkItemType': 'User Story' });
  await world.engineer().move(retyped, 'Approved');
  await nudge(retyped);
  const { item } = await world.until(retyped, 'cancelled');
  expect(item?.refusal?.why).toContain('the type ("User Story")');
  expect(pushes(world)).toBe(0);
});

test('a work item deleted during work stops the turn, and its work is kept', async () => {
  const id = await approved(world, works);
  await logged(world, id, 'It is edited');
  await board.remove(id);
  const { item } = await world.until(id, 'cancelled');
  expect(item?.change?.kept).toBeDefined();
  expect(await world.log(id)).toContain('cancelled: aborted');
  expect(pushes(world)).toBe(0);
  expect(world.branches()).toEqual([target, 'main']);
});
