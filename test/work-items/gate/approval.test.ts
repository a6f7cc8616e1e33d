import { expect, test } from 'vitest';
import { isRefusal, type Refusal, refuse } from '../../../src/refusal.ts';
import { createGate, type GateNode, type PermitWish } from '../../../src/work-items/gate/approval.ts';
import type { GateReads } from '../../../src/work-items/gate/facts.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import {
  approval,
  approvedByEve,
  base,
  codeOf,
  deploying,
  executing,
  gateRules,
  inReview,
  itemIn,
  merged,
  ourClaim,
  planReady,
  sha,
  tileIn,
  unclaimed,
  withCommit,
} from '../fixture.ts';
import {
  codeHostOf,
  createWorld,
  instanceOf,
  mergedPullRequest,
  outside,
  sourceOf,
  trackerOf,
  type World,
} from '../ports.ts';

function gateOf(world: World, node: Partial<GateNode> = {}, reads: Partial<GateReads> = {}) {
  return createGate({
    reads: {
      tracker: trackerOf(world),
      source: sourceOf(world),
      codeHost: codeHostOf(world),
      instance: instanceOf(world),
      instanceName: 'Acme',
      tenant: 'acme/Shop',
      agentIdentities: ['agent-id'],
      clock: { now: () => world.now, sleep: async () => {} },
      ...reads,
    },
    agent: { id: 'codechange/acme', configDigest: 'digest', targetBranch: 'main' },
    rules: gateRules,
    node: { blocked: async () => undefined, otherMerges: async () => [], ...node },
    newId: () => 'p1',
  });
}

const approvedWorld = (extra: Partial<World> = {}) =>
  createWorld({ tile: tileIn('Approved'), change: approvedByEve, ...extra });
const claimedWorld = (extra: Partial<World> = {}) =>
  createWorld({ tile: tileIn('In Progress', { rev: 8 }), change: ourClaim, ...extra });
const mergedWorld = (extra: Partial<World> = {}) =>
  createWorld({ pullRequest: mergedPullRequest, targetSha: merged, ...extra });

/** Executing, with a commit made. */
const changed: WorkItem = withCommit(executing, { deliver: 'pull-request' });

async function permitCode(world: World, wish: PermitWish, extra: Partial<GateNode> = {}) {
  const given = await gateOf(world, extra).permit(wish);
  return isRefusal(given) ? given.refused : given.permit.binding.kind;
}

test('an approval that holds on live facts is returned with its author', async () => {
  expect(await gateOf(approvedWorld()).approval(planReady)).toMatchObject({ rev: 7, by: { name: 'Eve' } });
});

test('a base that moved elsewhere holds, one that moved under the planned files or was rewritten does not', async () => {
  const code = async (extra: Partial<World>) => codeOf(await gateOf(approvedWorld(extra)).approval(planReady));
  expect(await code({ targetSha: sha, pathsMoved: ['README.md'] })).toMatchObject({ rev: 7 });
  expect(await code({ targetSha: sha, pathsMoved: ['src/pointer.js'] })).toBe('GATE_BASE');
  expect(await code({ targetSha: 'f'.repeat(40) })).toBe('GATE_BASE');
});

test.each(['tile', 'me', 'lastStateChange', 'comments', 'fetch'])(
  'an approval for which "%s" cannot be read is unverifiable',
  async (method) => {
    const world = approvedWorld({ faults: [[method, outside('unreachable')]] });
    expect(codeOf(await gateOf(world).approval(planReady))).toBe('GATE_UNVERIFIABLE');
  },
);

test('a bug in a read is not a refusal', async () => {
  const tracker = {
    ...trackerOf(approvedWorld()),
    tile: async () => {
      throw new TypeError('bug');
    },
  };
  await expect(gateOf(approvedWorld(), {}, { tracker }).approval(planReady)).rejects.toThrow(TypeError);
});

test('an item that is gone or moved elsewhere gets no permit', async () => {
  const kinds = ['claim-plan', 'post-plan', 'report', 'execute', 'push', 'open-pr', 'deploy'] as const;
  for (const kind of kinds) {
    expect(await permitCode(createWorld({ tile: undefined }), { kind, item: executing })).toBe('GATE_TENANT');
  }
});

test('a report needs the tile in one of the states that its move starts from', async () => {
  const item = itemIn('planning');
  expect(await permitCode(createWorld(), { kind: 'report', item, from: ['planning', 'approved'] })).toBe('report');
  expect(await permitCode(createWorld(), { kind: 'report', item })).toBe('report');
  expect(await permitCode(createWorld(), { kind: 'claim-plan', item, from: ['new'] })).toBe('GATE_STATE');
});

test('the claim of an approved item needs the approval, and everything after it the claim', async () => {
  expect(await permitCode(approvedWorld(), { kind: 'execute', item: unclaimed })).toBe('execute');
  const judged = { ...unclaimed, approval: { ...approval, rev: 5 } };
  expect(await permitCode(approvedWorld(), { kind: 'execute', item: judged })).toBe('GATE_REV');
  expect(await permitCode(claimedWorld(), { kind: 'execute', item: unclaimed })).toBe('GATE_STATE');
  for (const kind of ['execute', 'push', 'open-pr'] as const) {
    expect(await permitCode(claimedWorld(), { kind, item: changed, sha })).toBe(kind);
    expect(await permitCode(approvedWorld(), { kind, item: changed, sha })).toBe('GATE_STATE');
  }
  expect(await permitCode(approvedWorld(), { kind: 'push', item: unclaimed, sha })).toBe('GATE_STATE');
});

test("only the item's own change leaves under its approval", async () => {
  const wish = { item: changed, sha: base, branch: 'feature/acme-12' };
  expect(await permitCode(claimedWorld(), { ...wish, kind: 'push' })).toBe('GATE_STATE');
  expect(await permitCode(claimedWorld(), { ...wish, kind: 'open-pr' })).toBe('GATE_STATE');
});

test('a claim is void if people decided something since, no matter who moved the tile back', async () => {
  const change = { ...ourClaim, otherRev: 9, rev: 10 };
  expect(await permitCode(claimedWorld({ change }), { kind: 'push', item: changed, sha })).toBe('GATE_REV');
  const reviewed = claimedWorld({ tile: tileIn('PR Created'), change: { ...change, state: 'PR Created' } });
  expect(await permitCode(reviewed, { kind: 'push', item: inReview, sha })).toBe('GATE_REV');
});

test("a permit's age counts from its live check, however long that took", async () => {
  const world = claimedWorld();
  async function fetch() {
    world.now += 40_000;
    return { targetSha: base, heads: new Map() };
  }
  const source = { ...sourceOf(world), fetch };
  const given = await gateOf(world, {}, { source }).permit({ kind: 'push', item: changed, sha });
  if (isRefusal(given)) throw new Error(given.why);
  expect(codeOf(given.permit.spend(['push'], { sha }))).toBe('GATE_UNVERIFIABLE');
});

test('a permit is bound to everything that was checked', async () => {
  const given = await gateOf(claimedWorld()).permit({ kind: 'push', item: changed, sha, branch: 'feature/acme-12' });
  if (isRefusal(given)) throw new Error(given.why);
  expect(given.permit.binding).toEqual({
    kind: 'push',
    agentId: 'codechange/acme',
    tenant: 'acme/Shop',
    workItemId: 12,
    rev: 8,
    configDigest: 'digest',
    planHash: executing.plan?.hash,
    sha,
    branch: 'feature/acme-12',
  });
  expect(given.tile?.rev).toBe(8);
});

test('whatever blocks the agent is asked last, for every kind', async () => {
  const blocked = async (): Promise<Refusal> => refuse('PAUSED', 'paused');
  expect(await permitCode(claimedWorld(), { kind: 'push', item: executing }, { blocked })).toBe('PAUSED');
  expect(await permitCode(approvedWorld(), { kind: 'push', item: executing }, { blocked })).toBe('GATE_STATE');
});

test('a deployment needs a merge that is ours and a version that we may replace', async () => {
  const wish: PermitWish = { kind: 'deploy', item: deploying, sha: merged };
  expect(await permitCode(mergedWorld(), wish)).toBe('deploy');
  expect(await permitCode(mergedWorld({ running: { commit: merged } }), wish)).toBe('deploy');
  expect(await permitCode(mergedWorld({ pullRequest: { ...mergedPullRequest, mergedBy: 'acme-bot' } }), wish)).toBe(
    'GATE_ACTOR',
  );
  expect(await permitCode(mergedWorld({ pullRequest: { ...mergedPullRequest, headSha: base } }), wish)).toBe(
    'GATE_BASE',
  );
  expect(await permitCode(mergedWorld({ targetSha: sha }), wish)).toBe('GATE_BASE');
  expect(await permitCode(mergedWorld({ running: { commit: 'f'.repeat(40) } }), wish)).toBe('DRIFT');
  expect(await permitCode(mergedWorld({ running: { commit: base, name: 'Globex' } }), wish)).toBe('GATE_TENANT');
  expect(await permitCode(mergedWorld({ faults: [['version', outside('failed')]] }), wish)).toBe('GATE_UNVERIFIABLE');
});

test('only the commit that is our merge is deployed, never a later head of its branch', async () => {
  const later = 'e'.repeat(40);
  const world = () => mergedWorld({ line: [base, sha, merged, later], targetSha: later });
  expect(await permitCode(world(), { kind: 'deploy', item: deploying, sha: merged })).toBe('deploy');
  for (const item of [deploying, { ...deploying, mergedSha: later }]) {
    expect(await permitCode(world(), { kind: 'deploy', item, sha: later })).toBe('GATE_BASE');
  }
});

test('an item without a pull request or a merge is not deployed', async () => {
  expect(codeOf(await gateOf(mergedWorld()).merge(executing))).toBe('GATE_STATE');
  expect(codeOf(await gateOf(mergedWorld()).version(executing))).toBe('GATE_STATE');
  expect(await gateOf(mergedWorld()).merge(deploying)).toEqual({ mergedSha: merged });
});
