import { expect, test } from 'vitest';
import type { Store } from '../../src/store/database/database.ts';
import type { Intent, LifecycleEvent } from '../../src/work-items/lifecycle/events.ts';
import { approval } from '../work-items/fixture.ts';
import { acme, claimOptions, granted, openTestStore, rules, session, wi12 } from './fixture.ts';

const [first, second] = ['1'.repeat(40), '2'.repeat(40)];
const plan = { summary: 's', steps: ['a'], files: [], tests: [], risks: '', rollback: '' };

async function claimed(store: Store) {
  await store.sessions.ensure(session);
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  return { ...session, epoch, claimId };
}

/** A turn whose work is in the state as the bundle `one`. */
async function withWork(options: Parameters<typeof openTestStore>[0] = {}) {
  const opened = await openTestStore({ place: 'node-a', ...options });
  const turn = await claimed(opened.store);
  const { work } = opened.store;
  for (const [part, content] of ['aaaa', 'bbbb'].entries()) await work.addPart(turn, { bundle: 'one', part, content });
  await work.keep(turn, { bundle: 'one', commits: [first], bytes: 6, parts: 2 });
  return { ...opened, turn, work };
}

/** The item goes through the lifecycle to an approved plan with the commit `first`. */
async function withCommit() {
  const opened = await withWork();
  const { store, turn } = opened;
  const apply = async (event: LifecycleEvent) =>
    granted(await store.items.apply({ ...turn, event, rules: { ...rules, deploys: false } }));
  await apply({ kind: 'found', title: 'Guard keys', type: 'Bug' });
  await apply({ kind: 'plan-submitted', plan, text: 't', hash: 'h1', baseSha: 'b', contentHash: 'c' });
  await apply({ kind: 'approved', approval, branch: 'feature/acme-12' });
  await apply({ kind: 'change-made', sha: first, summary: 's', deliver: 'pull-request' });
  return { ...opened, apply };
}

test('what is kept is read back part by part, until a newer bundle takes its place', async () => {
  const { work, turn } = await withWork();
  expect(await work.of(session)).toEqual({ bundle: 'one', commits: [first], bytes: 6, parts: 2, place: 'node-a' });
  expect(await work.part(session, 'one', 0)).toBe('aaaa');
  expect(await work.part(session, 'one', 1)).toBe('bbbb');
  await work.addPart(turn, { bundle: 'two', part: 0, content: 'cccc' });
  expect((await work.of(session))?.bundle, 'a bundle counts once it is whole').toBe('one');
  await work.keep(turn, { bundle: 'two', commits: [second], bytes: 3, parts: 1 });
  expect(await work.part(session, 'one', 0)).toBeUndefined();
  expect(await work.of(session)).toMatchObject({ bundle: 'two', commits: [second] });
  await expect(work.keep(turn, { bundle: 'three', commits: [first], bytes: 3, parts: 1 })).rejects.toThrow(
    '0 of its 1',
  );
});

test('of commits that were too large the state knows where they are, and how large', async () => {
  const { work, turn, folder, url } = await withWork();
  expect(await work.isElsewhere(session)).toBe(false);
  await work.keep(turn, { commits: [second], bytes: 60 << 20, parts: 0 });
  expect(await work.of(session)).toEqual({ commits: [second], bytes: 60 << 20, parts: 0, place: 'node-a' });
  expect(await work.part(session, 'one', 0)).toBeUndefined();
  expect([await work.isElsewhere(session), await work.isElsewhere({ ...session, sessionId: 'wi-13' })]).toEqual([
    false,
    false,
  ]);
  const other = await openTestStore({ folder, place: 'node-b', ...(url ? { url } : {}) });
  expect(await other.store.work.isElsewhere(session)).toBe(true);
});

test('a turn that is over keeps nothing, and names no tree', async () => {
  const { store, work, turn } = await withWork();
  await work.setTree(turn, 'tree-1');
  await store.sessions.release({ ...turn, end: 'rested' });
  await expect(work.addPart(turn, { bundle: 'two', part: 0, content: 'cccc' })).rejects.toThrow('is over');
  await expect(work.keep(turn, { commits: [second], bytes: 1, parts: 0 })).rejects.toThrow('is over');
  await expect(work.setTree(turn, 'tree-2')).rejects.toThrow('is over');
  expect([(await work.of(session))?.bundle, await work.treeOf(session)]).toEqual(['one', 'tree-1']);
});

test('work goes when its item is deployed, and is there until then', async () => {
  const { work, apply } = await withCommit();
  const done = (intent: Intent, result = {}) => apply({ kind: 'effect-done', intent, result });
  const branch = 'feature/acme-12';
  await done({ kind: 'test', sha: first, nth: 0 }, { tests: { passed: true, output: '', seconds: 1 } });
  await done({ kind: 'push', sha: first, branch });
  await done({ kind: 'open-pr', branch, sha: first, nth: 1 }, { number: 4, url: 'https://code.example/4' });
  expect((await work.of(session))?.bundle).toBe('one');
  expect((await apply({ kind: 'merged', mergedSha: second })).item.phase).toBe('deployed');
  expect([await work.of(session), await work.part(session, 'one', 0)]).toEqual([undefined, undefined]);
});

test('work goes when the item begins again with a new plan', async () => {
  const { work, apply } = await withCommit();
  expect((await apply({ kind: 'moved', to: 'new', why: 'a person wants another plan' })).item.phase).toBe('planning');
  expect(await work.of(session)).toBeUndefined();
});

test('work of an item that a person stopped is there for a while, and goes with its session', async () => {
  const { store, work, apply, turn, clock } = await withCommit();
  await apply({ kind: 'cancelled-by', by: 'eve', rev: 9 });
  await work.dropOld(0);
  expect((await work.of(session))?.bundle).toBe('one');
  clock.time += 1;
  await work.dropOld(0);
  expect(await work.of(session)).toBeUndefined();
  await work.addPart(turn, { bundle: 'two', part: 0, content: 'cccc' });
  await work.keep(turn, { bundle: 'two', commits: [first], bytes: 3, parts: 1 });
  await store.sessions.release({ ...turn, end: 'rested' });
  expect(await store.sessions.remove(granted(await store.sessions.get(acme, wi12)))).toBe(true);
  expect([await work.of(session), await work.part(session, 'two', 0)]).toEqual([undefined, undefined]);
  expect(await store.sessions.list(acme)).toEqual([]);
});
