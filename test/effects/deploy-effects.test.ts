import { expect, test } from 'vitest';
import type { Code, Refusal } from '../../src/refusal.ts';
import { refuse } from '../../src/refusal.ts';
import type { IntentOf } from '../../src/work-items/lifecycle/events.ts';
import { base, day, deploying, eve, merged, postedAt, sha, tileIn } from '../work-items/fixture.ts';
import { createWorld, mergedPullRequest, outside, type World } from '../work-items/ports.ts';
import { createLedger, stage } from './world.ts';

const rollback: IntentOf<'rollback'> = { kind: 'rollback', sha: merged, deploymentId: '9', nth: 0, before: base };
const deploy: IntentOf<'deploy'> = { kind: 'deploy', sha: merged, nth: 0 };
const worldWith = (extra: Partial<World> = {}) =>
  createWorld({ pullRequest: mergedPullRequest, targetSha: merged, running: { commit: merged }, ...extra });
const verify: IntentOf<'verify'> = { kind: 'verify', sha: merged, deploymentId: '9', nth: 0 };

test('a deployment is sent under its own key, with what ran before', async () => {
  const world = worldWith({ running: { commit: sha } });
  const { perform, keyOf } = stage(world, { deploy: { archive: async () => Buffer.from('tar') } });
  expect(await perform(deploying, deploy)).toEqual({ kind: 'done', result: { deploymentId: '9', before: sha } });
  expect(world.writes).toEqual([`deploy ${merged.slice(0, 4)} as archive`]);
  expect([...world.deployments.keys()]).toEqual([keyOf(deploy)]);
});

test('a deployment whose answer was lost is sent again under the same key', async () => {
  const world = worldWith({
    running: { commit: base },
    faults: [['deploy', outside('unreachable', { maybeDone: true })]],
  });
  const ledger = createLedger();
  expect(await stage(world, { ledger }).perform(deploying, deploy)).toMatchObject({ kind: 'later' });
  await stage(world, { ledger }).perform(deploying, deploy);
  expect([...world.deployments.keys()]).toHaveLength(1);
});

test('a merge that already runs and is healthy counts as deployed, with nothing sent', async () => {
  const world = worldWith();
  expect(await stage(world).perform(deploying, deploy)).toEqual({ kind: 'done', result: { deployed: true } });
  expect(world.writes).toEqual([]);
});

test('if the customer deploys, nothing is sent and the platform waits for the merge', async () => {
  const world = worldWith({ running: { commit: base } });
  const byCustomer = { deploy: { mode: 'observe' as const } };
  expect(await stage(world, byCustomer).perform(deploying, deploy)).toMatchObject({
    kind: 'later',
    until: world.now + 60_000,
  });
  world.running = { commit: merged };
  expect(await stage(world, byCustomer).perform(deploying, deploy)).toMatchObject({ result: { deployed: true } });
  expect(world.writes).toEqual([]);
});

test.each<[string, Partial<World>, object]>([
  ['succeeded, and whose merge runs and is healthy, is deployed', {}, { deployed: true }],
  ['failed is told so', { healthy: false }, { deployed: false, why: expect.stringContaining('failed') }],
  [
    'left the earlier version is told so',
    { running: { commit: base } },
    { deployed: false, why: expect.stringContaining('earlier') },
  ],
  [
    'left a version that is unknown is told so',
    { running: {} },
    { deployed: false, why: expect.stringContaining('does not say') },
  ],
  ['left a version that cannot be read is told so', { faults: [['version', outside('failed')]] }, { deployed: false }],
])('what was sent and %s', async (_, extra, result) => {
  const world = worldWith(extra);
  expect(await stage(world).perform(deploying, verify)).toMatchObject({ kind: 'done', result });
  expect(world.writes).toEqual([]);
});

test('during a pause nothing is sent, but what was sent is verified', async () => {
  const world = worldWith({ running: { commit: base } });
  const paused = stage(world, { blockedBy: 'PAUSED' });
  for (const intent of [deploy, rollback]) {
    world.running = { commit: intent.kind === 'deploy' ? base : merged };
    expect(await paused.perform(deploying, intent)).toMatchObject({ kind: 'later', refusal: { refused: 'PAUSED' } });
  }
  expect(await paused.perform(deploying, verify)).toMatchObject({ kind: 'done', result: { deployed: true } });
  expect(world.writes).toEqual([]);
});

test('a deployment that does not end is given up after its minutes', async () => {
  const world = worldWith({ deployments: new Map([['stuck', '']]) });
  const before = world.now;
  const outcome = await stage(world).perform(deploying, verify);
  expect(outcome).toMatchObject({ result: { deployed: false, why: expect.stringContaining('1 minutes') } });
  expect(world.now - before).toBe(60_000);
});

const movedByEve = { rev: 20, state: 'New', at: postedAt + day, by: eve, shownAs: eve, signedInAs: eve };
const removed: Partial<World> = {
  tile: tileIn('New', { rev: 20 }),
  change: movedByEve,
  pullRequest: { ...mergedPullRequest, mergedAt: postedAt },
};

test('nothing is sent for an item that people took away, or whose merge they reverted', async () => {
  const away = worldWith({ ...removed, running: { commit: base } });
  expect(await stage(away).perform(deploying, deploy)).toMatchObject({
    kind: 'refused',
    refusal: { refused: 'GATE_STATE' },
  });
  const gone = worldWith({ tile: undefined, running: { commit: base } });
  expect(await stage(gone).perform(deploying, deploy)).toMatchObject({
    kind: 'refused',
    refusal: { refused: 'GATE_TENANT' },
  });
  const later = 'e'.repeat(40);
  const line = [base, sha, merged, later];
  const reverted = worldWith({ line, targetSha: later, running: { commit: base }, undone: [merged] });
  expect(await stage(reverted).perform(deploying, deploy)).toMatchObject({
    kind: 'refused',
    refusal: { refused: 'GATE_STATE', why: expect.stringContaining('reverted') },
  });
  expect([...away.writes, ...gone.writes, ...reverted.writes]).toEqual([]);
});

test('what was sent before people took the item away is still verified or rolled back', async () => {
  const takenAway = expect.stringContaining('"New" after the merge');
  const world = worldWith(removed);
  expect(await stage(world).perform(deploying, verify)).toMatchObject({ result: { deployed: true, takenAway } });
  expect(await stage(world).perform(deploying, rollback)).toMatchObject({ result: { deploymentId: '9', takenAway } });
  expect(world.writes).toEqual(['rollback 9']);
  const gone = worldWith({ ...removed, tile: undefined });
  expect(await stage(gone).perform(deploying, rollback)).toMatchObject({ kind: 'done', result: { deploymentId: '9' } });
  expect(gone.writes).toEqual(['rollback 9']);
});

test('an instance that runs the previous version and is healthy needs no rollback', async () => {
  const world = worldWith({ running: { commit: base } });
  expect(await stage(world).perform(deploying, rollback)).toEqual({ kind: 'done', result: { deploymentId: '9' } });
  expect(world.writes).toEqual([]);
});

test('a deployment that changed nothing is not rolled back, but the instance must be healthy', async () => {
  const world = worldWith({ running: { commit: base }, healthy: false });
  const outcome = await stage(world).perform(deploying, rollback);
  expect(outcome).toMatchObject({ kind: 'done', result: { why: expect.stringContaining('not well') } });
  expect(world.writes).toEqual([]);
});

test('a rollback has failed if the instance runs something else afterwards', async () => {
  const world = worldWith();
  const outcome = await stage(world).perform(deploying, { ...rollback, before: sha });
  expect(outcome).toMatchObject({ kind: 'done', result: { why: expect.stringContaining('not well') } });
  expect(world.writes).toEqual(['rollback 9']);
});

test('if the previous version is unknown, anything but the merge counts as rolled back', async () => {
  const { before, ...unknown } = rollback;
  const world = worldWith();
  expect(await stage(world).perform(deploying, unknown)).toEqual({ kind: 'done', result: { deploymentId: '9' } });
});

/** The outcome of a deployment while the supervisor says no. */
async function deployWhile(refusal: Refusal, extra: Partial<World> = {}) {
  const world = createWorld({ pullRequest: mergedPullRequest, targetSha: merged, ...extra });
  const outcome = await stage(world, { node: { blocked: async () => refusal } }).perform(deploying, deploy);
  return { ...outcome, writes: world.writes };
}

test('a frozen deployment wakes when the freeze ends', async () => {
  const { now } = createWorld();
  const outcome = await deployWhile({ ...refuse('FREEZE', 'until Monday'), until: now + 3_600_000 });
  expect(outcome).toMatchObject({ kind: 'later', until: now + 3_600_000, writes: [] });
});

test('a hold blocks everything that contains the bad merge, and lets its revert through', async () => {
  const hold = { ...refuse('HOLD', 'it failed'), sha, before: base };
  expect(await deployWhile(hold, { pathsMoved: ['a'] })).toMatchObject({ kind: 'later', refusal: { refused: 'HOLD' } });
  const elsewhere = { ...hold, sha: 'f'.repeat(40) };
  expect(await deployWhile(elsewhere)).toMatchObject({ kind: 'later', refusal: { refused: 'HOLD' } });
});

test('an item waits for one that was merged earlier, not for one that was merged later', async () => {
  const run = (mergedSha: string) => {
    const world = createWorld({ pullRequest: mergedPullRequest, targetSha: merged });
    const otherMerges = async () => [{ workItemId: 11, mergedSha }];
    return stage(world, { node: { otherMerges } }).perform(deploying, deploy);
  };
  const code: Code = 'OVERLAP';
  expect(await run(sha)).toMatchObject({
    kind: 'later',
    refusal: { refused: code, why: expect.stringContaining('11') },
  });
  expect(await run('e'.repeat(40))).toMatchObject({ kind: 'done' });
});
