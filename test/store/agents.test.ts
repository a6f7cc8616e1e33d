import { expect, test } from 'vitest';
import { refuse } from '../../src/refusal.ts';
import { acme, openTestStore } from './fixture.ts';

test('unnamed values stay, and null removes', async () => {
  const { store, clock } = await openTestStore();
  expect(await store.agents.get(acme)).toEqual({ agentId: acme, identities: [] });
  const hold = refuse('HOLD', 'the deployment failed');
  const trusted = { digest: 'd1', steering: { 'git.branchPrefix': '"feature/"' } };
  const pollCursor = { seenUntil: 5, sweptAt: 4 };
  await store.agents.set(acme, { hold, trusted, pollCursor, lastHeartbeatAt: 7, identities: ['bot'] });
  await store.agents.pause(acme);
  await store.agents.set(acme, { fault: refuse('CONFIG_INVALID', 'line 3') });
  await store.agents.set(acme, { hold: null });
  await store.agents.set(acme, {});
  expect(await store.agents.get(acme)).toEqual({
    agentId: acme,
    pausedAt: clock.time,
    fault: refuse('CONFIG_INVALID', 'line 3'),
    pollCursor,
    lastHeartbeatAt: 7,
    identities: ['bot'],
    trusted,
  });
  expect(await store.agents.list()).toHaveLength(1);
});

test('the identities of all agents are known together', async () => {
  const { store } = await openTestStore();
  await store.agents.set(acme, { identities: ['a', 'b'] });
  await store.agents.set('docs', { identities: ['b', 'c'] });
  await store.agents.pause('impl');
  expect((await store.agents.allIdentities()).sort()).toEqual(['a', 'b', 'c']);
});

test('a pause of the platform holds until it is resumed', async () => {
  const { store, clock } = await openTestStore();
  expect(await store.platform.pausedAt()).toBeUndefined();
  await store.platform.pause();
  const since = clock.time;
  clock.time += 1_000;
  await store.platform.pause();
  expect(await store.platform.pausedAt()).toBe(since);
  await store.platform.resume();
  expect(await store.platform.pausedAt()).toBeUndefined();
});
