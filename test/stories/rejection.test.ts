import { afterAll, beforeAll, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { beats, modelRequests, pushes } from './look.ts';
import { planning, scriptOf, submitPlan } from './scripts.ts';
import { fix, startWorld, type World } from './world.ts';

const feedback = 'Name the test that shows it, and say what may break.';
const stubborn = 'An item whose plan never changes';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      planning(stubborn, [submitPlan()]),
      planning(`rejected.*${feedback}`, [submitPlan({ tests: ['test.js, its last block.'], risks: 'None.' })]),
    ),
  });
});
afterAll(() => world.close());

/** The plan that was made after so many rejections, when it waits for a person. */
async function planAfter(id: number, replans: number) {
  await world.eventually('a plan after the rejection', async () => {
    const item = (await world.session(id))?.item;
    return item?.counts.replans === replans && item.phase === 'plan-ready';
  });
  return (await world.until(id, 'plan-ready')).item?.plan;
}

test('a rejected plan is made again with the feedback, and only the new one is carried out', async () => {
  const engineer = world.engineer();
  const id = await world.fileBug();
  const first = (await world.until(id, 'plan-ready')).item?.plan;
  await engineer.comment(id, feedback);
  await engineer.move(id, 'Rejected');

  const second = await planAfter(id, 1);
  expect(second?.hash).not.toBe(first?.hash);
  expect(modelRequests(world).at(-1)).toContain(feedback);
  expect(await engineer.state(id)).toBe('Plan Ready');
  expect((await world.comments(id)).at(-1)?.text).toMatch(new RegExp(`\\nPlan ${second?.hash.slice(0, 12)}$`));

  await engineer.move(id, 'Approved');
  const { item } = await world.until(id, 'pr-created');
  expect(item?.plan?.hash).toBe(second?.hash);
  const states = ['New', 'Planning', 'Plan Ready', 'Rejected', 'Planning', 'Plan Ready'];
  expect(await boardOf(world).states(id)).toEqual([...states, 'Approved', 'In Progress', 'PR Created']);
});

test('the same plan after a rejection needs a new approval', async () => {
  const engineer = world.engineer();
  const pushed = pushes(world);
  const id = await engineer.file({ ...fix.workItem, title: stubborn });
  const first = (await world.until(id, 'plan-ready')).item?.plan;
  await engineer.move(id, 'Rejected');
  const second = await planAfter(id, 1);
  expect(second?.hash).toBe(first?.hash);

  await beats(world);
  expect((await world.session(id))?.item?.phase).toBe('plan-ready');
  expect(await engineer.state(id)).toBe('Plan Ready');
  expect(pushes(world)).toBe(pushed);
  await engineer.move(id, 'Approved');
  expect((await world.until(id, ['executing', 'pr-created'])).item?.plan?.hash).toBe(first?.hash);
});
