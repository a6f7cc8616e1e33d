import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import { holdOf, isClearOf } from '../../../src/work-items/lifecycle/hold.ts';
import { deploying, merged } from '../fixture.ts';

const hold = { ...refuse('HOLD', 'it failed'), sha: 'broken', before: 'well' };

/** A line of commits, oldest first, and what each has at the two paths. */
const contents: Record<string, Record<string, string>> = {
  well: { a: '1', b: '1' },
  broken: { a: '2', b: '1' },
  later: { a: '2', b: '2' },
  fixed: { a: '3', b: '2' },
  reverted: { a: '1', b: '2' },
};
const line = Object.keys(contents);
const source = {
  contains: async (sha: string) => line.includes(sha),
  isAncestor: async (one: string, two: string) => line.indexOf(one) <= line.indexOf(two),
  changedPaths: async (from: string, to: string) => ['a', 'b'].filter((p) => contents[from]?.[p] !== contents[to]?.[p]),
};

test.each([
  ['well', true],
  ['broken', false],
  ['later', false],
  ['fixed', false],
  ['reverted', true],
])('under the hold %s may be deployed: %s', async (sha, may) => {
  expect(await isClearOf(hold, sha, source)).toBe(may);
});

test('a hold with too little information blocks everything', async () => {
  const { before, ...unknown } = hold;
  expect(await isClearOf(unknown, 'reverted', source)).toBe(false);
  expect(await isClearOf(refuse('HOLD', 'it failed'), 'well', source)).toBe(false);
  expect(await isClearOf({ ...hold, sha: 'unknown' }, 'well', source)).toBe(false);
});

test('an item puts its instance on hold once, with its merge and what ran before', () => {
  const failed = {
    ...deploying,
    refusal: refuse('HOLD', 'not healthy'),
    deployment: { mergedSha: merged, sent: { deploymentId: '9', before: 'b' } },
  };
  expect(holdOf(deploying, failed, 7)).toMatchObject({ refused: 'HOLD', sha: merged, before: 'b', since: 7 });
  expect(holdOf(failed, { ...failed, phase: 'failed' }, 7)).toBeUndefined();
  expect(holdOf(deploying, { ...deploying, refusal: refuse('DRIFT', 'unknown') }, 7)).toBeUndefined();
});
