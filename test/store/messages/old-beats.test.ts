/** Heartbeats that are over go in the end. */
import { expect, test } from 'vitest';
import { messageFor, openTestStore, session } from '../fixture.ts';
import { changeRows } from '../test-database.ts';

test('old heartbeats that no turn waits for go, however many there are, and nothing else', async () => {
  const opened = await openTestStore();
  const { messages, sessions } = opened.store;
  await sessions.ensure(session);
  const beat = { from: 'platform/heartbeat', command: 'heartbeat' };
  const given = async (id: string, more: object = beat) => {
    await messages.add(messageFor(id, more));
    await messages.delivered(id, [{ messageId: id, ...session }]);
  };
  await given('over');
  await given('of a person', {});
  await changeRows(opened, 'update deliveries set finished_at = 1');
  await changeRows(
    opened,
    `with recursive numbers (nth) as (select 1 union all select nth + 1 from numbers where nth < 2100)
    insert into messages (id, to_address, from_address, command, payload, at, state)
    select 'copy ' || nth, 'agent/gone', 'platform/heartbeat', 'heartbeat', '{}', 1, 'dead' from numbers`,
  );
  await given('waited for');
  await messages.add(messageFor('new', beat));
  await given('later', { ...beat, at: 5 });
  await messages.dropBeats(opened.clock.time - 5);
  const left = ['over', 'of a person', 'waited for', 'new', 'later'];
  const isThere = await Promise.all(left.map(async (id) => (await messages.get(id)) !== undefined));
  expect(isThere).toEqual([false, true, true, true, true]);
  expect(await messages.dead(10)).toEqual([]);
  expect(await messages.open({ kind: 'agent', ...session })).toBe(2);
});
