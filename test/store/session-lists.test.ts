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

test('work items that are told come part by part, and no other session between them', async () => {
  const { store, clock } = await openTestStore();
  for (const sessionId of ['main', 'wi-1', 'wi-2', 'wi-3', 'wi-4', 'wi-5']) {
    await store.sessions.ensure({ agentId: acme, sessionId });
  }
  await store.sessions.close({ agentId: acme, sessionId: 'wi-4' });
  clock.time += 2 * dayMs;
  const seen: string[][] = [];
  for (let after: string | undefined = ''; after !== undefined; after = seen.at(-1)?.at(-1)) {
    const part = await store.sessionLists.toldItems(acme, clock.time - dayMs, {
      after,
      max: 2,
      now: clock.time,
      createdAfter: 0,
    });
    seen.push(part.map(({ sessionId }) => sessionId));
  }
  expect(seen).toEqual([['wi-1', 'wi-2'], ['wi-3', 'wi-5'], []]);
});

test('parked work items are in no list but that of all', async () => {
  const { store, clock, ...database } = await openTestStore();
  for (const sessionId of ['main', 'wi-1', 'wi-2', 'wi-3', 'slack-1']) {
    await store.sessions.ensure({ agentId: acme, sessionId });
  }
  await changeRows(database, "update sessions set phase = 'plan-ready' where session_id = 'wi-1'");
  await changeRows(database, "update sessions set phase = 'deploying' where session_id = 'wi-2'");
  await store.sessions.wait({ agentId: acme, sessionId: 'wi-3' }, refuse('PAUSED', 'it is paused'));
  clock.time += 1;
  const { ofAgent, waiting, inPhase, inactive } = store.sessionLists;
  const lists = {
    ofAgent: await ofAgent(acme),
    waiting: await waiting(acme),
    deploying: await inPhase('deploying'),
    inactive: await inactive(acme, 0),
  };
  const names = Object.entries(lists).map(([list, all]) => [list, all.map(({ sessionId }) => sessionId).sort()]);
  expect(Object.fromEntries(names)).toEqual({
    ofAgent: ['main', 'slack-1', 'wi-3'],
    waiting: ['wi-3'],
    deploying: ['wi-2'],
    inactive: ['main', 'slack-1'],
  });
});

test('the turns of one owner are told, and those of others are not', async () => {
  const { store } = await openTestStore();
  for (const sessionId of ['wi-1', 'wi-2', 'wi-3']) await store.sessions.ensure({ agentId: acme, sessionId });
  const claim = (sessionId: string, owner: string) =>
    store.sessions.claim({ agentId: acme, sessionId, owner, leaseMs: 60_000, batchMax: 1 });
  await Promise.all([claim('wi-1', 'own'), claim('wi-2', 'other')]);
  expect((await store.sessionLists.claimedBy('own')).map(({ sessionId }) => sessionId)).toEqual(['wi-1']);
});
