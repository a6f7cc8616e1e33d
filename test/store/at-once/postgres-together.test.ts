/** Statements that go to PostgreSQL together: what the server does with them, and how often each step of a message goes there. */
import type { Kysely } from 'kysely';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { ahead, alone, together } from '../../../src/store/database/at-once/together.ts';
import { openDatabase } from '../../../src/store/database/open.ts';
import type { Tables } from '../../../src/store/database/schema.ts';
import { turnKeyOf } from '../../../src/store/fence.ts';
import { acme, claimOptions, deliver, granted, messageFor, openTestStore, session, testFolder } from '../fixture.ts';
import { newTestDatabase } from '../test-database.ts';
import { holding, someWait } from './two-nodes.ts';

async function opened() {
  const { url = '' } = await newTestDatabase(testFolder());
  const { db } = await openDatabase({ folder: '', url, clock: { now: Date.now } });
  onTestFinished(() => db.destroy());
  return { db, url };
}

const count = (db: Kysely<Tables>, name: string, value = 1) =>
  db.insertInto('refusal_counts').values({ agent_id: name, code: 'c', count: value });
const counted = async (db: Kysely<Tables>) =>
  (await db.selectFrom('refusal_counts').selectAll().orderBy('agent_id').execute()).map(
    ({ agent_id, count: value }) => [agent_id, value],
  );

/** How often stores and databases that are opened from now on went to the server, since it was asked last. */
function countWays(): () => number {
  const { query } = Client.prototype;
  let ways = 0;
  Client.prototype.query = function (this: Client, ...args: unknown[]) {
    ways += 1;
    return Reflect.apply(query, this, args);
  } as typeof query;
  onTestFinished(() => {
    Client.prototype.query = query;
  });
  return () => {
    const counted = ways;
    ways = 0;
    return counted;
  };
}

test('each is answered, sees what those before it did, and what others stored while it waited', async () => {
  const { db, url } = await opened();
  await count(db, 'a').execute();
  const other = await holding(url, `update refusal_counts set count = 5 where agent_id = 'a'`);
  const bigger = db.updateTable('refusal_counts').set((eb) => ({ count: eb('count', '+', 1) }));
  const going = alone(
    db,
    bigger.where('agent_id', '=', 'a'),
    count(db, 'b'),
    db.selectFrom('refusal_counts').selectAll(),
  );
  await someWait(url);
  await other.query(`insert into refusal_counts (agent_id, code, count) values ('c', 'c', 9)`);
  await other.end();
  const [changed, added, all] = await going;
  expect([changed.numAffectedRows, added.numAffectedRows]).toEqual([1n, 1n]);
  expect(all.rows.map(({ agent_id, count: value }) => [agent_id, value]).sort()).toEqual([
    ['a', 6],
    ['b', 1],
    ['c', 9],
  ]);
});

test('after one that fails none is carried out, and nothing of those before it is kept', async () => {
  const { db } = await opened();
  await count(db, 'a').execute();
  await expect(alone(db, count(db, 'b'), count(db, 'a'), count(db, 'c'))).rejects.toMatchObject({ code: '23505' });
  const inTransaction = db.transaction().execute((trx) => together(trx, count(trx, 'b'), count(trx, 'a')));
  await expect(inTransaction).rejects.toMatchObject({ code: '23505' });
  expect(await counted(db)).toEqual([['a', 1]]);
});

test('what is told ahead goes with the next statement or with the commit, whose fault it then is', async () => {
  const { db } = await opened();
  await db.transaction().execute(async (trx) => {
    await ahead(trx, count(trx, 'a'));
    expect(await counted(trx)).toEqual([['a', 1]]);
    await ahead(trx, count(trx, 'b'));
  });
  const failing = db.transaction().execute((trx) => ahead(trx, count(trx, 'c'), count(trx, 'a')));
  await expect(failing).rejects.toMatchObject({ code: '23505' });
  expect(await counted(db)).toEqual([
    ['a', 1],
    ['b', 1],
  ]);
  await expect(ahead(db, count(db, 'd'))).rejects.toThrow('only a transaction');
});

test('a transaction that does nothing asks nothing, and one that is given up leaves nothing', async () => {
  const ways = countWays();
  const { db } = await opened();
  expect(ways()).toBeGreaterThan(0);
  expect(await db.transaction().execute(async () => 'nothing')).toBe('nothing');
  expect(ways()).toBe(0);
  const givenUp = db.transaction().execute(async (trx) => {
    await count(trx, 'a').execute();
    await ahead(trx, count(trx, 'b'));
    throw new Error('given up');
  });
  await expect(givenUp).rejects.toThrow('given up');
  expect(await counted(db)).toEqual([]);
});

test('from a message to the end of its turn seven ways to the server are enough', async () => {
  const ways = countWays();
  const { store } = await openTestStore();
  const places = [{ agentId: acme, isBranch: false, max: 1 }];
  ways();
  await store.messages.add(messageFor('m1'));
  expect(ways()).toBe(1);
  const decide = () => ({ deliveries: [{ messageId: 'm1', command: 'work.process', ...session }], answers: [] });
  await store.messages.routeNew(10, decide);
  expect(ways()).toBe(2);
  expect(await store.sessions.due({ max: 10 })).toHaveLength(1);
  expect(ways()).toBe(1);
  const claim = granted(await store.sessions.claim(claimOptions));
  expect(claim.batch).toHaveLength(1);
  expect(ways()).toBe(2);
  await store.sessions.release({ ...turnKeyOf(claim), end: 'rested' });
  expect(ways()).toBe(1);
  await deliver(store, 'm2');
  ways();
  expect(granted(await store.sessions.claim({ ...claimOptions, places })).batch).toHaveLength(1);
  expect(ways()).toBe(3);
});

test('a turn finds its messages by its session, however many wait for its agent', async () => {
  const { db } = await opened();
  const asked = { agent_id: acme, session_id: 'wi-1' };
  const mine = db
    .selectFrom('deliveries')
    .select('seq')
    .where((eb) => eb.and(asked))
    .where('finished_at', 'is', null)
    .orderBy('seq');
  const [plan] = await mine.explain<Record<string, string>>('text');
  expect(Object.values(plan ?? {})[0]).toContain('deliveries_unfinished');
});
