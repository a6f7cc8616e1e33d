import { afterAll, beforeAll, expect, test } from 'vitest';
import { delivered, pullRequestOf } from './road.ts';
import { adding, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const squashed = 'An item whose change is squashed';
const rebased = 'An item whose change is rebased';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    script: scriptOf(...adding('docs/squashed.md', squashed), ...adding('docs/rebased.md', rebased)),
    agents: [{ tenant: 'acme', config: { git: { testCommand: 'test -d docs' } } }],
  });
});
afterAll(() => world.close());

async function expectDeployed(id: number): Promise<void> {
  const { item } = await world.until(id, 'deployed');
  expect(item?.deployedSha).toBe(item?.mergedSha);
  expect(item?.mergedSha).not.toBe(item?.change?.sha);
  expect(world.emulators.tenants.acme.instance.version()).toBe(item?.mergedSha);
  expect(await world.engineer().state(id)).toBe('Deployed');
}

test('a squash-merge is deployed although the tile was closed in the same second', async () => {
  const engineer = world.engineer();
  const id = await delivered(world, squashed);
  const number = await pullRequestOf(world, id);
  await Promise.all([engineer.merge(number, 'squash'), engineer.move(id, 'Removed')]);
  await expectDeployed(id);
});

test('a rebase-merge is deployed, on top of what others merged before, although the tile says Deployed already', async () => {
  const engineer = world.engineer();
  const id = await delivered(world, rebased);
  const number = await pullRequestOf(world, id);
  await Promise.all([engineer.merge(number, 'rebase'), engineer.move(id, 'Deployed')]);
  await expectDeployed(id);
});
