import { CompiledQuery, Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { dueSessions } from '../../src/store/claims/due.ts';
import { migrate } from '../../src/store/database/migrations.ts';
import type { Tables } from '../../src/store/database/schema.ts';
import { sqliteDialect } from '../../src/store/database/sqlite.ts';
import { sqliteWords } from '../../src/store/database/words.ts';
import { acme, openTestStore, session, testFolder } from './fixture.ts';

test('the longest due comes first, and no more than requested', async () => {
  const { store, clock } = await openTestStore();
  const wakes = { main: 300, 'wi-1': 100, 'wi-2': 200, 'wi-3': clock.time + 1 };
  for (const [sessionId, at] of Object.entries(wakes)) {
    await store.sessions.ensure({ agentId: acme, sessionId });
    await store.sessions.wake({ agentId: acme, sessionId }, at);
  }
  const names = async (max: number) => (await store.sessions.due({ max: max })).map(({ sessionId }) => sessionId);
  expect(await names(10)).toEqual(['wi-1', 'wi-2', 'main']);
  expect(await names(1)).toEqual(['wi-1']);
});

test('a paused agent has no turns, and a paused platform none at all', async () => {
  const { store } = await openTestStore();
  const docs = { agentId: 'docs', sessionId: 'main' };
  for (const each of [session, docs]) {
    await store.sessions.ensure(each);
    await store.sessions.wake(each);
  }
  const agents = async () => (await store.sessions.due({ max: 10 })).map(({ agentId }) => agentId).sort();
  expect(await agents()).toEqual([acme, 'docs']);
  await store.agents.pause(acme);
  expect(await agents()).toEqual(['docs']);
  await store.platform.pause();
  expect(await agents()).toEqual([]);
  await store.platform.resume();
  await store.agents.resume(acme);
  expect(await agents()).toEqual([acme, 'docs']);
});

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
  const { sql, parameters } = asked.at(-1) ?? CompiledQuery.raw('');
  const plan = await db.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
  );
  const steps = plan.rows.map(({ detail }) => detail);
  expect(steps.filter((step) => step.startsWith('SCAN'))).toEqual([]);
  expect(steps).toContain('SEARCH sessions USING INDEX sessions_due (lease_until=? AND wake_at<?)');
  await db.destroy();
});
