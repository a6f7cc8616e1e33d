/** How SQLite finds rows: by indexes, however many there are. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CompiledQuery, Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { dueSessions } from '../../../src/store/claims/due.ts';
import type { Together } from '../../../src/store/database/at-once/together.ts';
import { migrate } from '../../../src/store/database/migrations.ts';
import type { Tables } from '../../../src/store/database/schema.ts';
import { sqliteDialect } from '../../../src/store/database/sqlite.ts';
import { sqliteWords } from '../../../src/store/database/words.ts';
import { acme, openTestStore, testFolder } from '../fixture.ts';

test('finding the due among 1,000 sessions reads indexes, never the whole table', async () => {
  const folder = testFolder();
  const asked: CompiledQuery[] = [];
  const db = new Kysely<Tables>({ dialect: sqliteDialect(folder), log: ({ query }) => void asked.push(query) });
  const words = sqliteWords(() => 11);
  await migrate(db, words.addCounter);
  const parked = { agent_id: acme, title: '', created_at: 1, last_active_at: 1 };
  const rows = Array.from({ length: 1_000 }, (_, n) => ({ ...parked, session_id: `wi-${n + 1}`, wake_at: n }));
  await db.insertInto('sessions').values(rows).execute();
  expect(await dueSessions(db, words, { max: 50 })).toHaveLength(12);
  const last = asked.at(-1) as Together | undefined;
  const { sql, parameters } = last?.statements.at(-1) ?? CompiledQuery.raw('');
  const plan = await db.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
  );
  const steps = plan.rows.map(({ detail }) => detail);
  expect(steps.filter((step) => step.startsWith('SCAN'))).toEqual([]);
  expect(steps).toContain('SEARCH sessions USING INDEX sessions_due (lease_until=? AND wake_at<?)');
  await db.destroy();
});

test('what people page through is found by an index, however many rows there are', async () => {
  const { folder } = await openTestStore();
  const database = new Database(join(folder, 'state.db'), { readonly: true });
  const plan = (sql: string) =>
    database
      .prepare<[], { detail: string }>(`explain query plan ${sql}`)
      .all()
      .map(({ detail }) => detail)
      .join('; ');
  const wanted = {
    audit_entries_session:
      "select * from audit_entries where agent_id = 'a' and session_id = 'wi-1' order by seq desc limit 9",
    sqlite_autoindex_audit_entries: "select * from audit_entries where agent_id = 'a' order by seq desc limit 9",
    sessions_active: 'select * from sessions order by last_active_at desc, agent_id, session_id limit 9',
  };
  for (const [index, sql] of Object.entries(wanted)) expect(plan(sql), sql).toContain(index);
  database.close();
});
