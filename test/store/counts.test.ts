import { expect, test } from 'vitest';
import { refuse } from '../../src/refusal.ts';
import { openTestStore, session } from './fixture.ts';

test.for([
  ['a character 0', 'it answered \u0000'],
  ['half of a pair', 'it answered "\ud83d'],
  ['words like a field', 'it answered {"refused":"NOTHING"}'],
])('what sessions wait for is counted by its code, also where the reason has %s', async ([, why = '']) => {
  const { store } = await openTestStore();
  await store.sessions.ensure(session);
  await store.sessions.wait(session, refuse('WORKERS', why));
  expect(await store.counts.waits()).toEqual([{ agentId: session.agentId, name: 'WORKERS', count: 1 }]);
});
