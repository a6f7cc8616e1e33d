import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { beats, logged, pushes, said } from './look.ts';
import { approved, filed } from './road.ts';
import {
  after,
  call,
  commit,
  edit,
  executing,
  openPullRequest,
  planning,
  say,
  scriptOf,
  submitPlan,
} from './scripts.ts';
import { startWorld, type World } from './world.ts';

const plans = 'An item moved while it is planned';
const works = 'An item moved while it is worked on';
const edits = 'An item moved while nothing is committed yet';
const slowMs = 60_000;

let world: World;
let pushed: number;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      planning(plans, [call('Bash', { command: 'echo I look around' }), after(slowMs, submitPlan())]),
      executing(`${works}.*approved once more`, [openPullRequest, say('Handed over.')]),
      executing(`${edits}.*not committed yet`, [commit, openPullRequest, say('Handed over.')]),
      executing(edits, [...edit, call('Bash', { command: 'echo It is edited' }), after(slowMs, commit)]),
      executing(works, [...edit, commit, after(slowMs, openPullRequest)]),
    ),
  });
});
beforeEach(() => {
  pushed = pushes(world);
});
afterAll(() => world.close());

/** Moves the tile and expects that the model is stopped, before it would go on by itself. */
async function moveAway(id: number, state: string, phase: string) {
  await world.engineer().move(id, state);
  const session = await world.until(id, phase);
  expect(await world.log(id)).toContain('aborted');
  return session;
}

async function expectNothingMore(id: number, state: string): Promise<void> {
  await beats(world);
  expect(await world.engineer().state(id)).toBe(state);
  expect(pushes(world)).toBe(pushed);
}

const committed = (id: number) =>
  world.eventually('a commit', async () => (await world.session(id))?.item?.change?.commit !== undefined);

test('a work item taken away during planning is released', async () => {
  const id = await filed(world, plans);
  await logged(world, id, 'I look around');
  await moveAway(id, 'Removed', 'cancelled');
  await said(world, id, 'This was stopped');
  await expectNothingMore(id, 'Removed');
});

test('a work item taken away during work is stopped, and says which commit is kept', async () => {
  const id = await approved(world, works);
  await committed(id);
  const { item } = await moveAway(id, 'Removed', 'cancelled');
  await said(world, id, `kept as commit ${item?.change?.commit?.sha.slice(0, 12)}`);
  await expectNothingMore(id, 'Removed');
});

test('a work item moved back to Plan Ready continues from the kept work once it is approved again', async () => {
  const id = await approved(world, works);
  await committed(id);
  const { item } = await moveAway(id, 'Plan Ready', 'plan-ready');
  await expectNothingMore(id, 'Plan Ready');

  await world.engineer().comment(id, 'approved once more');
  await world.engineer().move(id, 'Approved');
  const done = await world.until(id, 'pr-created');
  expect(done.item?.change?.commit?.sha).toBe(item?.change?.commit?.sha);
  expect(done.item?.approval?.rev).not.toBe(item?.approval?.rev);
});

test('a work item moved back to New during work is planned again', async () => {
  const id = await approved(world, works);
  await committed(id);
  const { item } = await moveAway(id, 'New', 'plan-ready');
  expect(item).not.toHaveProperty('change');
  await expectNothingMore(id, 'Plan Ready');
  const states = ['New', 'Planning', 'Plan Ready', 'Approved', 'In Progress', 'New', 'Planning', 'Plan Ready'];
  expect(await boardOf(world).states(id)).toEqual(states);
});

test('uncommitted work is kept too, and continues in a fresh tree', async () => {
  const id = await approved(world, edits);
  await logged(world, id, 'It is edited');
  const { item } = await moveAway(id, 'Plan Ready', 'plan-ready');
  expect(item?.change?.kept).toBeDefined();
  expect(item?.change?.commit).toBeUndefined();

  await world.engineer().move(id, 'Approved');
  const done = await world.until(id, 'pr-created');
  expect(done.item?.change?.kept).toBeUndefined();
  expect(done.item?.change?.commit?.summary).toContain('jsonpointer.js');
});
