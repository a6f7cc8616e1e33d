/** That a statement which no index serves is found; all tests of the store are watched so (`test/store/plans/watch.ts`). */
import { Kysely } from 'kysely';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { Tables } from '../../../src/store/database/schema.ts';
import { openTestStore } from '../fixture.ts';
import { allowed, smallTables } from '../plans/allowed.ts';
import { postgresFaults } from '../plans/postgres.ts';
import { collectStatements } from '../plans/statements.ts';
import { dialectOf } from '../test-database.ts';

/** What is found wrong with statements that this test makes itself; they are not the store's. */
async function faultsOf(make: (db: Kysely<Tables>) => Promise<unknown>): Promise<string[]> {
  const db = new Kysely<Tables>({ dialect: dialectOf(await openTestStore()) });
  onTestFinished(() => db.destroy());
  const { faults, open } = collectStatements();
  const before = new Set(open);
  await make(db);
  const own = [...open].filter((sql) => !before.has(sql));
  for (const sql of own) open.delete(sql);
  const postgres = inject('postgres');
  return postgres ? postgresFaults(postgres, own) : faults.splice(0);
}

test('a statement that reads a whole table that grows is found', async () => {
  const all = await faultsOf((db) => db.selectFrom('sessions').select('epoch').where('title', '=', 'x').execute());
  expect(all).toEqual([expect.stringContaining('sessions')]);
  const change = await faultsOf((db) => db.updateTable('messages').set({ at: 1 }).where('command', '=', 'x').execute());
  expect(change).toEqual([expect.stringContaining('messages')]);
  const joined = await faultsOf((db) =>
    db
      .selectFrom('agents')
      .innerJoin('deliveries', 'deliveries.at', 'agents.paused_at')
      .select('deliveries.seq')
      .execute(),
  );
  expect(joined).toEqual([expect.stringContaining('deliveries')]);
});

test('one by an index, the last few by their order, and a small table are well', async () => {
  const well = await faultsOf(async (db) => {
    await db.selectFrom('sessions').select('title').where('agent_id', '=', 'a').execute();
    await db.selectFrom('messages').select('command').orderBy('seq', 'desc').limit(5).execute();
    await db.selectFrom('agents').select('hold').execute();
  });
  expect(well).toEqual([]);
});

test('each table and statement that may be read as a whole has its reason', () => {
  for (const reason of [...Object.values(smallTables), ...allowed.map(([, why]) => why)]) expect(reason).toMatch(/\w+/);
});
