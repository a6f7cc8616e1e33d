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

test('a commit whose files are too large is refused in words, and nothing is sent', async () => {
  const why = refuse('CONFIG_INVALID', 'the files of commit dddd are more than 512 MiB as a tar');
  const world = worldWith({ running: { commit: base } });
  const { perform } = stage(world, { deploy: { archive: async () => why } });
  expect(await perform(deploying, deploy)).toMatchObject({ kind: 'refused', refusal: why });
  expect(world.writes).toEqual([]);
});

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

const minute = 60_000;
/** The same, sent when the world begins. */
const sent = (world: World) => ({
  ...deploying,
  deployment: { mergedSha: merged, sent: { deploymentId: '9', before: base, at: world.now, isUnderWay: true } },
});

/** How the verification ends, and after how many milliseconds, in a world that changes with the time since it began. */
async function verifyIn(extra: Partial<World>, changes: (world: World, sinceMs: number) => void = () => {}) {
  const world = worldWith(extra);
  const { now: begun } = world;
  const pass = (ms: number) => {
    world.now += ms;
    changes(world, world.now - begun);
  };
  const clock = { now: () => world.now, sleep: async (ms: number) => pass(ms) };
  const outcome = await stage(world, { deploy: { clock } }).perform(sent(world), verify);
  expect(world.writes).toEqual([]);
  return { ...outcome, tookMs: world.now - begun };
}

test('one good answer is enough', async () => {
  expect(await verifyIn({})).toEqual({ kind: 'done', result: { deployed: true }, tookMs: 0 });
});

test('a version that is unhealthy while it starts is asked again every five seconds', async () => {
  const started = (world: World, ms: number) => {
    world.healthy = ms >= 8_000;
  };
  expect(await verifyIn({ healthy: false }, started)).toMatchObject({ result: { deployed: true }, tookMs: 10_000 });
  const faults: World['faults'] = [
    ['healthy', outside('unreachable')],
    ['version', outside('failed')],
  ];
  expect(await verifyIn({ faults })).toMatchObject({ result: { deployed: true }, tookMs: 10_000 });
});

test('a version that stays unhealthy has failed after its minutes to settle', async () => {
  const failed = { result: { deployed: false, why: expect.stringContaining('not healthy') }, tookMs: 2 * minute };
  expect(await verifyIn({ healthy: false })).toMatchObject(failed);
});

test('an old version is asked for again until the deployment has had its time', async () => {
  const old = { running: { commit: base } };
  const late = (world: World, ms: number) => {
    world.running = { commit: ms >= 7 * minute ? merged : base };
  };
  expect(await verifyIn(old, late)).toMatchObject({ result: { deployed: true }, tookMs: 7 * minute });
  expect(await verifyIn(old)).toMatchObject({
    result: { deployed: false, why: expect.stringContaining('earlier') },
    tookMs: 10 * minute,
  });
  expect(await verifyIn({ running: {} })).toMatchObject({
    result: { deployed: false, why: expect.stringContaining('does not say') },
    tookMs: 10 * minute,
  });
});

test('a version that comes late has its minutes to start too', async () => {
  const late = (world: World, ms: number) => {
    world.running = { commit: ms >= 7 * minute ? merged : base };
    world.healthy = ms >= 8 * minute;
  };
  const outcome = await verifyIn({ running: { commit: base }, healthy: false }, late);
  expect(outcome).toMatchObject({ result: { deployed: true }, tookMs: 8 * minute });
});

test('a deployment that the instance calls failed is over at once', async () => {
  expect(await verifyIn({ deploymentIs: 'failed', healthy: false })).toMatchObject({
    result: { deployed: false, why: expect.stringContaining('reports that the deployment failed') },
    tookMs: 0,
  });
});

test('a deployment that does not end is given up after its minutes', async () => {
  expect(await verifyIn({ deploymentIs: 'running' })).toMatchObject({
    result: { deployed: false, why: expect.stringContaining('10 minutes') },
    tookMs: 10 * minute,
  });
});

test('a token that is refused says nothing of the health: it is asked again later', async () => {
  const faults: World['faults'] = [['healthy', outside('auth')]];
  expect(await verifyIn({ faults })).toMatchObject({ kind: 'later', refusal: { refused: 'OUTSIDE_AUTH' } });
});

test('a process that died while it verified waits no longer than is left', async () => {
  const world = worldWith({ running: { commit: base } });
  const item = sent(world);
  world.now += 9 * minute;
  const { now: begun } = world;
  await stage(world).perform(item, verify);
  expect(world.now - begun).toBe(2 * minute);
  world.now += 9 * minute;
  const { now: later } = world;
  expect(await stage(world).perform(item, verify)).toMatchObject({ result: { deployed: false } });
  expect(world.now - later).toBe(0);
});

test('a later commit that is unhealthy is not replaced by an earlier merge', async () => {
  const later = 'e'.repeat(40);
  const world = worldWith({ line: [base, sha, merged, later], running: { commit: later }, healthy: false });
  expect(await stage(world).perform(deploying, deploy)).toMatchObject({
    kind: 'later',
    refusal: { why: expect.stringContaining('later commit') },
  });
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

test('where the instance did not take the deployment and runs what it ran before, nothing is rolled back', async () => {
  const world = worldWith({ running: { commit: base }, deploymentIs: 'failed' });
  const outcome = await stage(world).perform(sent(world), rollback);
  expect(outcome).toEqual({ kind: 'done', result: { deploymentId: '9', nothingSent: true } });
  expect(world.writes).toEqual([]);
});

test('a deployment that the instance took is rolled back although the old version is reported', async () => {
  const world = worldWith({ running: { commit: base } });
  const outcome = await stage(world).perform(sent(world), rollback);
  expect(outcome).toEqual({ kind: 'done', result: { deploymentId: '9' } });
  expect(world.writes).toEqual(['rollback 9']);
});

test('a deployment that was rolled back by hand later is not rolled back again', async () => {
  const world = worldWith({ running: { commit: base } });
  expect(await stage(world).perform(deploying, rollback)).toMatchObject({ result: { nothingSent: true } });
  expect(world.writes).toEqual([]);
});

test('a deployment that changed nothing is not rolled back, but the instance must be healthy', async () => {
  const world = worldWith({ running: { commit: base }, healthy: false });
  const outcome = await stage(world).perform(deploying, rollback);
  expect(outcome).toMatchObject({ kind: 'done', result: { why: expect.stringContaining('still unhealthy') } });
  expect(world.writes).toEqual([]);
});

test('a rollback has failed if the instance runs something else afterwards', async () => {
  const world = worldWith();
  const outcome = await stage(world).perform(deploying, { ...rollback, before: sha });
  expect(outcome).toMatchObject({ kind: 'done', result: { why: expect.stringContaining('still unhealthy') } });
  expect(world.writes).toEqual(['rollback 9']);
});

test('if the previous version is unknown, anything but the merge counts as rolled back', async () => {
  const { before, ...unknown } = rollback;
  const world = worldWith();
  expect(await stage(world).perform(deploying, unknown)).toEqual({ kind: 'done', result: { deploymentId: '9' } });
});

test('a shortened commit does not count as rolled back, since it may be the merge', async () => {
  const { before, ...unknown } = rollback;
  const world = worldWith({ running: { commit: merged.slice(0, 12) } });
  await stage(world).perform(deploying, unknown);
  expect(world.writes).toEqual(['rollback 9']);
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
