import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import {
  approvedByEve,
  commentBy,
  deploying,
  eve,
  executing,
  itemIn,
  me,
  merged,
  planNote,
  planReady,
  postedAt,
  postedPlan,
  rob,
  tileIn,
  unclaimed,
} from '../fixture.ts';
import { seen } from '../observing.ts';
import { createWorld, mergedPullRequest, outside, type World } from '../ports.ts';

const intake = itemIn('intake');
const planning = itemIn('planning');
const asking = itemIn('needs-info', { question: { text: 'Which?', at: postedAt } });
const kindOf = async (item: WorkItem, state: string) => {
  const event = await seen(item, { tile: tileIn(state) });
  return event && ('kind' in event ? event.kind : event.refused);
};

test('a tile in new or approved that is ours to take is found', async () => {
  expect(await seen(intake, { tile: tileIn('New') })).toEqual({ kind: 'found', title: 'Guard keys', type: 'Bug' });
  expect(await kindOf(intake, 'Approved')).toBe('found-approved');
  expect(await kindOf(intake, 'Active')).toBeUndefined();
  expect(await seen(intake, { tile: tileIn('New', { tags: [] }) })).toBeUndefined();
});

test('an ended item is found again when people bring it back', async () => {
  for (const phase of ['failed', 'refused', 'cancelled'] as const) {
    expect([await kindOf(itemIn(phase), 'New'), await kindOf(itemIn(phase), 'Approved')]).toEqual([
      'found',
      'found-approved',
    ]);
    expect(await kindOf(itemIn(phase), 'Failed')).toBeUndefined();
  }
  expect(await kindOf(itemIn('deployed'), 'New')).toBeUndefined();
});

test('an item that is gone ends, unless nothing was begun', async () => {
  for (const item of [planning, asking, planReady, executing]) {
    expect(await seen(item, { tile: undefined })).toMatchObject({ kind: 'gone' });
  }
  expect(await seen(intake, { tile: undefined })).toEqual({ refused: 'GATE_TENANT' });
});

test('a tile that people moved while it was planned is seen', async () => {
  expect(await kindOf(planning, 'Planning')).toBeUndefined();
  expect(await kindOf(planning, 'Approved')).toBe('found-approved');
  expect(await seen(planning, { tile: tileIn('New') })).toMatchObject({ kind: 'moved', to: 'new' });
  expect(await seen(planning, { tile: tileIn('Removed') })).toMatchObject({ kind: 'moved', to: 'elsewhere' });
});

test("an answer is a person's comment later than the question", async () => {
  const answers = [
    commentBy(rob, 'too early', { at: postedAt }),
    commentBy(me, 'ours'),
    commentBy(eve, 'taken back', { isDeleted: true }),
    commentBy(eve, 'All of them.'),
  ];
  const tile = tileIn('Planning');
  expect(await seen(asking, { tile, comments: answers })).toEqual({
    kind: 'answered',
    answer: 'Eve wrote:\n> All of them.',
  });
  expect(await seen(asking, { tile, comments: answers.slice(0, 3) })).toBeUndefined();
  expect(await seen(itemIn('needs-info'), { tile, comments: answers })).toBeUndefined();
  expect(await seen(asking, { tile: tileIn('New') })).toMatchObject({ kind: 'moved', to: 'new' });
});

const approvedTile = { tile: tileIn('Approved'), change: approvedByEve };

test('an approval that holds is seen with the branch it opens', async () => {
  expect(await seen(planReady, approvedTile)).toMatchObject({ kind: 'approved', branch: 'feature/acme-12' });
});

test.each<[string, Partial<World>, object]>([
  ['by Rob', { change: { ...approvedByEve, by: rob, shownAs: rob, signedInAs: rob } }, { kind: 'gate-refused' }],
  ['of edited content', { tile: tileIn('Approved', { contentHash: 'x' }) }, { kind: 'plan-stale' }],
  ['of a base that moved', { targetSha: merged, pathsMoved: ['src/pointer.js'] }, { kind: 'plan-stale' }],
  ['of an edited plan', { comments: [{ ...planNote, version: 2 }] }, { kind: 'gate-refused' }],
  ['that cannot be read', { faults: [['comments', outside('unreachable')]] }, { refused: 'GATE_UNVERIFIABLE' }],
  ['that is not the last change yet', { change: undefined }, { refused: 'GATE_STATE' }],
])('an approval %s is no approval', async (_, extra, expected) => {
  expect(await seen(planReady, { ...approvedTile, ...extra })).toMatchObject(expected);
});

test('a rejected plan comes with what people said since', async () => {
  const comments = [
    planNote,
    commentBy(rob, 'old', { at: postedAt - 1 }),
    commentBy(eve, 'Not so.'),
    commentBy(me, 'ours'),
  ];
  const expected = { kind: 'rejected', feedback: 'Eve wrote:\n> Not so.' };
  expect(await seen(planReady, { tile: tileIn('Rejected'), comments })).toEqual(expected);
  expect(await seen(planReady, { tile: tileIn('Planning'), comments })).toEqual(expected);
});

test('if planning and plan ready share a state, being in it is not a rejection', async () => {
  const tile = tileIn('Planning');
  expect(await seen(planReady, { tile }, { planReady: 'Planning' })).toBeUndefined();
});

test('a waiting plan is stale once the tile was edited', async () => {
  expect(await kindOf(planReady, 'Plan Ready')).toBeUndefined();
  const tile = tileIn('Plan Ready', { contentHash: 'x' });
  expect(await seen(planReady, { tile })).toMatchObject({ kind: 'plan-stale', refusal: { refused: 'GATE_CONTENT' } });
  expect(await kindOf(planReady, 'New')).toBe('moved');
  expect(await seen(planReady, { tile: tileIn('Closed') })).toMatchObject({ kind: 'moved', to: 'elsewhere' });
});

test('an executing tile that people moved is seen, our own claim on its way is not', async () => {
  expect(await kindOf(executing, 'In Progress')).toBeUndefined();
  expect(await kindOf(unclaimed, 'Approved')).toBeUndefined();
  const to = async (state: string) => seen(executing, { tile: tileIn(state) });
  expect(await to('Approved')).toMatchObject({ kind: 'moved', to: 'planReady' });
  expect(await to('Plan Ready')).toMatchObject({ kind: 'moved', to: 'planReady' });
  expect(await to('New')).toMatchObject({ kind: 'moved', to: 'new' });
  expect(await to('Closed')).toMatchObject({ kind: 'moved', to: 'elsewhere' });
  expect(await to('PR Created')).toMatchObject({ kind: 'moved', to: 'elsewhere' });
});

test('an existing deployment is seen, and a drift is reported', async () => {
  expect(await seen(deploying, { running: { commit: merged } })).toEqual({ kind: 'already-deployed', sha: merged });
  expect(await seen(deploying, {})).toBeUndefined();
  expect(await seen(deploying, { running: {} })).toEqual({ refused: 'DRIFT' });
});

test('a refused deployment is explained by what people did, and given up if they did nothing', async () => {
  const refused = { ...deploying, refusal: refuse('GATE_STATE', 'it was moved') };
  const change = { ...approvedByEve, state: 'New', at: postedAt + 60_000 };
  const pullRequest = { ...mergedPullRequest, mergedAt: postedAt };
  const merge = { pullRequest, targetSha: merged };
  expect(await seen(refused, { ...merge, tile: tileIn('New'), change })).toMatchObject({
    kind: 'moved',
    to: 'elsewhere',
  });
  expect(await seen(refused, { ...merge, tile: undefined })).toMatchObject({ kind: 'gone' });
  expect(await seen(refused, { ...merge, tile: tileIn('Closed'), change })).toMatchObject({ kind: 'gave-up' });
});

test('a tile whose predecessors are not over is not taken up, and the reason names them', async () => {
  const tile = tileIn('New', { predecessors: [5, 6] });
  const open = [{ workItemId: 5, state: 'PR Created' }];
  expect(await seen(intake, { tile, open })).toEqual({ refused: 'BLOCKED' });
  expect(await seen(intake, { tile, open: [{ workItemId: 5, state: 'Deployed' }] })).toMatchObject({ kind: 'found' });
  expect(await seen(intake, { tile })).toMatchObject({ kind: 'found' });
});

test('a waiting plan is stale once the target branch changed its files, before anybody approves it', async () => {
  const waiting = { tile: tileIn('Plan Ready'), targetSha: merged };
  expect(await seen(planReady, { ...waiting, pathsMoved: ['src/pointer.js'] })).toMatchObject({
    kind: 'plan-stale',
    refusal: { refused: 'GATE_BASE' },
  });
  expect(await seen(planReady, { ...waiting, pathsMoved: ['README.md'] })).toBeUndefined();
  const faults: World['faults'] = [['fetch', outside('unreachable')]];
  expect(await seen(planReady, { ...waiting, faults })).toEqual({ refused: 'GATE_UNVERIFIABLE' });
});

test('a plan that nobody decides on reminds people', async () => {
  const now = postedAt + 49 * 3_600_000;
  expect(await seen(planReady, { tile: tileIn('Plan Ready'), now })).toEqual({ kind: 'reminder-due', hours: 49 });
});

test('an item that was retyped or lost its tag is released', async () => {
  for (const [item, state] of [
    [planning, 'Planning'],
    [planReady, 'Plan Ready'],
    [executing, 'In Progress'],
  ] as const) {
    expect(await seen(item, { tile: tileIn(state, { tags: [] }) })).toMatchObject({ kind: 'moved', to: 'elsewhere' });
  }
});

test('a plan that is out of date is seen again when its time has come, and its approval at once', async () => {
  const { now } = createWorld();
  const refusal = refuse('GATE_BASE', 'the target branch changed src/pointer.js since the plan');
  const staleUntil = (againAt: number) => ({ ...planReady, plan: { ...postedPlan, stale: { refusal, againAt } } });
  const waiting = { tile: tileIn('Plan Ready') };
  expect(await seen(staleUntil(now + 1), waiting)).toBeUndefined();
  expect(await seen(staleUntil(now), waiting)).toMatchObject({ kind: 'plan-stale' });
  expect(await seen(staleUntil(now + 1), approvedTile)).toMatchObject({ kind: 'plan-stale', rev: approvedByEve.rev });
  const edited = { tile: tileIn('Plan Ready', { contentHash: 'x' }) };
  expect(await seen(staleUntil(now + 1), edited)).toMatchObject({ refusal: { refused: 'GATE_CONTENT' } });
});

test('a tile that we moved ourselves was moved by nobody else: the state is older than the board', async () => {
  const ours = (state: string) => ({ tile: tileIn(state), change: { ...approvedByEve, by: me, state } });
  const items = [planning, asking, planReady, executing];
  for (const item of items) {
    const restored = { kind: 'restored', movedOn: true, found: 'Deployed' };
    expect(await seen(item, ours('Deployed')), item.phase).toEqual(restored);
  }
  expect(await seen(planReady, ours('Rejected'))).toMatchObject({ kind: 'restored', found: 'Rejected' });
  const byEve = { tile: tileIn('Deployed'), change: { ...approvedByEve, state: 'Deployed' } };
  expect(await seen(planReady, byEve)).toMatchObject({ kind: 'moved', to: 'elsewhere' });
});
