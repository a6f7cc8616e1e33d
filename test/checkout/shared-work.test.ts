import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSharedWork } from '../../src/checkout/shared-work.ts';
import { isKept, keepWork } from '../../src/git/kept/kept-work.ts';
import type { Repository } from '../../src/git/repository.ts';
import { loadIndex } from '../../src/git/tree/stat-index.ts';
import { ofTurn } from '../../src/ipc/of-turn.ts';
import type { Peer } from '../../src/ipc/peer.ts';
import { parseForSupervisor, type SupervisorMethods } from '../../src/ipc/protocol.ts';
import { limits } from '../../src/limits.ts';
import type { Store } from '../../src/store/database/database.ts';
import { orderedWork, workMethods } from '../../src/supervisor/copies/work-methods.ts';
import { newWorkItem, type WorkItem } from '../../src/work-items/work-item.ts';
import { accepted, author, createFixture, type Fixture, write } from '../git/fixture.ts';
import { claimOptions, granted, openTestStore, session } from '../store/fixture.ts';
import { runningTurn } from '../supervisor/node.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({ 'a.txt': 'one\n' });
});
afterAll(() => fixture.close());

let [a, b]: Store[] = [];
beforeEach(async () => {
  const opened = await openTestStore({ place: 'node-a' });
  a = opened.store;
  b = (await openTestStore({ folder: opened.folder, place: 'node-b' })).store;
});

/** A turn of work item 12 on a node, with all that its messages go through. */
async function turnOn(store: Store | undefined, repository: Repository, bytesMax?: number) {
  const at = granted(store);
  await at.sessions.ensure(session);
  const { epoch, claimId } = granted(await at.sessions.claim(claimOptions));
  const turn = runningTurn({ epoch, claimId });
  const methods: Record<string, (params: never) => Promise<unknown>> = workMethods(at, () => turn);
  const call = (method: string, params: unknown) => methods[method]?.(parseForSupervisor(method, params) as never);
  const supervisor = ofTurn({ call } as Peer<SupervisorMethods>, turn.turnId);
  const { work: known, tree } = await orderedWork(at, turn);
  const shared = createSharedWork({ repository, supervisor, known, tree, ...(bytesMax ? { bytesMax } : {}) });
  return { ...shared, end: () => at.sessions.release({ ...session, epoch, claimId, end: 'rested' }) };
}

/** Another node's repository of the same remote, with nothing in it. */
const emptyRepository = () => fixture.open({ folder: mkdtempSync(join(fixture.root, 'node-')) });

async function commitOf(path: string, content: string | Buffer): Promise<string> {
  const tree = await fixture.tree();
  write(tree, path, content);
  return accepted(await tree.commit(fixture.base)).sha;
}

const itemWith = (change: Partial<NonNullable<WorkItem['change']>>): WorkItem => ({
  ...newWorkItem(12, '', ''),
  change: { branch: 'feature/acme-12', ...change },
});
const committed = (sha: string) => itemWith({ commit: { sha, summary: '', deliver: 'no' } });

it('lets another node go on from a commit that was never pushed, although its own node is gone', async () => {
  const sha = await commitOf('a.txt', 'two\n');
  const first = await turnOn(a, fixture.repository);
  expect(await first.share(itemWith({}), sha)).toBeUndefined();
  await first.end();
  const repository = await emptyRepository();
  const second = await turnOn(b, repository);
  expect((await second.whyMissing(sha))?.refused).toBe('GATE_BASE');
  expect(await second.bring(committed(sha))).toBeUndefined();
  expect(await second.whyMissing(sha)).toBeUndefined();
  const read = await repository.readFile(sha, 'a.txt', 100);
  expect('bytes' in read && read.bytes.toString()).toBe('two\n');
});

it('brings back work that was in no commit of the branch', async () => {
  const tree = await fixture.tree();
  write(tree, 'a.txt', 'half\n');
  const { repository: here } = fixture;
  const how = { repository: here, workItemId: 12, folder: tree.folder, index: loadIndex(tree.indexFile), author };
  const kept = accepted(await keepWork({ ...how, at: Date.UTC(2026, 10, 20) })) ?? '';
  const first = await turnOn(a, here);
  await first.share(itemWith({}), kept);
  await first.end();
  const repository = await emptyRepository();
  const second = await turnOn(b, repository);
  await second.bring(itemWith({ kept }));
  expect(await isKept(repository, 12, kept)).toBe(true);
});

it('sends what fills several parts, and what is in the state already not again', async () => {
  const sha = await commitOf('large.bin', randomBytes(limits.bundlePartBytesMax + 1));
  const turn = await turnOn(a, fixture.repository);
  await turn.share(itemWith({}), sha);
  const stored = await a?.work.of(session);
  expect(stored?.parts).toBe(2);
  await turn.share(committed(sha), sha);
  expect(await a?.work.of(session)).toEqual(stored);
  await turn.end();
  const second = await turnOn(b, await emptyRepository());
  await second.bring(committed(sha));
  expect(await second.whyMissing(sha)).toBeUndefined();
});

it('refuses what is too large with its size, keeps it here, and names its node elsewhere', async () => {
  const sha = await commitOf('large.bin', randomBytes(3 << 20));
  const first = await turnOn(a, fixture.repository, 2 << 20);
  const refused = await first.share(itemWith({}), sha);
  expect(refused).toMatchObject({ refused: 'WORK_SIZE', why: expect.stringMatching(/are 4 MB, and 2 MB go into/) });
  expect(await first.whyMissing(sha)).toBeUndefined();
  await first.end();
  const here = await turnOn(a, fixture.repository);
  expect(await here.whyMissing(sha)).toBeUndefined();
  await here.end();
  const there = await turnOn(b, await emptyRepository());
  expect(await there.bring(committed(sha))).toBeUndefined();
  const missing = await there.whyMissing(sha);
  expect(missing).toMatchObject({ refused: 'WORK_SIZE', why: expect.stringContaining('only on the node') });
  expect(missing?.fix).toContain('Start that node again');
});

it('takes 50 MB at most into the state', () => {
  expect(limits.bundleBytesMax).toBe(50 * 2 ** 20);
});

it('stores nothing for a turn that lost its session', async () => {
  const sha = await commitOf('a.txt', 'three\n');
  const turn = await turnOn(a, fixture.repository);
  await turn.end();
  await expect(turn.share(itemWith({}), sha)).rejects.toThrow('is over');
  expect(await a?.work.of(session)).toBeUndefined();
});
