import { afterAll, beforeAll, expect, test } from 'vitest';
import { beats, said } from './look.ts';
import { closePullRequest, delivered, pullRequestOf, reopenPullRequest } from './road.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

test('a pull request closed without a merge ends the work item and says so; a new approval opens another', async () => {
  const { instance, commit } = world.emulators.tenants.acme;
  const id = await delivered(world, 'An item whose change nobody wants');
  const number = await pullRequestOf(world, id);
  await closePullRequest(world, number);
  const { item } = await world.until(id, 'cancelled');
  await said(world, id, `pull request ${number} was closed unmerged`);
  expect(await world.engineer().state(id)).toBe('PR Created');
  await beats(world);
  expect((await world.session(id))?.item?.phase).toBe('cancelled');
  expect(instance.version()).toBe(commit);

  await world.engineer().move(id, 'Approved');
  const again = await world.until(id, 'pr-created');
  expect(again.item?.review?.number).toBeGreaterThan(number);
  expect(again.item?.change?.commit?.sha).toBe(item?.change?.commit?.sha);
});

test('a pull request that is reopened goes on in review; one that is then merged is deployed', async () => {
  const { instance } = world.emulators.tenants.acme;
  const id = await delivered(world, 'An item whose change people think better of');
  const number = await pullRequestOf(world, id);
  await closePullRequest(world, number);
  await world.until(id, 'cancelled');
  await reopenPullRequest(world, number);
  await world.until(id, 'pr-created');
  await said(world, id, `Pull request ${number} was reopened`);
  await closePullRequest(world, number);
  await world.until(id, 'cancelled');
  await world.restart(async () => {
    await reopenPullRequest(world, number);
    await world.engineer().merge(number);
  });
  const { item } = await world.until(id, 'deployed');
  expect(item?.review?.number).toBe(number);
  expect(instance.version()).toBe(item?.deployment?.mergedSha);
});
