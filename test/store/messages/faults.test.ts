/** What the database says while messages are routed: what passes is waited for, and what a message itself is at fault for is its end. */
import { type KyselyPlugin, sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import type { Routing } from '../../../src/broker/broker.ts';
import type { Message } from '../../../src/broker/message.ts';
import { openDatabase } from '../../../src/store/database/open.ts';
import type { Db } from '../../../src/store/database/schema.ts';
import { createMessages } from '../../../src/store/messages.ts';
import { acme, messageFor, session, testFolder } from '../fixture.ts';
import { newTestDatabase } from '../test-database.ts';

const ids = ['m1', 'm2', 'm3'];

/** The first stores of deliveries fail with these, one after the other. */
function failing(faults: Error[]): KyselyPlugin {
  return {
    transformQuery({ node }) {
      const isDelivery = node.kind === 'InsertQueryNode' && node.into?.table.identifier.name === 'deliveries';
      const fault = isDelivery ? faults.shift() : undefined;
      if (fault) throw fault;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
}

async function withMessages(faults: Error[] = []) {
  const database = await newTestDatabase(testFolder());
  const { db, words } = await openDatabase({ ...database, clock: { now: () => 1 } });
  onTestFinished(() => db.destroy());
  const messages = createMessages(
    db.withPlugin(failing(faults)),
    words,
    () => 1,
    () => 0,
  );
  for (const id of ids) await messages.add(messageFor(id));
  const dead = async () => (await messages.dead(10)).map(({ id }) => id);
  const waiting = async () => (await messages.unrouted(10)).map(({ id }) => id);
  return { db, words, messages, dead, waiting };
}

const toSession = ({ id: messageId, command }: Message): Routing => ({
  deliveries: [{ messageId, ...session, command }],
  answers: [],
});

const fault = (message: string, code?: string) => Object.assign(new Error(message), code === undefined ? {} : { code });

test.each([
  fault('database is locked', 'SQLITE_BUSY'),
  fault('disk I/O error', 'SQLITE_IOERR_WRITE'),
  fault('database or disk is full', 'SQLITE_FULL'),
  fault('attempt to write a readonly database', 'SQLITE_READONLY'),
  fault('deadlock detected', '40P01'),
  fault('could not extend file: no space left on device', '53100'),
  fault('canceling statement due to statement timeout', '57014'),
  fault('terminating connection due to administrator command', '57P01'),
  fault('cannot execute INSERT in a read-only transaction', '25006'),
  fault('read ECONNRESET', 'ECONNRESET'),
  fault('Connection terminated unexpectedly'),
  fault('Query read timeout'),
])('$message ($code): no message is dead, and the next step routes all of them', async (passing) => {
  const { messages, dead, waiting } = await withMessages([passing, passing]);
  await expect(messages.routeNew(10, toSession)).rejects.toThrow(passing.message);
  expect([await dead(), await waiting()]).toEqual([[], ids]);
  const { deliveries, faults } = await messages.routeNew(10, toSession);
  expect([deliveries.map(({ messageId }) => messageId), faults]).toEqual([ids, []]);
});

test.each([
  fault('UNIQUE constraint failed: deliveries.message_id', 'SQLITE_CONSTRAINT_UNIQUE'),
  fault('string or blob too big', 'SQLITE_TOOBIG'),
  fault('duplicate key value violates unique constraint "connections_once"', '23505'),
  fault('invalid byte sequence for encoding "UTF8"', '22021'),
  fault('target lists can have at most 1664 entries', '54011'),
  fault('a key is not a text'),
])('$message ($code): that message alone is dead, with why', async (own) => {
  const { messages, dead, waiting } = await withMessages([own, own]);
  const { deliveries, faults } = await messages.routeNew(10, toSession);
  expect(faults).toMatchObject([{ id: 'm1', why: own.message }]);
  expect([await dead(), await waiting()]).toEqual([['m1'], []]);
  expect(deliveries.map(({ messageId }) => messageId)).toEqual(['m2', 'm3']);
});

/** The database has no more room, until the returned function is called. */
async function fillUp(db: Db, kind: 'sqlite' | 'postgres'): Promise<() => Promise<void>> {
  const run = async (text: string) => void (await sql.raw(text).execute(db));
  if (kind === 'sqlite') {
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
    await run(`pragma max_page_count = ${rows[0]?.page_count}`);
    return () => run('pragma max_page_count = 1000000');
  }
  await run(`create function no_room() returns trigger language plpgsql as
    $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$`);
  await run('create trigger no_room before insert on messages for each statement execute function no_room()');
  return () => run('drop trigger no_room on messages');
}

test('while the database has no room messages wait, and are routed when it has some', async () => {
  const { db, words, messages, dead, waiting } = await withMessages();
  const text = 'x'.repeat(500_000);
  const answered = (message: Message): Routing => {
    const answer = messageFor(`a-${message.id}`, { from: `agent/${acme}`, to: 'person/eve', payload: { text } });
    return { ...toSession(message), answers: [answer] };
  };
  const giveRoom = await fillUp(db, words.kind);
  await expect(messages.routeNew(10, answered)).rejects.toThrow(/full|extend/);
  expect([await dead(), await waiting()]).toEqual([[], ids]);
  await giveRoom();
  expect((await messages.routeNew(10, answered)).deliveries).toHaveLength(ids.length);
  expect([await dead(), await waiting()]).toEqual([[], []]);
});
