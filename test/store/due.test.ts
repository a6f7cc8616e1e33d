import { expect, test } from 'vitest';
import { acme, openTestStore, session } from './fixture.ts';

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
