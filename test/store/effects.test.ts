import { expect, test } from 'vitest';
import { effectKey } from '../../src/effects/effect-key.ts';
import { refuse } from '../../src/refusal.ts';
import type { Store } from '../../src/store/database/database.ts';
import type { Intent } from '../../src/work-items/lifecycle/events.ts';
import { acme, claimOptions, granted, openTestStore, rules, session } from './fixture.ts';

const comment: Intent = { kind: 'comment', text: 'hello', nth: 1 };
const commentKey = effectKey(acme, 12, comment);
const claimPlan: Intent = { kind: 'claim-plan', nth: 1 };
const claimKey = effectKey(acme, 12, claimPlan);
const refusal = refuse('OUTSIDE_LIMITED', 'slow down');

/** A turn whose lifecycle has asked for `claimPlan`. */
async function begin(store: Store) {
  await store.sessions.ensure(session);
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  const turn = { ...session, epoch, claimId };
  const event = { kind: 'found', title: 't', type: 'Bug' } as const;
  granted(await store.items.apply({ ...turn, event, rules }));
  return { turn, ledger: store.effects.ledgerOf(turn) };
}

const tell: Intent = { kind: 'tell', nth: 1 };

test('an effect that is done is not done again', async () => {
  const { store } = await openTestStore();
  const { ledger } = await begin(store);
  expect(await ledger.begin(claimKey, claimPlan)).toBeUndefined();
  await ledger.end(claimKey, { kind: 'done', result: { rev: 3 } }, 'p1');
  expect(await ledger.begin(claimKey, claimPlan)).toEqual({ rev: 3 });
});

test('an effect that was running when its turn died is owed by the next turn', async () => {
  const { store, clock } = await openTestStore();
  const { ledger } = await begin(store);
  await ledger.begin(claimKey, claimPlan);
  await ledger.begin(commentKey, comment);
  clock.time += 30_000;
  const next = granted(await store.sessions.claim(claimOptions));
  expect(next.openIntents).toEqual([claimPlan, tell, comment]);
  const nextLedger = store.effects.ledgerOf({ ...session, epoch: next.epoch, claimId: next.claimId });
  expect(await nextLedger.begin(claimKey, claimPlan)).toBeUndefined();
});

test('an effect for later stays owed, with its reason and time', async () => {
  const { store, clock } = await openTestStore();
  const { ledger } = await begin(store);
  await ledger.begin(claimKey, claimPlan);
  await ledger.end(claimKey, { kind: 'later', refusal, until: clock.time + 15_000 }, undefined);
  const nextAt = clock.time + 15_000;
  expect(await ledger.tried(claimKey)).toEqual({ refusal, until: nextAt });
  expect(await ledger.tried(commentKey)).toBeUndefined();
  expect(await store.effects.open(session)).toEqual([
    { key: claimKey, intent: claimPlan, state: 'begun', nextAt, refusal },
    { key: 'codechange/acme wi-12 tell 1', intent: tell, state: 'intended' },
  ]);
});

test("a tool's effect is over with its outcome, done or refused", async () => {
  const { store } = await openTestStore();
  const { ledger } = await begin(store);
  expect(await ledger.begin(commentKey, comment)).toBeUndefined();
  await ledger.end(commentKey, { kind: 'refused', refusal }, undefined);
  expect(await store.effects.open(session)).toHaveLength(2);
  expect(await ledger.begin(commentKey, comment)).toBeUndefined();
  await ledger.end(commentKey, { kind: 'done', result: { commentId: 9 } }, 'p2');
  expect(await store.effects.open(session)).toHaveLength(2);
  expect(await ledger.begin(commentKey, comment)).toEqual({ commentId: 9 });
});

test('a turn that is over writes nothing into the ledger', async () => {
  const { store, clock } = await openTestStore();
  const { ledger } = await begin(store);
  await ledger.begin(claimKey, claimPlan);
  clock.time += 30_000;
  granted(await store.sessions.claim(claimOptions));
  const before = await store.effects.open(session);
  await expect(ledger.end(claimKey, { kind: 'done', result: {} }, 'p1')).rejects.toMatchObject({
    name: 'StaleTurnError',
  });
  await expect(ledger.begin(commentKey, comment)).rejects.toMatchObject({ refusal: { refused: 'GATE_LEASE' } });
  expect(await store.effects.open(session)).toEqual(before);
});

test('the audit log has the intent before and the outcome after, with its permit and configuration', async () => {
  const { store } = await openTestStore();
  await store.agents.set(acme, { trusted: { digest: 'd1', steering: {} } });
  const { ledger } = await begin(store);
  await ledger.begin(claimKey, claimPlan);
  await ledger.end(claimKey, { kind: 'done', result: { rev: 3 } }, 'p1');
  await ledger.begin(commentKey, comment);
  await ledger.end(commentKey, { kind: 'later', refusal, until: 1 }, undefined);
  const common = { sessionId: 'wi-12', target: 'wi-12', configDigest: 'd1' };
  const entries = (await store.audit.list(acme, 0, 10)).slice(1);
  expect(entries).toMatchObject([
    { ...common, action: 'claim-plan', actor: 'platform', outcome: 'intended' },
    { ...common, action: 'claim-plan', outcome: 'done', permit: 'p1' },
    { ...common, action: 'comment', actor: `agent/${acme}`, outcome: 'intended' },
    { ...common, action: 'comment', outcome: 'later OUTSIDE_LIMITED' },
  ]);
  expect(entries[0]?.argsDigest).toBe(entries[1]?.argsDigest);
});
