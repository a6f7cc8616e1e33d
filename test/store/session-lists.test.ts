import { expect, test } from 'vitest';
import { refuse } from '../../src/refusal.ts';
import { acme, openTestStore } from './fixture.ts';
import { changeRows } from './test-database.ts';

const dayMs = 86_400_000;

test('a status is told of what goes on, and not of what rests for long', async () => {
  const { store, clock, ...database } = await openTestStore();
  for (const sessionId of ['main', 'wi-1', 'wi-2', 'wi-3', 'wi-4', 'slack-old', 'slack-new']) {
    await store.sessions.ensure({ agentId: acme, sessionId });
  }
  await store.sessions.ensure({ agentId: 'codechange/globex', sessionId: 'wi-1' });
  const closed = { 'wi-1': 'deployed', 'wi-2': 'failed', 'wi-3': 'deployed' };
  for (const [sessionId, phase] of Object.entries(closed)) {
    const set = `set phase = '${phase}', item = '{}', closed_at = 1`;
    await changeRows(database, `update sessions ${set} where session_id = '${sessionId}'`);
  }
  clock.time += 2 * dayMs;
  await store.sessions.wait({ agentId: acme, sessionId: 'wi-3' }, refuse('PAUSED', 'it is paused'));
  await store.sessions.wake({ agentId: acme, sessionId: 'slack-new' }, clock.time + dayMs);
  const told = await store.sessionLists.told(acme, clock.time - dayMs);
  expect(told.map(({ sessionId }) => sessionId)).toEqual(['main', 'slack-new', 'wi-2', 'wi-3', 'wi-4']);
});
