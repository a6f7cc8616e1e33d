/** However much was said before, one more message costs the same. */
import { CompiledQuery, Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { createDecisions } from '../../../src/store/conversations/decisions.ts';
import { createOutbox } from '../../../src/store/conversations/outbox.ts';
import { migrate } from '../../../src/store/database/migrations.ts';
import type { Tables } from '../../../src/store/database/schema.ts';
import { sqliteDialect } from '../../../src/store/database/sqlite.ts';
import { sqliteWords } from '../../../src/store/database/words.ts';
import { testFolder } from '../fixture.ts';

const place = { app: 'default', channel: 'C1', root: '1.1' };

test('hearing a message and saying one reads indexes of the outbox, never all of it', async () => {
  const asked: CompiledQuery[] = [];
  const db = new Kysely<Tables>({ dialect: sqliteDialect(testFolder()), log: ({ query }) => void asked.push(query) });
  await migrate(db, sqliteWords(Date.now).addCounter);
  asked.length = 0;
  const outbox = createOutbox(db, () => 1, true);
  const wish = { agentId: 'docs', sessionId: 'wi-1', by: 'agent', what: { kind: 'post', text: 'Hello.' } } as const;
  const first = await outbox.add({ ...wish, key: 'first', place: { app: 'default', channel: 'C1' } });
  await outbox.add({ ...wish, key: 'second', place });
  await outbox.begin(first);
  await outbox.end(first, { kind: 'sent', ts: '1.1' }, 'p1');
  await createDecisions(
    db,
    () => 1,
    () => 0,
  ).facts(place);
  const about = asked.filter(({ sql }) => /"outbox"/.test(sql) && !/^insert/.test(sql));
  expect(about.length).toBeGreaterThan(5);
  for (const { sql, parameters } of about) {
    const explained = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
    const { rows } = await db.executeQuery<{ detail: string }>(explained);
    expect({ sql, steps: rows.map(({ detail }) => detail).filter((step) => step.startsWith('SCAN')) }).toEqual({
      sql,
      steps: [],
    });
  }
  await db.destroy();
});
