import { afterAll, beforeAll, expect, test } from 'vitest';
import { boardOf } from './board.ts';
import { beats, said } from './look.ts';
import { type Reviewing, reviewing } from './reviewing.ts';
import { delivered, pullRequestOf } from './road.ts';
import { adding, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const dropped = 'An item that people drop while its pull request is open';
const renewed = 'An item that people want a new plan for';
const turned = 'An item whose pull request people turn elsewhere';

let world: World;
let people: Reviewing;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(
      ...adding('docs/dropped.md', dropped),
      ...adding('docs/renewed.md', renewed),
      ...adding('docs/turned.md', turned),
    ),
    agents: [{ tenant: 'acme', config: { git: { testCommand: 'test -d docs' } } }],
  });
  people = reviewing(world);
});
afterAll(() => world.close());

test('a tile taken away while its pull request is open ends the item; approved again, it continues', async () => {
  const id = await delivered(world, dropped);
  const number = await pullRequestOf(world, id);
  await world.engineer().move(id, 'Rejected');
  const { item } = await world.until(id, 'cancelled');
  await said(world, id, `Pull request ${number} stays as it is`);
  expect((await people.pull(number)).state).toBe('open');
  expect(await world.engineer().state(id)).toBe('Rejected');

  await world.engineer().move(id, 'Approved');
  const again = await world.until(id, 'pr-created');
  expect(again.item?.review?.number).toBe(number);
  expect(again.item?.change?.commit?.sha).toBe(item?.change?.commit?.sha);
  expect(again.item?.approval?.rev).not.toBe(item?.approval?.rev);
  await world.engineer().merge(number);
  await world.until(id, 'deployed');
});

test('a tile moved back to New is planned again on a separate branch, and the pull request stays', async () => {
  const id = await delivered(world, renewed);
  const number = await pullRequestOf(world, id);
  const branch = (await world.session(id))?.item?.change?.branch;
  await world.engineer().move(id, 'New');
  await world.until(id, 'plan-ready');
  await said(world, id, `Pull request ${number} stays as it is`);
  const states = await boardOf(world).states(id);
  expect(states.slice(-4)).toEqual(['PR Created', 'New', 'Planning', 'Plan Ready']);
  await world.engineer().move(id, 'Approved');
  const { item } = await world.until(id, 'pr-created');
  expect(item?.change?.branch).toBe(`${branch}-2`);
  expect(item?.review?.number).not.toBe(number);
  expect((await people.pull(number)).state).toBe('open');
});

test('a pull request that people retarget ends the item, and deploys nothing', async () => {
  const { instance } = world.emulators.tenants.acme;
  const before = instance.version();
  const id = await delivered(world, turned);
  const number = await pullRequestOf(world, id);
  await people.retarget(number, 'main');
  await world.until(id, 'cancelled');
  await said(world, id, `pull request ${number} goes into main, not customer/acme`);
  await world.engineer().merge(number);
  await beats(world);
  expect((await world.session(id))?.item?.phase).toBe('cancelled');
  expect(instance.version()).toBe(before);
});
