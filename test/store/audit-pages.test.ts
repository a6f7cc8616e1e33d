/** However long an audit log is, a page of it costs the same. */
import { CompiledQuery, Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { createAuditLog } from '../../src/store/audit.ts';
import { migrate } from '../../src/store/database/migrations.ts';
import type { Tables } from '../../src/store/database/schema.ts';
import { sqliteDialect } from '../../src/store/database/sqlite.ts';
import { sqliteWords } from '../../src/store/database/words.ts';
import { acme, testFolder } from './fixture.ts';

test('a page of the audit log, and up to where it is checked, is found by indexes without sorting', async () => {
  const asked: CompiledQuery[] = [];
  const db = new Kysely<Tables>({ dialect: sqliteDialect(testFolder()), log: ({ query }) => void asked.push(query) });
  await migrate(db, sqliteWords(Date.now).addCounter);
  asked.length = 0;
  const audit = createAuditLog(db, () => 1);
  for (const agentId of [acme, undefined])
    for (const before of [undefined, 9]) await audit.page(agentId, { before, max: 5 });
  await audit.checked(acme);
  await audit.checked();
  expect(asked).toHaveLength(6);
  for (const { sql, parameters } of [...asked]) {
    const explained = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
    const steps = (await db.executeQuery<{ detail: string }>(explained)).rows.map(({ detail }) => detail);
    // In the order of their ids, and no further than the limit.
    const isOrdered = sql.includes('"audit_entries"') && sql.includes('order by "id" desc limit');
    const slow = steps.filter(
      (step) => /TEMP B-TREE|^SCAN audit_entries/.test(step) && !(isOrdered && /^SCAN/.test(step)),
    );
    expect({ sql, slow }).toEqual({ sql, slow: [] });
  }
  await db.destroy();
});
