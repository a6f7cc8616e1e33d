import { expect, test } from 'vitest';
import type { Intent } from '../../src/work-items/lifecycle-events.ts';
import { base, deploying, executing, merged, ourClaim, sha, tileIn } from '../work-items/fixture.ts';
import { createWorld, mergedPullRequest, outside, type World } from '../work-items/ports.ts';
import { createLedger, type StageOptions, stage } from './world.ts';

const deploy: Intent = { kind: 'deploy', sha: merged, move: 0 };
const worldWith = (extra: Partial<World> = {}) =>
  createWorld({ pullRequest: mergedPullRequest, targetSha: merged, ...extra });

/** A deployment after which the instance runs our merge. */
function willRun(world: World): StageOptions['effects'] {
  return {
    archive: async () => {
      world.running = { commit: merged };
      return undefined;
    },
  };
}

test('a deployment is done when the instance runs the merge and is healthy', async () => {
  const world = worldWith();
  const ledger = createLedger();
  const { perform, keyOf } = stage(world, { ledger, effects: { archive: async () => Buffer.from('tar') } });
  world.running = { commit: sha };
  expect(await perform(deploying, deploy)).toEqual({
    kind: 'done',
    result: { deployed: false, deploymentId: '9', before: sha, why: 'the instance still reports the earlier version' },
  });
  expect(world.writes).toEqual([`deploy ${merged.slice(0, 4)} as archive`]);
  expect([...world.deployments.keys()]).toEqual([keyOf(deploy)]);
});

test('a deployment that succeeds, reports the merge and is healthy is deployed', async () => {
  const world = worldWith();
  let asked = 0;
  const gate = {
    instance: {
      version: async () => ({ commit: asked++ < 2 ? sha : merged }),
      healthy: async () => true,
      deploy: async () => ({ deploymentId: '9' }),
      deployment: async () => 'succeeded' as const,
      rollback: async () => {},
    },
  };
  const outcome = await stage(world, { gate }).perform(deploying, deploy);
  expect(outcome).toEqual({ kind: 'done', result: { deployed: true, deploymentId: '9', before: base } });
});

test('a merge that runs and is healthy already is deployed with nothing sent', async () => {
  const world = worldWith({ running: { commit: merged } });
  expect(await stage(world).perform(deploying, deploy)).toEqual({ kind: 'done', result: { deployed: true } });
  expect(world.writes).toEqual([]);
});

test('a deployment after which the instance is not healthy has failed', async () => {
  const world = worldWith({ healthy: false });
  const outcome = await stage(world, { effects: willRun(world) ?? {} }).perform(deploying, deploy);
  expect(outcome).toMatchObject({ result: { deployed: false, why: expect.stringContaining('failed') } });
});

test('a deployment that does not end is given up after its minutes', async () => {
  const world = worldWith({ deployments: new Map([['stuck', '']]) });
  const before = world.now;
  const outcome = await stage(world).perform(deploying, deploy);
  expect(outcome).toMatchObject({ result: { deployed: false, why: expect.stringContaining('1 minutes') } });
  expect(world.now - before).toBe(60_000);
});

test('a deployment whose answer was lost is sent again under the same key', async () => {
  const world = worldWith({ faults: [['deploy', outside('unreachable', { maybeDone: true })]] });
  const ledger = createLedger();
  expect(await stage(world, { ledger }).perform(deploying, deploy)).toMatchObject({ kind: 'later' });
  await stage(world, { ledger }).perform(deploying, deploy);
  expect([...world.deployments.keys()]).toHaveLength(1);
});

test('where the customer deploys, nothing is sent and the merge is waited for', async () => {
  const world = worldWith();
  const effects = { deployMode: 'observe' as const };
  expect(await stage(world, { effects }).perform(deploying, deploy)).toMatchObject({ kind: 'later', waitMs: 60_000 });
  world.running = { commit: merged };
  expect(await stage(world, { effects }).perform(deploying, deploy)).toMatchObject({ result: { deployed: true } });
  expect(world.writes).toEqual([]);
});

test('a push of what stands on the branch already sends nothing', async () => {
  const branch = 'feature/acme-12';
  const world = createWorld({ tile: tileIn('In Progress'), change: ourClaim, heads: new Map([[branch, sha]]) });
  expect(await stage(world).perform(executing, { kind: 'push', sha, branch })).toEqual({ kind: 'done', result: {} });
  expect(world.writes).toEqual([]);
});
