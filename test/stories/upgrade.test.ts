import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { turnBack } from '../store/upgrade/old-database.ts';
import { boardOf } from './board.ts';
import { approved, planned, pullRequestOf } from './road.ts';
import { startWorld, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

test('what was planned and approved under 0.1.0 is carried out and deployed after the upgrade', async () => {
  world = await startWorld();
  const stateFolder = join(world.root, '.jvagent', 'state');
  const waiting = await planned(world, 'An item that waits');
  const id = await approved(world, 'An item that was approved');
  const claimed = async () => (await world.session(id))?.item?.approval?.claimRev !== undefined;
  await world.eventually('the claim', claimed);
  const before = (await world.session(id))?.item;
  const agent = boardOf(world, 'acme', world.emulators.tenants.acme.secrets.pats.agent);
  await world.restart(async () => {
    for (const { workItemId, commentId, text } of turnBack(stateFolder)) {
      await agent.editComment(workItemId, commentId, text);
    }
  });

  expect((await world.session(waiting))?.item?.phase).toBe('plan-ready');
  const { item } = await world.until(id, 'pr-created');
  expect(item?.approval).toEqual(before?.approval);
  expect(item?.plan).toMatchObject({ plan: before?.plan?.plan, contentHash: before?.plan?.contentHash });
  await world.engineer().merge(await pullRequestOf(world, id));
  const { deployment } = (await world.until(id, 'deployed')).item ?? {};
  expect(deployment?.deployedSha).toBe(deployment?.mergedSha);
});
