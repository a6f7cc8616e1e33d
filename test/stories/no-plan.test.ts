import { afterAll, beforeAll, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { beats, pushes } from './look.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ agents: [{ tenant: 'acme', config: { devops: { requiredTag: 'jvagent' } } }] });
});
afterAll(() => world.close());

test('a work item approved before there is a plan is planned first and needs another approval', async () => {
  const engineer = world.engineer();
  const id = await world.fileBug();
  await boardOf(world).set(id, { 'System.State': 'Approved', 'System.Tags': 'jvagent' });
  await world.until(id, 'plan-ready');
  const said = (await world.comments(id)).map(({ text }) => text).filter((text) => !text.includes('[jv:status:'));
  expect(said[0]).toContain('GATE_NO_PLAN');
  expect(said[1]).toMatch(/\nPlan [0-9a-f]{12}$/);

  await beats(world);
  expect((await world.session(id))?.item?.phase).toBe('plan-ready');
  const states = ['New', 'Approved', 'Planning', 'Plan Ready'];
  expect(await boardOf(world).states(id)).toEqual(states);
  expect(pushes(world)).toBe(0);
  await engineer.move(id, 'Approved');
  await world.until(id, 'pr-created');
});

test('a work item without the required tag is left alone', async () => {
  const id = await world.fileBug();
  await world.engineer().move(id, 'Approved');
  await beats(world);
  expect(await world.session(id)).toBeUndefined();
  expect(await world.engineer().state(id)).toBe('Approved');
});
