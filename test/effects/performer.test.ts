import { expect, test } from 'vitest';
import { type Code, refuse } from '../../src/refusal.ts';
import type { Intent } from '../../src/work-items/lifecycle/events.ts';
import type { WorkItem } from '../../src/work-items/work-item.ts';
import {
  approvedByEve,
  base,
  deploying,
  executing,
  inReview,
  itemIn,
  merged,
  ourClaim,
  planReady,
  postedPlan,
  sha,
  tileIn,
  unclaimed,
  withCommit,
} from '../work-items/fixture.ts';
import { createWorld, mergedPullRequest, openPullRequest, outside, type World } from '../work-items/ports.ts';
import { Crash, createLedger, stage } from './world.ts';

const { posted, ...plan } = postedPlan;
const unposted: WorkItem = { ...planReady, plan };
const branch = 'feature/acme-12';
const changed: WorkItem = withCommit(executing, { deliver: 'pull-request', pushed: true });
const inWork = { tile: tileIn('In Progress', { rev: 8 }), change: ourClaim };
const inPull = {
  ...inWork,
  tile: tileIn('PR Created', { rev: 9 }),
  change: { ...ourClaim, rev: 9, state: 'PR Created' },
};
const inTarget = { pullRequest: mergedPullRequest, targetSha: merged };

/** Every kind of intent with an item and a world in which it may happen. */
const cases: [Intent, WorkItem, Partial<World>, string[]][] = [
  [{ kind: 'claim-plan', nth: 1 }, itemIn('planning'), { tile: tileIn('New') }, ['move Planning by claim-plan']],
  [{ kind: 'post-plan', hash: postedPlan.hash, nth: 3 }, unposted, { comments: [] }, ['comment by post-plan']],
  [{ kind: 'ask', question: 'Which?', nth: 1 }, itemIn('needs-info'), {}, ['comment by report']],
  [
    { kind: 'claim-execution', hash: postedPlan.hash, approvedRev: 7 },
    unclaimed,
    { tile: tileIn('Approved'), change: approvedByEve },
    ['move In Progress by execute'],
  ],
  [{ kind: 'test', sha, nth: 0 }, changed, {}, ['tests']],
  [{ kind: 'push', sha, branch }, changed, inWork, [`push ${branch}`]],
  [{ kind: 'open-pr', sha, branch, nth: 3 }, changed, inWork, ['open Guard keys']],
  [{ kind: 'label-pr', number: 4, label: 'agent' }, inReview, inPull, ['label agent']],
  [{ kind: 'ask-review', number: 4, reviewer: 'eve' }, inReview, inPull, ['ask eve']],
  [{ kind: 'link', url: 'https://code.example/4' }, inReview, inWork, ['link https://code.example/4 by report']],
  [{ kind: 'show', phase: 'plan-ready', nth: 1 }, planReady, {}, ['move Plan Ready by report']],
  [{ kind: 'comment', text: 'hello', nth: 1 }, planReady, {}, ['comment by report']],
  [{ kind: 'set-fields', fields: { 'Custom.Size': 3 }, nth: 1 }, executing, inWork, ['move Custom.Size by report']],
  [{ kind: 'create-child', type: 'Task', fields: {}, nth: 1 }, executing, inWork, ['child Task by report']],
  [
    { kind: 'rollback', sha: merged, deploymentId: '9', nth: 0, before: base },
    deploying,
    { ...inTarget, running: { commit: merged } },
    ['rollback 9'],
  ],
];
/** Those that are found outside when they were done before. */
const findable = cases.filter(([{ kind }]) => !['test', 'link', 'set-fields'].includes(kind));

test.each(cases)(
  '$kind is done once, and answered from the ledger when it is asked for again',
  async (intent, item, extra, writes) => {
    const world = createWorld(extra);
    const ledger = createLedger();
    const first = await stage(world, { ledger }).perform(item, intent);
    expect(first.kind).toBe('done');
    expect(await stage(world, { ledger }).perform(item, intent)).toEqual(first);
    expect(world.writes).toEqual(writes);
    const needsPermit = intent.kind !== 'test';
    expect(ledger.entries).toEqual([[stage(world).keyOf(intent), 'done', needsPermit ? 'p1' : undefined]]);
  },
);

test.each(findable)(
  '$kind that a crash cut off before its result was stored is found, not done again',
  async (intent, item, extra, writes) => {
    const world = createWorld(extra);
    const ledger = createLedger();
    await expect(stage(world, { ledger, crashAt: 'worker.effect' }).perform(item, intent)).rejects.toThrow(Crash);
    expect(await stage(world, { ledger }).perform(item, intent)).toMatchObject({ kind: 'done' });
    expect(world.writes).toEqual(writes);
  },
);

test.each(cases)(
  '$kind that a crash cut off before it began is done afterwards',
  async (intent, item, extra, writes) => {
    const world = createWorld(extra);
    const ledger = createLedger();
    await expect(stage(world, { ledger, crashAt: 'worker.intent' }).perform(item, intent)).rejects.toThrow(Crash);
    expect(world.writes).toEqual([]);
    expect(await stage(world, { ledger }).perform(item, intent)).toMatchObject({ kind: 'done' });
    expect(world.writes).toEqual(writes);
  },
);

test.each(cases.filter(([{ kind }]) => kind !== 'test'))(
  '$kind without a permit changes nothing',
  async (intent, item, extra) => {
    const world = createWorld(extra);
    const outcome = await stage(world, { blockedBy: 'GATE_LEASE' }).perform(item, intent);
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { refused: 'GATE_LEASE' } });
    expect(world.writes).toEqual([]);
  },
);

const show: Intent = { kind: 'show', phase: 'plan-ready', nth: 1 };

test('a tile that somebody changed in between is read again, never overwritten', async () => {
  const world = createWorld({ faults: [1, 2, 3].map(() => ['move', outside('conflict')]) });
  expect(await stage(world).perform(planReady, show)).toMatchObject({ kind: 'done' });
  expect(world.writes).toEqual(['move Plan Ready by report']);
});

test('a tile that is touched again and again waits for later', async () => {
  const world = createWorld({ faults: [1, 2, 3, 4, 5].map(() => ['move', outside('conflict')]) });
  const outcome = await stage(world).perform(planReady, show);
  expect(outcome).toMatchObject({ kind: 'later', refusal: { refused: 'OUTSIDE_CONFLICT' } });
  expect(world.faults).toHaveLength(1);
});

test.each([
  ['unreachable', 'later', 'OUTSIDE_UNREACHABLE'],
  ['limited', 'later', 'OUTSIDE_LIMITED'],
  ['failed', 'later', 'OUTSIDE_UNREACHABLE'],
  ['auth', 'later', 'OUTSIDE_AUTH'],
  ['refused', 'refused', 'OUTSIDE_REFUSED'],
  ['missing', 'refused', 'OUTSIDE_REFUSED'],
] as const)('a write that was %s is %s as %s', async (fault, kind, refused) => {
  const world = createWorld({ faults: [['move', outside(fault)]] });
  const ledger = createLedger();
  expect(await stage(world, { ledger }).perform(planReady, show)).toMatchObject({ kind, refusal: { refused } });
  expect(ledger.entries.map(([, stored]) => stored)).toEqual([kind]);
});

test('a wait that the other side asks for is kept', async () => {
  const world = createWorld({ faults: [['move', outside('limited', { retryAfterMs: 7_000 })]] });
  expect(await stage(world).perform(planReady, show)).toMatchObject({
    kind: 'later',
    until: world.now + 7_000,
  });
});

test('a write whose answer was lost is found when it is tried again', async () => {
  const world = createWorld({ faults: [['move', outside('unreachable', { maybeDone: true })]] });
  const ledger = createLedger();
  expect(await stage(world, { ledger }).perform(planReady, show)).toMatchObject({ kind: 'later' });
  expect(await stage(world, { ledger }).perform(planReady, show)).toMatchObject({ kind: 'done' });
  expect(world.writes).toEqual(['move Plan Ready by report']);
});

test.each<[Code, string]>([
  ['PAUSED', 'later'],
  ['HOLD', 'later'],
  ['FREEZE', 'later'],
  ['CONFIG_UNTRUSTED', 'later'],
  ['GATE_UNVERIFIABLE', 'later'],
  ['GATE_ACTOR', 'refused'],
  ['GATE_EXPIRED', 'refused'],
])('a gate that says %s leaves the effect %s', async (code, kind) => {
  const world = createWorld();
  expect(await stage(world, { blockedBy: code }).perform(planReady, show)).toMatchObject({ kind });
  expect(world.writes).toEqual([]);
});

test.each([
  ['refused', 'PUSH_REJECTED'],
  ['conflict', 'OUTSIDE_CONFLICT'],
] as const)('a push that was %s by the remote is refused at once in its words', async (kind, code) => {
  const world = createWorld({ ...inWork, faults: [['push', outside(kind)]] });
  const outcome = await stage(world).perform(changed, { kind: 'push', sha, branch });
  expect(outcome).toMatchObject({ kind: 'refused', refusal: { refused: code, why: `it was ${kind}` } });
});

test('a push whose permit came too late is tried again, with a new one', async () => {
  const late = refuse('GATE_UNVERIFIABLE', 'a permit was used 40 s after its check');
  const code = { push: async () => late };
  const outcome = await stage(createWorld(inWork), { code }).perform(changed, { kind: 'push', sha, branch });
  expect(outcome).toMatchObject({ kind: 'later', refusal: late });
});

test('a bug is thrown, and nothing is said about its outcome', async () => {
  const ledger = createLedger();
  const code = { runTests: () => Promise.reject(new TypeError('bug')) };
  const performed = stage(createWorld(), { ledger, code }).perform(changed, { kind: 'test', sha, nth: 0 });
  await expect(performed).rejects.toThrow(TypeError);
  expect(ledger.entries).toEqual([]);
});

test('a drift makes a deployment wait for a person, but a rollback stays possible', async () => {
  const drifted = { ...inTarget, running: { commit: 'f'.repeat(40) } };
  const deploy = await stage(createWorld(drifted)).perform(deploying, { kind: 'deploy', sha: merged, nth: 0 });
  expect(deploy).toMatchObject({ kind: 'later', refusal: { refused: 'DRIFT' } });
  const rollback = await stage(createWorld(drifted)).perform(deploying, {
    kind: 'rollback',
    sha: merged,
    deploymentId: '9',
    nth: 0,
  });
  expect(rollback).toMatchObject({ kind: 'done' });
});

test('nothing goes to an instance while another deployment is running there', async () => {
  const away: Intent[] = [
    { kind: 'deploy', sha: merged, nth: 0 },
    { kind: 'rollback', sha: merged, deploymentId: '9', nth: 0, before: base },
  ];
  for (const intent of away) {
    const running = { commit: intent.kind === 'deploy' ? base : merged };
    const world = createWorld({ ...inTarget, running });
    const outcome = await stage(world, { blockedBy: 'OVERLAP' }).perform(deploying, intent);
    expect(outcome).toMatchObject({ kind: 'later', refusal: { refused: 'OVERLAP' } });
    expect(world.writes).toEqual([]);
  }
});

test('an open pull request of the branch is adopted, a closed one is not', async () => {
  const intent: Intent = { kind: 'open-pr', sha, branch, nth: 3 };
  const open = async (pullRequest: World['pullRequest']) => {
    const world = createWorld({ ...inWork, pullRequest });
    await stage(world).perform(changed, intent);
    return world.writes;
  };
  expect(await open(openPullRequest)).toEqual([]);
  expect(await open(mergedPullRequest)).toEqual([]);
  expect(await open({ ...openPullRequest, state: 'closed' })).toEqual(['open Guard keys']);
  expect(await open({ ...mergedPullRequest, headSha: 'f'.repeat(40) })).toEqual(['open Guard keys']);
});

test('a pull request of a commit that is not on its branch is not opened', async () => {
  const world = createWorld(inWork);
  const unpushed: WorkItem = withCommit(executing, { deliver: 'pull-request' });
  const outcome = await stage(world).perform(unpushed, { kind: 'open-pr', sha, branch, nth: 3 });
  expect(outcome).toMatchObject({ kind: 'refused', refusal: { refused: 'GATE_STATE' } });
  expect(world.writes).toEqual([]);
});

test('a deployment that nothing answers is sent again with the same key, at growing pauses only', async () => {
  const world = createWorld({ ...inTarget, running: { commit: base } });
  const ledger = createLedger();
  const deploy: Intent = { kind: 'deploy', sha: merged, nth: 0 };
  const sentAt: number[] = [];
  const startedAt = world.now;
  // A turn begins every five seconds, for whatever reason.
  for (; world.now < startedAt + 3_600_000; world.now += 5_000) {
    world.faults = [['deploy', outside('unreachable', { maybeDone: true })]];
    const outcome = await stage(world, { ledger }).perform(deploying, deploy);
    expect(outcome).toMatchObject({ kind: 'later', refusal: { refused: 'OUTSIDE_UNREACHABLE' } });
    if (world.faults.length === 0) sentAt.push(world.now - startedAt);
  }
  expect(sentAt.map((at) => at / 1_000)).toEqual([0, 15, 30, 60, 120, 240, 480, 960, 1_860, 2_760]);
  expect(new Set(ledger.entries.map(([key]) => key)).size).toBe(1);
  world.faults = [];
  world.now += 900_000;
  expect(await stage(world, { ledger }).perform(deploying, deploy)).toMatchObject({ kind: 'done' });
});
