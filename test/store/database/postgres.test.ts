/** What PostgreSQL is told of a transaction of ours, also by a pooler that refuses to be told with the connection. */
import { type Kysely, sql } from 'kysely';
import { expect, inject, onTestFinished, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { openDatabase } from '../../../src/store/database/open.ts';
import type { Tables } from '../../../src/store/database/schema.ts';
import { ask, newDatabase } from '../../postgres/database.ts';
import { testFolder } from '../fixture.ts';
import { newTestDatabase } from '../test-database.ts';

async function opened(): Promise<Kysely<Tables>> {
  const where = await newTestDatabase(testFolder());
  const { db } = await openDatabase({ ...where, clock: { now: Date.now } });
  onTestFinished(() => db.destroy());
  return db;
}

test('a process that stops in the middle of a transaction keeps its locks no longer than a query may take', async () => {
  const db = await opened();
  const bounds = await db.transaction().execute(async (transaction) => {
    const read = sql<{ bound: string }>`
      select setting as bound from pg_settings
      where name in ('statement_timeout', 'idle_in_transaction_session_timeout')`;
    return (await read.execute(transaction)).rows.map(({ bound }) => Number(bound));
  });
  expect(bounds).toEqual([limits.databaseSecondsMax * 1_000, limits.databaseSecondsMax * 1_000]);
});

test('a database that a test had is empty for the next one, and counts from the start', async () => {
  const postgres = inject('postgres');
  if (!postgres) throw new Error('this project has no PostgreSQL');
  const first = await newDatabase(postgres);
  const next = "select nextval(pg_get_serial_sequence('audit_entries', 'id'))::int as id";
  expect((await ask(first.url, next)).rows).toEqual([{ id: 1 }]);
  await ask(first.url, "insert into audit_heads (agent_id, seq, hash) values ('a', 1, '')");
  await first.drop();
  const second = await newDatabase(postgres);
  onTestFinished(second.drop);
  expect(second.url).toBe(first.url);
  expect((await ask(second.url, 'select * from audit_heads')).rows).toEqual([]);
  expect((await ask(second.url, next)).rows).toEqual([{ id: 1 }]);
});
