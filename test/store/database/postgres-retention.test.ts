/** What is old is so by the time of the database: a node whose clock is months ahead deletes nothing early. */
import { expect, test } from 'vitest';
import { acme, claimOptions, deliver, granted, messageFor, openTestStore, session } from '../fixture.ts';
import { changeRows } from '../test-database.ts';

const dayMs = 86_400_000;

test('nothing of today is deleted by a node whose clock is months ahead, and what is old is', async () => {
  const { store, clock, ...database } = await openTestStore({ time: 'database' });
  clock.time = Date.now() + 400 * dayMs;
  const [thread, beat] = [
    { agentId: acme, sessionId: 'slack-1' },
    { from: 'platform/heartbeat', command: 'heartbeat' },
  ];
  await store.sessions.ensure(thread);
  await store.messages.add({ ...messageFor('b1', beat), at: Date.now() });
  await store.messages.delivered('b1', [{ messageId: 'b1', ...session }]);
  await deliver(store, 'm1');
  const turn = granted(await store.sessions.claim(claimOptions));
  await store.work.keep(turn, { commits: ['c1'], bytes: 1, parts: 0 });
  await store.sessions.release({ ...turn, end: 'rested' });
  await store.sessions.close(session);
  const left = async () => {
    await store.work.dropOld(90 * dayMs);
    await store.messages.dropBeats(dayMs);
    const silent = await store.sessionLists.inactive(acme, 90 * dayMs);
    const isKept = [(await store.work.of(session)) !== undefined, (await store.messages.get('b1')) !== undefined];
    return { isKept, silent: silent.map(({ sessionId }) => sessionId).sort() };
  };
  expect(await left()).toEqual({ isKept: [true, true], silent: [] });
  await changeRows(database, 'update sessions set last_active_at = 1, closed_at = 1');
  await changeRows(database, 'update messages set at = 1');
  expect(await left()).toEqual({ isKept: [false, false], silent: ['slack-1', 'wi-12'] });
});
