/** However much was said before, one more message costs the same. */
import { CompiledQuery, Kysely } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { refuse } from '../../../src/refusal.ts';
import { createDecisions } from '../../../src/store/conversations/decisions.ts';
import { createOutbox } from '../../../src/store/conversations/outbox.ts';
import { createSlackAppStates } from '../../../src/store/conversations/slack-apps.ts';
import { createThreads } from '../../../src/store/conversations/threads.ts';
import { migrate } from '../../../src/store/database/migrations.ts';
import type { Tables } from '../../../src/store/database/schema.ts';
import { sqliteDialect } from '../../../src/store/database/sqlite.ts';
import { sqliteWords } from '../../../src/store/database/words.ts';
import { testFolder } from '../fixture.ts';

const place = { app: 'default', channel: 'C1', root: '1.1' };

/** A new database, and what is asked of it. */
async function opened() {
  const asked: CompiledQuery[] = [];
  const db = new Kysely<Tables>({ dialect: sqliteDialect(testFolder()), log: ({ query }) => void asked.push(query) });
  onTestFinished(() => db.destroy());
  await migrate(db, sqliteWords(Date.now).addCounter);
  asked.length = 0;
  return { db, asked, outbox: createOutbox(db, () => 1, true) };
}

test('hearing a message and saying one reads indexes of the outbox, never all of it', async () => {
  const { db, asked, outbox } = await opened();
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
});

test('a turn begins with as few statements after many turns that showed what they did as after none', async () => {
  const { db, asked, outbox } = await opened();
  const session = { agentId: 'docs' as AgentId, sessionId: 'slack-t1-c1-1-1' as SessionId };
  await createThreads(db).bind({ ...place, ...session, team: 'T1', at: 1 });
  await createSlackAppStates(db, () => 1).set({
    ...{ app: 'default', team: 'T1', botUser: 'UB', state: 'connected', hasSessions: true },
  });
  const costs: number[] = [];
  const refusal = refuse('PAUSED', 'docs has been paused');
  for (let epoch = 1; epoch <= 4; epoch += 1) {
    asked.length = 0;
    await outbox.beginStatus({ ...session, epoch, claimId: 'c' });
    costs.push(asked.length);
    const [sign] = await outbox.waiting();
    await outbox.begin(sign?.id ?? '');
    const isFailed = epoch === 2;
    await outbox.end(sign?.id ?? '', isFailed ? { kind: 'failed', refusal } : { kind: 'sent' }, 'p1');
    await outbox.endStatus({ ...session, epoch, claimId: 'c' });
    for (const { id } of await outbox.waiting()) {
      await outbox.begin(id);
      await outbox.end(id, { kind: 'sent' }, 'p1');
    }
  }
  expect(new Set(costs).size, costs.join()).toBe(1);
});
