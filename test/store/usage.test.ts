import { expect, test } from 'vitest';
import { acme, openTestStore, session, wi12 } from './fixture.ts';

const amount = { usd: 1.5, tokens: { input: 10, cached: 20, output: 30 }, turns: 1 };

test('money counts by session, by agent and day, and by branch', async () => {
  const { store, clock } = await openTestStore();
  await store.sessions.ensure(session);
  await store.usage.add(session, amount);
  await store.usage.add(session, amount);
  await store.usage.add({ agentId: 'codechange', sessionId: 'main' }, amount);
  await store.usage.add({ agentId: 'codechange-two', sessionId: 'main' }, amount);
  expect(await store.usage.usdToday(acme)).toBe(3);
  expect(await store.usage.usdTodayOfBranch('codechange')).toBe(4.5);
  expect(await store.usage.usdOfSession(session)).toBe(3);
  const tokens = { input: 20, cached: 40, output: 60 };
  expect(await store.sessions.get(acme, wi12)).toMatchObject({ usd: 3, tokens, turns: 2 });
  clock.time += 24 * 3_600_000;
  expect(await store.usage.usdToday(acme)).toBe(0);
  await store.usage.add(session, amount);
  expect(await store.usage.list('2026-11-21')).toEqual([{ agentId: acme, day: '2026-11-21', ...amount }]);
  expect(await store.usage.list()).toHaveLength(4);
});

test('what a turn costs counts for the phase for which it was spent, and for conversations where there is none', async () => {
  const { store, clock } = await openTestStore();
  await store.usage.add(session, amount, 'planning');
  await store.usage.add(session, amount, 'planning');
  await store.usage.add({ agentId: acme, sessionId: 'main' }, amount);
  const tokens = { input: 20, cached: 40, output: 60 };
  const today = { agentId: acme, day: '2026-11-20' };
  expect(await store.usage.listPhases()).toEqual([
    { ...today, phase: 'conversation', ...amount },
    { ...today, phase: 'planning', usd: 3, tokens, turns: 2 },
  ]);
  clock.time += 24 * 3_600_000;
  expect(await store.usage.listPhases('2026-11-21')).toEqual([]);
  expect(await store.usage.before('2026-11-20')).toEqual([]);
  expect(await store.usage.before('2026-11-21')).toMatchObject([{ agentId: acme, usd: 4.5, turns: 3 }]);
});
