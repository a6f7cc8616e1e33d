import { expect, test } from 'vitest';
import { refuse } from '../../src/refusal.ts';
import type { Intent } from '../../src/work-items/lifecycle/events.ts';
import type { WorkItem } from '../../src/work-items/work-item.ts';
import { executing, inReview, ourClaim, sha, tileIn } from '../work-items/fixture.ts';
import { createWorld, openPullRequest, outside } from '../work-items/ports.ts';
import { stage } from './world.ts';

test('a push of a commit that is already on the branch sends nothing', async () => {
  const branch = 'feature/acme-12';
  const world = createWorld({ tile: tileIn('In Progress'), change: ourClaim, heads: new Map([[branch, sha]]) });
  expect(await stage(world).perform(executing, { kind: 'push', sha, branch })).toEqual({ kind: 'done', result: {} });
  expect(world.writes).toEqual([]);
});

test('a tested commit has the warnings of its second look, and one without tests has no look', async () => {
  const warnings = [{ kind: 'tests', where: 'a.js', quote: 'const x' }] as const;
  const looked: string[] = [];
  const lookAt = async (_: WorkItem, of: string) => {
    looked.push(of);
    return warnings;
  };
  const test: Intent = { kind: 'test', sha, nth: 0 };
  const world = () => createWorld({ tile: tileIn('In Progress'), change: ourClaim });
  const done = await stage(world(), { code: { lookAt } }).perform(executing, test);
  expect([done, looked]).toMatchObject([{ kind: 'done', result: { tests: { passed: true }, warnings } }, [sha]]);
  const runTests = async () => refuse('SETUP', 'npm is away');
  await stage(world(), { code: { lookAt, runTests } }).perform(executing, test);
  expect(looked).toEqual([sha]);
});

const inPull = { tile: tileIn('PR Created', { rev: 9 }), change: { ...ourClaim, rev: 9, state: 'PR Created' } };
const extras: [Intent, string][] = [
  [{ kind: 'label-pr', number: 4, label: 'agent' }, 'addLabel'],
  [{ kind: 'ask-review', number: 4, reviewer: 'eve' }, 'addReviewer'],
];

test.each(extras)('$kind never keeps an item waiting for a right or a fault of its own', async (intent, method) => {
  for (const kind of ['auth', 'missing', 'refused', 'failed', 'moved'] as const) {
    const world = createWorld({ ...inPull, faults: [[method, outside(kind)]] });
    expect(await stage(world).perform(inReview, intent), kind).toMatchObject({ kind: 'refused' });
  }
  for (const kind of ['limited', 'unreachable'] as const) {
    const world = createWorld({ ...inPull, faults: [[method, outside(kind)]] });
    expect(await stage(world).perform(inReview, intent), kind).toMatchObject({ kind: 'later' });
  }
});

test.each(extras)("$kind is not permitted on a pull request that is not the item's, or is closed", async (intent) => {
  const world = createWorld(inPull);
  const other = { ...intent, number: 5 } as Intent;
  const refused = { kind: 'refused', refusal: { refused: 'GATE_STATE' } };
  expect(await stage(world).perform(inReview, other)).toMatchObject(refused);
  world.pullRequest = { ...openPullRequest, state: 'closed' };
  expect(await stage(world).perform(inReview, intent)).toMatchObject(refused);
  expect(world.writes).toEqual([]);
});
