import { expect, test } from 'vitest';
import type { Code, Refusal } from '../../src/refusal.ts';
import { refuse } from '../../src/refusal.ts';
import type { IntentOf } from '../../src/work-items/lifecycle-events.ts';
import { base, deploying, merged, sha } from '../work-items/fixture.ts';
import { createWorld, mergedPullRequest, type World } from '../work-items/ports.ts';
import { stage } from './world.ts';

const rollback: IntentOf<'rollback'> = { kind: 'rollback', sha: merged, deploymentId: '9', before: base };
const deploy: IntentOf<'deploy'> = { kind: 'deploy', sha: merged, move: 0 };
const worldWith = (extra: Partial<World> = {}) =>
  createWorld({ pullRequest: mergedPullRequest, targetSha: merged, running: { commit: merged }, ...extra });

test('an instance that is back on what it ran before, and well, needs no way back', async () => {
  const world = worldWith({ running: { commit: base } });
  expect(await stage(world).perform(deploying, rollback)).toEqual({ kind: 'done', result: { deploymentId: '9' } });
  expect(world.writes).toEqual([]);
});

test('a deployment that changed nothing is not taken back, but the instance must be well', async () => {
  const world = worldWith({ running: { commit: base }, healthy: false });
  const outcome = await stage(world).perform(deploying, rollback);
  expect(outcome).toMatchObject({ kind: 'done', result: { why: expect.stringContaining('not well') } });
  expect(world.writes).toEqual([]);
});

test('the way back has failed when the instance runs something else afterwards', async () => {
  const world = worldWith();
  const outcome = await stage(world).perform(deploying, { ...rollback, before: sha });
  expect(outcome).toMatchObject({ kind: 'done', result: { why: expect.stringContaining('not well') } });
  expect(world.writes).toEqual(['rollback 9']);
});

test('where it is not known what ran before, anything but the merge counts as back', async () => {
  const { before, ...unknown } = rollback;
  const world = worldWith();
  expect(await stage(world).perform(deploying, unknown)).toEqual({ kind: 'done', result: { deploymentId: '9' } });
});

/** The outcome of a deployment while the supervisor says no. */
async function deployWhile(refusal: Refusal, extra: Partial<World> = {}) {
  const world = createWorld({ pullRequest: mergedPullRequest, targetSha: merged, ...extra });
  const outcome = await stage(world, { gate: { blocked: async () => refusal } }).perform(deploying, deploy);
  return { ...outcome, writes: world.writes };
}

test('a frozen deployment wakes when the freeze ends', async () => {
  const { now } = createWorld();
  const outcome = await deployWhile({ ...refuse('FREEZE', 'until Monday'), until: now + 3_600_000 });
  expect(outcome).toMatchObject({ kind: 'later', waitMs: 3_600_000, writes: [] });
});

test('a hold keeps back what contains the merge that went wrong, and lets its revert through', async () => {
  const hold = { ...refuse('HOLD', 'it failed'), sha, before: base };
  expect(await deployWhile(hold, { pathsMoved: ['a'] })).toMatchObject({ kind: 'later', refusal: { refused: 'HOLD' } });
  const elsewhere = { ...hold, sha: 'f'.repeat(40) };
  expect(await deployWhile(elsewhere)).toMatchObject({ kind: 'later', refusal: { refused: 'HOLD' } });
});

test('an item waits for one that was merged before it, and not for one that was merged after', async () => {
  const run = (mergedSha: string) => {
    const world = createWorld({ pullRequest: mergedPullRequest, targetSha: merged });
    const otherMerges = async () => [{ workItemId: 11, mergedSha }];
    return stage(world, { gate: { otherMerges } }).perform(deploying, deploy);
  };
  const code: Code = 'OVERLAP';
  expect(await run(sha)).toMatchObject({
    kind: 'later',
    refusal: { refused: code, why: expect.stringContaining('11') },
  });
  expect(await run('e'.repeat(40))).toMatchObject({ kind: 'done' });
});
