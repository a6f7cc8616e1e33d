/** Trees on disk that are made once, shared, and removed in the order in which they were last used. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createPreparedTrees } from '../../src/checkout/prepared-trees.ts';
import { refuse } from '../../src/refusal.ts';

function open(countMax: number, bytesMax: number) {
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-prepared-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  let now = 1_700_000_000_000;
  const clock = { now: () => (now += 1_000), sleep: async () => {} };
  const made: string[] = [];
  const create = () => createPreparedTrees({ folder, countMax, bytesMax, clock });
  const makes = (key: string, bytes: number) => async (home: string) => {
    made.push(key);
    writeFileSync(join(home, 'content'), Buffer.alloc(bytes, key));
    return undefined;
  };
  return { folder, made, create, makes, kept: () => readdirSync(folder).sort() };
}

it('makes a tree once, for all who ask at the same time, later or after a restart', async () => {
  const { made, create, makes } = open(9, 1 << 20);
  const trees = create();
  const ask = () => trees.with('a', makes('a', 10), async (home) => existsSync(join(home, 'content')));
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([true, true, true]);
  expect(await create().with('a', makes('a', 10), async () => 'used')).toBe('used');
  expect(made).toEqual(['a']);
});

it('keeps nothing of a failure, and tries again', async () => {
  const { made, create, makes, kept } = open(9, 1 << 20);
  const trees = create();
  const failed = refuse('SETUP', 'no such package');
  expect(
    await trees.with(
      'a',
      async () => failed,
      async () => 'used',
    ),
  ).toEqual(failed);
  expect(kept()).toEqual([]);
  expect(await trees.with('a', makes('a', 10), async () => 'used')).toBe('used');
  expect(made).toEqual(['a']);
});

it('removes the least recently used, by count and by bytes, but nothing in use', async () => {
  const { create, makes, kept } = open(3, 1 << 20);
  const trees = create();
  const use = (key: string, bytes = 10, during: () => Promise<unknown> = async () => {}) =>
    trees.with(key, makes(key, bytes), during);
  for (const key of ['a', 'b', 'c', 'a', 'd']) await use(key);
  expect(kept()).toEqual(['a', 'c', 'd']);
  await use('c', 10, () => use('e', 900 << 10, () => use('f', 900 << 10)));
  expect(kept()).toEqual(['c', 'e', 'f']);
  await use('g');
  expect(kept()).toEqual(['f', 'g']);
});

it('clears away what a worker left unfinished', () => {
  const { folder, create, kept } = open(3, 1 << 20);
  mkdirSync(join(folder, '.draft-x'));
  create();
  expect(kept()).toEqual([]);
});
