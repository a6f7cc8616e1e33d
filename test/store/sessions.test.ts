import { expect, test } from 'vitest';
import { turnKeyOf } from '../../src/store/fence.ts';
import type { Claim } from '../../src/store/sessions.ts';
import { acme, claimOptions, deliver, granted, inOtherProcess, openTestStore, session, wi12 } from './fixture.ts';
import { changeRows } from './test-database.ts';

const idsOf = (claim: Claim | undefined) => claim?.batch.map(({ id }) => id);

test('only one of several claimers gets the session', async () => {
  const { store } = await openTestStore();
  await deliver(store, 'm1');
  const claims = await Promise.all(['a', 'b', 'c'].map((owner) => store.sessions.claim({ ...claimOptions, owner })));
  expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
});

test('of two processes that claim the same sessions each gets its own', async () => {
  const { store, ...database } = await openTestStore();
  const sessionIds = Array.from({ length: 40 }, (_, n) => `wi-${n + 1}`);
  for (const sessionId of sessionIds) await store.sessions.ensure({ agentId: acme, sessionId });
  const code = (owner: string) => `
    for (const sessionId of ${JSON.stringify(sessionIds)}) {
      const claim = await store.sessions.claim({ agentId: '${acme}', sessionId, owner: '${owner}', leaseMs: 60_000, batchMax: 1 });
      if (claim) console.log(sessionId);
    }`;
  const printed = await Promise.all(['node-1', 'node-2'].map((owner) => inOtherProcess(database, code(owner))));
  const claimed = printed.flatMap((text) => text.trim().split('\n')).filter(Boolean);
  expect(claimed.sort()).toEqual(sessionIds.sort());
  expect((await store.sessions.list(acme)).every(({ epoch }) => epoch === 1)).toBe(true);
});

test('a claimed session is not due until its lease runs out', async () => {
  const { store, clock } = await openTestStore();
  await deliver(store, 'm1');
  expect(await store.sessions.due({ max: 10 })).toMatchObject([session]);
  granted(await store.sessions.claim(claimOptions));
  clock.time += 29_999;
  expect(await store.sessions.due({ max: 10 })).toEqual([]);
  clock.time += 1;
  expect(await store.sessions.due({ max: 10 })).toMatchObject([session]);
});

test('messages of a dead turn come again with later ones, and deaths are counted', async () => {
  const { store, clock } = await openTestStore();
  await deliver(store, 'm1');
  const dead = granted(await store.sessions.claim(claimOptions));
  expect(dead).toMatchObject({ epoch: 1, deaths: 1 });
  await deliver(store, 'm2');
  clock.time += 30_000;
  const next = granted(await store.sessions.claim(claimOptions));
  expect(next).toMatchObject({ epoch: 2, deaths: 2 });
  expect(idsOf(next)).toEqual(['m1', 'm2']);
});

test('a dead turn that wakes up changes nothing', async () => {
  const { store, clock } = await openTestStore();
  await deliver(store, 'm1');
  const dead = turnKeyOf(granted(await store.sessions.claim(claimOptions)));
  clock.time += 30_000;
  granted(await store.sessions.claim({ ...claimOptions, owner: 'node-2' }));
  const before = await store.sessions.get(acme, wi12);
  expect(await store.sessions.release({ ...dead, end: 'rested', wakeAt: 1 })).toBe(false);
  await expect(store.sessions.setEngineSession(dead, 'e')).rejects.toMatchObject({ name: 'StaleTurnError' });
  await expect(store.transcripts.append(dead, [{ row: { type: 'user' } }])).rejects.toMatchObject({
    name: 'StaleTurnError',
  });
  expect(await store.sessions.renew([dead], 30_000)).toEqual({ renewed: [], lost: [dead] });
  expect(await store.sessions.get(acme, wi12)).toEqual(before);
  expect(await store.transcripts.load(session)).toEqual([]);
});

test('a clean release finishes its messages, clears the deaths and lets the session rest', async () => {
  const { store } = await openTestStore();
  await deliver(store, 'm1');
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  expect(await store.sessions.release({ ...session, epoch, claimId, end: 'rested' })).toBe(true);
  expect(await store.sessions.release({ ...session, epoch, claimId, end: 'rested' })).toBe(false);
  const rested = granted(await store.sessions.get(acme, wi12));
  expect(rested.deaths).toBe(0);
  expect(rested.wakeAt).toBeUndefined();
  expect(await store.sessions.due({ max: 10 })).toEqual([]);
  expect(idsOf(await store.sessions.claim(claimOptions))).toEqual([]);
});

test('a turn of the same number, but of another claim, finishes no messages', async () => {
  const { store } = await openTestStore();
  await deliver(store, 'm1');
  const claim = granted(await store.sessions.claim(claimOptions));
  const lost = { ...turnKeyOf(claim), claimId: 'of a commit that was lost' };
  expect(await store.sessions.release({ ...lost, end: 'rested' })).toBe(false);
  expect(await store.sessions.release({ ...turnKeyOf(claim), end: 'broke' })).toBe(true);
  expect(granted(await store.sessions.claim(claimOptions)).batch.map(({ id }) => id)).toEqual(['m1']);
  expect(await store.sessions.release({ ...turnKeyOf(claim), end: 'rested' })).toBe(false);
});

test('a turn that broke comes again with the same messages, not before its pause is over, whatever comes', async () => {
  const { store, clock } = await openTestStore();
  await deliver(store, 'm1');
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  await store.sessions.release({ ...session, epoch, claimId, end: 'broke', wakeAt: clock.time + 60_000 });
  await deliver(store, 'm2');
  clock.time += 59_999;
  expect(await store.sessions.due({ max: 10 })).toEqual([]);
  clock.time += 1;
  expect(await store.sessions.due({ max: 10 })).toMatchObject([session]);
  const next = granted(await store.sessions.claim(claimOptions));
  expect(next).toMatchObject({ deaths: 2, dyingSince: clock.time - 60_000 });
  expect(idsOf(next)).toEqual(['m1', 'm2']);
});

test('what is left over by a batch, and what comes during a turn, gives another turn at once', async () => {
  const { store, clock } = await openTestStore();
  for (const id of ['m1', 'm2', 'm3']) await deliver(store, id);
  const first = granted(await store.sessions.claim({ ...claimOptions, batchMax: 2 }));
  expect(idsOf(first)).toEqual(['m1', 'm2']);
  await store.sessions.release({
    ...session,
    epoch: first.epoch,
    claimId: first.claimId,
    end: 'rested',
    wakeAt: clock.time + 60_000,
  });
  expect(await store.sessions.due({ max: 10 })).toMatchObject([session]);
  const second = granted(await store.sessions.claim(claimOptions));
  expect(idsOf(second)).toEqual(['m3']);
  await deliver(store, 'm4');
  await store.sessions.release({ ...session, epoch: second.epoch, claimId: second.claimId, end: 'rested' });
  expect(await store.sessions.due({ max: 10 })).toMatchObject([session]);
  expect(idsOf(await store.sessions.claim(claimOptions))).toEqual(['m4']);
});

test('a turn says when it wants the next one, and an earlier time wins', async () => {
  const { store, clock } = await openTestStore();
  await store.sessions.ensure(session);
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  await store.sessions.wake(session, clock.time + 10_000);
  await store.sessions.release({ ...session, epoch, claimId, end: 'rested', wakeAt: clock.time + 60_000 });
  expect((await store.sessions.get(acme, wi12))?.wakeAt).toBe(clock.time + 10_000);
});

test('a renewed lease lasts, and its owner learns what it still holds', async () => {
  const { store, clock } = await openTestStore();
  await deliver(store, 'm1');
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  clock.time += 20_000;
  const turn = { ...session, epoch, claimId };
  expect(await store.sessions.renew([turn], 30_000)).toEqual({ renewed: [turn], lost: [] });
  clock.time += 20_000;
  expect(await store.sessions.claim({ ...claimOptions, owner: 'node-2' })).toBeUndefined();
});

test('a node that starts again ends the turns it had, and their sessions are due with no death counted', async () => {
  const { store } = await openTestStore();
  await deliver(store, 'm1');
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  await store.sessions.giveBack('node-2');
  expect(await store.sessions.due({ max: 10 })).toEqual([]);
  await store.sessions.giveBack();
  expect(await store.sessions.due({ max: 10 })).toMatchObject([session]);
  expect(await store.sessions.release({ ...session, epoch, claimId, end: 'rested' })).toBe(false);
  expect(await store.sessions.claim(claimOptions)).toMatchObject({ epoch: 2, deaths: 1 });
});

test('a turn remembers its engine session for the next', async () => {
  const { store } = await openTestStore();
  await deliver(store, 'm1');
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  const turn = { ...session, epoch, claimId };
  expect(await store.sessions.setEngineSession(turn, 'engine-0', 'plan-0')).toBe(true);
  expect(await store.sessions.setEngineSession(turn, 'engine-1')).toBe(true);
  expect((await store.sessions.get(acme, wi12))?.enginePlanHash).toBeUndefined();
  expect(await store.sessions.setEngineSession(turn, 'engine-1', 'plan-1')).toBe(false);
  await store.sessions.release({ ...turn, end: 'broke' });
  const { session: next } = granted(await store.sessions.claim(claimOptions));
  expect(next).toMatchObject({ engineSessionId: 'engine-1', enginePlanHash: 'plan-1' });
});

test('a removed session takes everything of it along, and one with a turn is not removed', async () => {
  const { store } = await openTestStore();
  await deliver(store, 'm1');
  const { epoch, claimId, session: claimed } = granted(await store.sessions.claim(claimOptions));
  await store.log.append(session, [{ at: 1, kind: 'text', text: 'hello' }]);
  expect(await store.sessions.remove(claimed)).toBe(false);
  await store.sessions.release({ ...session, epoch, claimId, end: 'rested' });
  await store.sessions.close(session);
  const closed = granted(await store.sessions.get(acme, wi12));
  expect(closed.closedAt).toBeDefined();
  expect(await store.sessions.remove(closed)).toBe(true);
  expect(await store.sessions.list()).toEqual([]);
  expect(await store.log.list({ max: 10 })).toEqual([]);
});

test('a session is not removed while a turn is to come, or with a message that no turn has finished', async () => {
  const { store, clock, ...database } = await openTestStore();
  const ensured = await store.sessions.ensure(session);
  await store.sessions.wake(session, clock.time + 60_000);
  expect(await store.sessions.remove(ensured)).toBe(false);
  await deliver(store, 'm1');
  await changeRows(database, 'update sessions set wake_at = null');
  expect(await store.sessions.remove(ensured)).toBe(false);
  await changeRows(database, 'update deliveries set finished_at = 1');
  expect(await store.sessions.remove(ensured)).toBe(true);
});

test('a session that had a turn since it was read is not removed', async () => {
  const { store, clock } = await openTestStore();
  const read = await store.sessions.ensure(session);
  clock.time += 1;
  const claimed = granted(await store.sessions.claim(claimOptions));
  await store.sessions.release({ ...turnKeyOf(claimed), end: 'rested' });
  expect(await store.sessions.remove(read)).toBe(false);
  expect(await store.sessions.remove(granted(await store.sessions.get(acme, wi12)))).toBe(true);
});

test('a work item has its rank before it has anything else', async () => {
  const { store } = await openTestStore();
  await store.sessions.rank(acme, [{ workItemId: 12, rank: 3 }]);
  expect(await store.sessions.due({ max: 10 })).toEqual([]);
  await deliver(store, 'm1');
  await store.sessions.rank(acme, [{ workItemId: 12, rank: 2 }]);
  expect(await store.sessions.due({ max: 10 })).toMatchObject([{ ...session, rank: 2 }]);
});
