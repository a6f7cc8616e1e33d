/** The messages of one tick, routed together. */
import { expect, test } from 'vitest';
import type { Routing } from '../../../src/broker/broker.ts';
import type { Message } from '../../../src/broker/message.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { acme, messageFor, openTestStore, session } from '../fixture.ts';
import { changeRows } from '../test-database.ts';

const ids = ['m1', 'm2', 'm3'];

/** To the session that a message names, or to work item 12. */
function toSession(message: Message): Routing {
  const { sessionId = session.sessionId } = message.payload as { sessionId?: SessionId };
  const { id: messageId, command } = message;
  return { deliveries: [{ messageId, agentId: acme, sessionId, command }], answers: [] };
}

async function withMessages() {
  const opened = await openTestStore();
  const { messages } = opened.store;
  for (const id of ids) await messages.add(messageFor(id));
  const waiting = async () => (await messages.unrouted(10)).map(({ id }) => id);
  const dead = async () => (await messages.dead(10)).map(({ id }) => id);
  const open = () => messages.open({ kind: 'agent', ...session });
  return { ...opened, messages, waiting, dead, open };
}

test('all messages of a tick are routed at once, in their order, and their session wakes', async () => {
  const { store, clock, messages, waiting, open } = await withMessages();
  const { deliveries, faults } = await messages.routeNew(10, toSession);
  expect([deliveries.map(({ messageId }) => messageId), faults]).toEqual([ids, []]);
  expect([await waiting(), await open()]).toEqual([[], 3]);
  expect(await store.sessions.get(acme, session.sessionId)).toMatchObject({ wakeAt: clock.time });
  expect(await messages.routeNew(10, toSession)).toEqual({ deliveries: [], faults: [] });
});

test('no more than asked for are taken, and those for Slack are left', async () => {
  const { messages, waiting } = await withMessages();
  await messages.add(messageFor('s1', { to: 'slack/T1/C1' }));
  expect((await messages.routeNew(2, toSession)).deliveries.map(({ messageId }) => messageId)).toEqual(['m1', 'm2']);
  expect(await waiting()).toEqual(['m3']);
  expect(await messages.outbound(10)).toHaveLength(1);
});

test('one that nobody gets is dead, and what is answered at once is stored with it', async () => {
  const { messages, dead } = await withMessages();
  const answer = messageFor('a1', { from: `agent/${acme}`, to: 'person/eve' });
  const { faults } = await messages.routeNew(1, () => ({ deliveries: [], answers: [answer], why: 'nobody is there' }));
  expect(faults).toEqual([{ id: 'm1', to: `agent/${acme}`, command: 'work.process', why: 'nobody is there' }]);
  expect([await dead(), (await messages.get('a1'))?.to]).toEqual([['m1'], 'person/eve']);
});

test('one that cannot be decided is dead, with why, and the others go on in the same tick', async () => {
  const { messages, waiting, dead } = await withMessages();
  const { deliveries, faults } = await messages.routeNew(10, (message) => {
    if (message.id === 'm1') throw new Error('no session fits');
    return toSession(message);
  });
  expect(deliveries.map(({ messageId }) => messageId)).toEqual(['m2', 'm3']);
  expect(faults).toMatchObject([{ id: 'm1', why: 'no session fits' }]);
  expect([await waiting(), await dead()]).toEqual([[], ['m1']]);
});

test('one that cannot be read is dead, and the others go on in the same tick', async () => {
  const opened = await withMessages();
  await changeRows(opened, "update messages set payload = '{' where id = 'm2'");
  const { deliveries, faults } = await opened.messages.routeNew(10, toSession);
  expect(deliveries.map(({ messageId }) => messageId)).toEqual(['m1', 'm3']);
  expect(faults).toMatchObject([{ id: 'm2', why: expect.stringContaining('JSON') }]);
});

test('one that the database refuses is dead, and the others go on in the same tick, whole', async () => {
  const opened = await withMessages();
  const { messages, waiting, open } = opened;
  // A delivery that is there already: the second one of the same message breaks a rule of the table.
  await opened.store.sessions.ensure(session);
  const columns = 'message_id, agent_id, session_id, at, finished_at';
  await changeRows(
    opened,
    `insert into deliveries (${columns}) values ('m2', '${acme}', '${session.sessionId}', 1, 1)`,
  );
  const { deliveries, faults } = await messages.routeNew(10, toSession);
  expect(deliveries.map(({ messageId }) => messageId)).toEqual(['m1', 'm3']);
  expect(faults).toMatchObject([{ id: 'm2', why: expect.stringMatching(/unique/i) }]);
  expect([await waiting(), await open()]).toEqual([[], 2]);
});

test('two nodes that route at the same time give each message out once', async () => {
  const first = await withMessages();
  // A process has SQLite open once.
  const { folder, url } = first;
  const second = url ? await openTestStore({ folder, url }) : first;
  const routed = await Promise.all([first, second].map(({ store }) => store.messages.routeNew(10, toSession)));
  expect(routed.flatMap(({ deliveries }) => deliveries.map(({ messageId }) => messageId)).sort()).toEqual(ids);
  expect(await first.open()).toBe(3);
});
