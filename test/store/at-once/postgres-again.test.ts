/** What PostgreSQL undid, because others stood in its way, is done again, and only that. */
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { atOneMoment, lock } from '../../../src/store/database/at-once/locks.ts';
import { openDatabase } from '../../../src/store/database/open.ts';
import type { Db } from '../../../src/store/database/schema.ts';
import { testFolder } from '../fixture.ts';
import { newTestDatabase } from '../test-database.ts';
import { holding, someWait } from './two-nodes.ts';

async function opened() {
  const { url = '' } = await newTestDatabase(testFolder());
  const { db } = await openDatabase({ folder: '', url, clock: { now: Date.now } });
  onTestFinished(() => db.destroy());
  // What a state begins with.
  await db.deleteFrom('platform').execute();
  return { db, url };
}

const note = (db: Db, name: string) =>
  db.insertInto('refusal_counts').values({ agent_id: name, code: 'c', count: 1 }).execute();
const noted = async (db: Db) =>
  (await db.selectFrom('refusal_counts').select('agent_id').orderBy('agent_id').execute()).map(
    ({ agent_id }) => agent_id,
  );

test('two transactions that wait for each other both come about', async () => {
  const { db } = await opened();
  const met = Promise.withResolvers<void>();
  let there = 0;
  let tries = 0;
  const both = (first: 'alarms' | 'holdings', second: 'alarms' | 'holdings', name: string) =>
    db.transaction().execute(async (trx) => {
      tries += 1;
      await note(trx, name);
      await lock(trx, first);
      await noted(trx);
      there += 1;
      if (there === 2) met.resolve();
      await met.promise;
      await lock(trx, second);
    });
  await Promise.all([both('alarms', 'holdings', 'a'), both('holdings', 'alarms', 'b')]);
  expect(tries).toBeGreaterThan(2);
  expect(await noted(db)).toEqual(['a', 'b']);
});

test('names that are locked together are locked in one order, however they are given', async () => {
  const { db, url } = await opened();
  let tries = 0;
  const first = Promise.withResolvers<void>();
  const next = Promise.withResolvers<void>();
  const apart = db.transaction().execute(async (trx) => {
    tries += 1;
    await lock(trx, 'alarms');
    await noted(trx);
    first.resolve();
    await next.promise;
    await lock(trx, 'holdings');
  });
  await first.promise;
  const together = db.transaction().execute(async (trx) => {
    tries += 1;
    await lock(trx, 'holdings', 'alarms');
  });
  await someWait(url);
  next.resolve();
  await Promise.all([apart, together]);
  expect(tries).toBe(2);
});

test('one statement that was undone is done again too', async () => {
  const { db, url } = await opened();
  await note(db, 'a');
  await note(db, 'b');
  const other = await holding(url, `select 1 from refusal_counts where agent_id = 'b' for update`);
  const all = db.updateTable('refusal_counts').set({ count: 2 }).execute();
  await someWait(url);
  await other.query(`update refusal_counts set count = 3 where agent_id = 'a'`).catch(() => {});
  await other.end();
  await all;
  expect(await db.selectFrom('refusal_counts').select('count').execute()).toEqual([{ count: 2 }, { count: 2 }]);
});

test('what is undone each time fails in the end, and what fails for another reason is tried once', async () => {
  const { db } = await opened();
  const failing = (code: string) => {
    const tried = { times: 0, why: '' };
    const trying = db.transaction().execute(async (trx) => {
      tried.times += 1;
      await note(trx, 'a');
      await sql`do $$ begin raise exception using errcode = ${sql.lit(code)}; end $$`.execute(trx);
    });
    return trying.then(
      () => tried,
      (error: { code: string }) => ({ ...tried, why: error.code }),
    );
  };
  expect(await failing('40001')).toEqual({ times: limits.databaseTriesMax, why: '40001' });
  expect(await failing('23505')).toEqual({ times: 1, why: '23505' });
  expect(await noted(db)).toEqual([]);
});

test('reads that belong together see one moment', async () => {
  const { db } = await opened();
  const seen = await atOneMoment(db, async (trx) => {
    const before = await noted(trx);
    await note(db, 'a');
    return [before, await noted(trx)];
  });
  expect(seen).toEqual([[], []]);
  expect(await noted(db)).toEqual(['a']);
});

test('a text with a character that PostgreSQL does not have is stored without it', async () => {
  const { db } = await opened();
  await note(db, 'a\u0000b');
  expect(await noted(db)).toEqual(['a\ufffdb']);
});
