import { afterAll, beforeAll, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { beats, modelRequests, pushes } from './look.ts';
import { approved, filed } from './road.ts';
import { after, commit, edit, executing, openPullRequest, planning, say, scriptOf, submitPlan } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const hasty = 'An item approved too early';
const edited = 'An item edited while it is worked on';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      planning(hasty, [after(3_000, submitPlan())]),
      executing(edited, [...edit, commit, after(3_000, openPullRequest), say('Handed over.')]),
    ),
  });
});
afterAll(() => world.close());

test('an approval given while the plan is still being made does not count for it', async () => {
  const id = await filed(world, hasty);
  await world.eventually('the model planning', () => modelRequests(world).some((body) => body.includes(hasty)));
  await world.engineer().move(id, 'Approved');
  await world.until(id, 'plan-ready');
  await beats(world);
  expect((await world.session(id))?.item?.phase).toBe('plan-ready');
  expect(await boardOf(world).states(id)).toEqual(['New', 'Planning', 'Approved', 'Plan Ready']);
  expect(pushes(world)).toBe(0);
});

test('what was approved is not pushed once the work item says something else', async () => {
  const id = await approved(world, edited);
  await world.eventually('a commit', async () => (await world.session(id))?.item?.change?.commit !== undefined);
  await world.engineer().setField(id, 'System.Description', 'Do something else altogether.');
  await world.until(id, 'plan-ready');
  expect(await world.log(id)).toContain('refused: GATE_CONTENT');
  expect((await world.comments(id)).map(({ text }) => text).join()).toContain('GATE_CONTENT');
  expect(pushes(world)).toBe(0);
  expect(world.branches()).toEqual(['customer/acme', 'main']);
});
