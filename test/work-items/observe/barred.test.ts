import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import { approvedByEve, eve, me, postedAt, tileIn, unclaimed } from '../fixture.ts';
import { seen } from '../observing.ts';

const at = postedAt + 120_000;
const item: WorkItem = {
  ...unclaimed,
  barred: {
    moves: [{ kind: 'claim-execution', hash: 'h', approvedRev: 7 }],
    refusal: refuse('OUTSIDE_REFUSED', 'a rule'),
    told: ['a rule'],
    tries: 0,
    ...{ rev: 7, state: 'Approved', at, configDigest: 'digest' },
  },
};
const again = { kind: 'unbarred', again: true };
const look = (tile: Parameters<typeof tileIn>[1], now = at + 1_000, state = 'Approved', of = item) =>
  seen(of, { tile: tileIn(state, tile), change: approvedByEve, now });

test('while nothing changes, or only we wrote on the tile, nothing is tried', async () => {
  expect(await look({ rev: 7, changedBy: eve })).toBeUndefined();
  expect(await look({ rev: 9, changedBy: me })).toBeUndefined();
});

test('a change that people made is tried at once, as is a new configuration, and time alone after a minute', async () => {
  expect(await look({ rev: 8, changedBy: eve })).toEqual(again);
  expect(await look({ rev: 8 })).toEqual(again);
  expect(await look({ rev: 7 }, at + 60_000)).toEqual(again);
  const other = { ...item, barred: { ...item.barred, configDigest: 'another' } } as WorkItem;
  expect(await look({ rev: 7 }, at + 1_000, 'Approved', other)).toEqual(again);
});

test('if people moved the tile themselves, the move is given up', async () => {
  expect(await look({ rev: 8, changedBy: eve }, at + 1_000, 'Plan Ready')).toEqual({ kind: 'unbarred', again: false });
});

test('a tile that people took away by its tags is released, and its move is not tried again', async () => {
  const away = { kind: 'moved', to: 'elsewhere' };
  expect(await look({ rev: 8, changedBy: eve, tags: [] })).toMatchObject(away);
  expect(await look({ rev: 8, changedBy: eve, tags: [] }, at + 60_000)).toMatchObject(away);
  const deployed = { ...item, phase: 'deployed' } as WorkItem;
  expect(await look({ rev: 8, changedBy: eve, tags: [] }, at + 1_000, 'Approved', deployed)).toEqual(again);
});

test('work that people began on the board themselves is not our claim', async () => {
  expect(await seen(unclaimed, { tile: tileIn('In Progress') })).toMatchObject({ kind: 'moved', to: 'elsewhere' });
});
