import { expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { type KnownItem, type PollCursor, poll } from '../../../src/work-items/observe/poll.ts';
import type { Phase } from '../../../src/work-items/phase.ts';
import type { TileSummary, TrackerReads } from '../../../src/work-items/tracker.ts';
import { mapping, tileIn } from '../fixture.ts';
import { createWorld, trackerOf } from '../ports.ts';

const now = Date.UTC(2026, 10, 20, 12);
const hour = 3_600_000;
const recent: PollCursor = { seenUntil: now - 60_000, sweptAt: now - hour };

function summary(workItemId: number, state: string, tags = ['jvagent']): TileSummary {
  return { workItemId, rev: 1, type: 'Bug', state, tags };
}

/** The content of a tile as the tracker hashes it, unless a test says that it was edited. */
const contentHash = 'content-1';

/** A board that counts the requests made of it: a query is one, and so is a batch of 200 summaries or 50 tiles. */
function board(tiles: TileSummary[], changed: number[] = tiles.map(({ workItemId }) => workItemId)) {
  const requests: [string, ...unknown[]][] = [];
  const world = createWorld({ tile: undefined });
  for (const tile of tiles) {
    world.board.put({ ...tileIn(''), ...tile, changedAt: changed.includes(tile.workItemId) ? now : 0 });
  }
  const reads = trackerOf(world);
  const tracker: TrackerReads = {
    ...reads,
    changedSince(since, states) {
      requests.push(['changed', since, states]);
      return reads.changedSince(since, states);
    },
    summaries(ids) {
      for (let at = 0; at < ids.length; at += limits.batchReadItemsMax) requests.push(['batch']);
      return reads.summaries(ids);
    },
    tiles(ids) {
      for (let at = 0; at < ids.length; at += limits.batchTilesMax) requests.push(['tiles']);
      return reads.tiles(ids);
    },
  };
  const look = async (known: KnownItem[], cursor: PollCursor | 'none' = recent, head?: string) =>
    poll({
      tracker,
      mapping,
      takes: ({ tags }) => tags.includes('jvagent'),
      known,
      cursor: cursor === 'none' ? undefined : cursor,
      targetHead: async () => head,
      now,
    });
  return { requests, look };
}

const knownIn = (phase: Phase, workItemId: number): KnownItem => ({ workItemId, phase, contentHash });

test('1,000 waiting items of which 10 changed cost two calls, and only those ten are looked at', async () => {
  const known = Array.from({ length: 1_000 }, (_, at) => knownIn('plan-ready', at + 1));
  const changed = Array.from({ length: 10 }, (_, at) => (at + 1) * 100);
  const tiles = known.map(({ workItemId }) => summary(workItemId, 'Approved'));
  const { look, requests } = board(tiles, changed);
  expect((await look(known)).due).toEqual(changed);
  expect(requests.map(([name]) => name)).toEqual(['changed', 'tiles']);
});

test('a waiting plan is looked at when its state, its content or whose it is changed, and for nothing else', async () => {
  const edited = { ...summary(2, 'Plan Ready'), contentHash: 'another' };
  const commented = { ...summary(1, 'Plan Ready'), priority: 1, rev: 9 };
  const tiles = [commented, edited, summary(3, 'Approved'), summary(4, 'Plan Ready', []), summary(5, 'New')];
  const known = [1, 2, 3, 4].map((workItemId) => knownIn('plan-ready', workItemId));
  const { look, requests } = board(tiles);
  expect((await look(known)).due.toSorted()).toEqual([2, 3, 4, 5]);
  expect(requests.map(([name]) => name)).toEqual(['changed', 'tiles', 'batch']);
});

test('a board on which nothing changed costs one call', async () => {
  const { look, requests } = board([]);
  expect(await look([knownIn('plan-ready', 1)])).toMatchObject({ due: [], cursor: { seenUntil: now } });
  expect(requests).toHaveLength(1);
});

test('changes are asked for from a little before the last poll', async () => {
  const { look, requests } = board([]);
  await look([]);
  expect(requests[0]).toEqual(['changed', recent.seenUntil - 120_000, []]);
});

test('once a day, and at first, everything in our states and all that is open is listed', async () => {
  const known = [knownIn('plan-ready', 1), knownIn('needs-info', 2), knownIn('failed', 3)];
  for (const cursor of ['none' as const, { seenUntil: now - hour, sweptAt: now - 24 * hour - 1 }]) {
    const { look, requests } = board([summary(1, 'Plan Ready'), summary(7, 'New')]);
    const { due, cursor: next } = await look(known, cursor);
    expect(requests[0]).toEqual(['changed', undefined, ['New', 'Approved']]);
    expect(due, 'the one that is gone too').toEqual([2, 7]);
    expect(next).toEqual({ seenUntil: now, sweptAt: now });
  }
  const { look } = board([]);
  expect((await look(known)).cursor.sweptAt).toBe(recent.sweptAt);
});

test('a tile in a start state is due when it is ours to take', async () => {
  const { look } = board([summary(1, 'New'), summary(2, 'New', []), summary(3, 'Approved'), summary(4, 'Active')]);
  expect((await look([])).due).toEqual([1, 3]);
});

test('an item is due when its tile and its phase disagree, or when it waits for people', async () => {
  const tiles = [summary(1, 'Plan Ready'), summary(2, 'Planning'), summary(3, 'Closed')];
  const known = [knownIn('plan-ready', 1), knownIn('needs-info', 2), knownIn('intake', 3)];
  expect((await board(tiles).look(known)).due).toEqual([2, 3]);
});

test('an ended item is due when people brought it back, a deployed one never', async () => {
  const tiles = [summary(1, 'New'), summary(2, 'Failed'), summary(3, 'New'), summary(4, 'Approved')];
  const known = [knownIn('failed', 1), knownIn('failed', 2), knownIn('deployed', 3), knownIn('cancelled', 4)];
  expect((await board(tiles).look(known)).due).toEqual([1, 4]);
});

test('what continues without the board is looked at in every poll', async () => {
  const known = [knownIn('pr-created', 9), knownIn('deploying', 8), knownIn('executing', 7), knownIn('planning', 6)];
  expect((await board([]).look(known)).due).toEqual([6, 7, 8, 9]);
});

test('what waits for the money of another day is left to its hour, unless people may merge it meanwhile', async () => {
  const waits = 'BUDGET_DAY' as const;
  const known = [knownIn('planning', 1), knownIn('executing', 2), knownIn('pr-created', 3)];
  expect((await board([]).look(known.map((item) => ({ ...item, waits })))).due).toEqual([3]);
});

test('what waits for money that other turns give back soon is watched', async () => {
  const waiting = { ...knownIn('executing', 1), waits: 'BUDGET_DAY' as const, waitsUntil: 5 };
  expect((await board([]).look([waiting])).due).toEqual([1]);
});

test('items come in the order in which they start, each with its rank', async () => {
  const tiles = [summary(1, 'New'), { ...summary(2, 'New'), priority: 1 }, { ...summary(3, 'New'), priority: 4 }];
  const { due, ranks } = await board(tiles).look([]);
  expect(due).toEqual([2, 1, 3]);
  expect(ranks.map(({ workItemId }) => workItemId)).toEqual([1, 2, 3]);
});

test('a waiting plan is looked at once the target branch moved, and not again for the same head', async () => {
  const known = [knownIn('plan-ready', 4), knownIn('needs-info', 5)];
  const moved = await board([]).look(known, { ...recent, targetSha: 'a' }, 'b');
  expect(moved).toMatchObject({ due: [4], cursor: { targetSha: 'b' } });
  expect((await board([]).look(known, { ...recent, targetSha: 'b' }, 'b')).due).toEqual([]);
  expect((await board([]).look([knownIn('needs-info', 5)], recent, 'b')).due).toEqual([]);
});

test('what waits for something that its own tile does not show is looked at in every poll', async () => {
  const known: KnownItem[] = [
    { ...knownIn('intake', 1), waits: 'BLOCKED' },
    { ...knownIn('plan-ready', 2), waits: 'OVERLAP' },
    { ...knownIn('plan-ready', 3), waits: 'GATE_ACTOR' },
    { ...knownIn('failed', 4), waits: 'OVERLAP' },
  ];
  expect((await board([]).look(known)).due).toEqual([1, 2]);
});

test('an item whose pull request was closed is watched for some weeks', async () => {
  const { look } = board([]);
  const closedFor = (days: number): KnownItem => ({
    ...knownIn('cancelled', days),
    closedAt: now - days * 86_400_000,
  });
  const { due } = await look([closedFor(1), closedFor(29), closedFor(30), knownIn('cancelled', 31)]);
  expect(due).toEqual([1, 29]);
});
