import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { refuse } from '../../src/refusal.ts';
import { acme, openTestStore } from './fixture.ts';

const dayMs = 86_400_000;

test('a status is told of what goes on, and not of what rests for long', async () => {
  const { store, folder, clock } = await openTestStore();
  for (const sessionId of ['main', 'wi-1', 'wi-2', 'wi-3', 'wi-4', 'slack-old', 'slack-new']) {
    await store.sessions.ensure({ agentId: acme, sessionId });
  }
  await store.sessions.ensure({ agentId: 'codechange/globex', sessionId: 'wi-1' });
  const database = new Database(join(folder, 'state.db'));
  const close = database.prepare("update sessions set phase = ?, item = '{}', closed_at = 1 where session_id = ?");
  for (const [phase, sessionId] of [
    ['deployed', 'wi-1'],
    ['failed', 'wi-2'],
    ['deployed', 'wi-3'],
  ]) {
    close.run(phase, sessionId);
  }
  database.close();
  clock.time += 2 * dayMs;
  await store.sessions.wait({ agentId: acme, sessionId: 'wi-3' }, refuse('PAUSED', 'it is paused'));
  await store.sessions.wake({ agentId: acme, sessionId: 'slack-new' }, clock.time + dayMs);
  const told = await store.sessionLists.told(acme, clock.time - dayMs);
  expect(told.map(({ sessionId }) => sessionId)).toEqual(['main', 'slack-new', 'wi-2', 'wi-3', 'wi-4']);
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
