/** A PostgreSQL that does not answer for a while costs a query, and never what another one does with the same connection. */
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { PatientDatabase } from '../../../src/store/database/at-once/again.ts';
import { openHints } from '../../../src/store/database/hints.ts';
import { postgresDialect, postgresPool } from '../../../src/store/database/postgres.ts';
import { openDoor } from '../../postgres/door.ts';
import { steadyPort } from '../../postgres/server.ts';
import { testFolder } from '../fixture.ts';
import { newTestDatabase } from '../test-database.ts';

/** A pool that gives up after half a second, by a door that can be cut. */
async function opened() {
  const { url = '' } = await newTestDatabase(testFolder());
  const server = { port: Number(new URL(url).port), url: () => url };
  const door = await openDoor(server);
  onTestFinished(() => door.close());
  const pool = postgresPool({ url: door.url() });
  pool.options.query_timeout = 500;
  const db = new PatientDatabase({ dialect: postgresDialect(pool) });
  onTestFinished(() => db.destroy());
  return { server, door, pool, db, url };
}

const unanswered = 'Query read timeout';

test('what is written after a transaction whose beginning was not answered is there for everybody', async () => {
  const { door, db, url } = await opened();
  await db.selectFrom('platform').selectAll().execute();
  door.cut();
  const read = (trx: typeof db) => trx.selectFrom('platform').selectAll().execute();
  await expect(db.transaction().execute(read)).rejects.toThrow(unanswered);
  door.reopen();
  await db.insertInto('platform').values({ name: 'of after', value: '1' }).execute();
  const other = new PatientDatabase({ dialect: postgresDialect(postgresPool({ url })) });
  onTestFinished(() => other.destroy());
  const rows = await other.selectFrom('platform').select('value').where('name', '=', 'of after').execute();
  expect(rows).toEqual([{ value: '1' }]);
});

test.each([
  [
    'a promise',
    (pool: ReturnType<typeof postgresPool>) =>
      pool.connect().then(async (client) => {
        await expect(client.query('select pg_sleep(60)')).rejects.toThrow(unanswered);
        client.release();
      }),
  ],
  [
    'a callback',
    (pool: ReturnType<typeof postgresPool>) =>
      pool.connect().then(async (client) => {
        const error = await new Promise<Error>((resolve) => client.query('select pg_sleep(60)', resolve));
        expect(error.message).toBe(unanswered);
        client.release();
      }),
  ],
])('a connection with a statement that still runs is given to nobody, told by %s', async (_, give) => {
  const { pool, db } = await opened();
  const pid = async () => (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)).rows[0]?.pid;
  const before = await pid();
  await give(pool);
  expect(await pid()).not.toBe(before);
});

test('hints come again after a server that was away for longer than one try, and closing waits for no frozen one', async () => {
  const { server, door, pool } = await opened();
  const url = door.url();
  const hints: string[] = [];
  const troubles: string[] = [];
  const told = { onHint: () => void hints.push('hint'), onTrouble: (why: string) => void troubles.push(why) };
  const nowhere = await steadyPort();
  door.leadTo({ port: nowhere, url: () => url });
  const opening = await openHints({ url, ...told }, pool);
  expect(troubles).toEqual([expect.stringContaining('tried again')]);
  door.leadTo(server);
  const sent = async () => {
    opening.send();
    return hints.length;
  };
  await expect.poll(sent).toBeGreaterThan(0);
  door.cut();
  const before = performance.now();
  await opening.close();
  expect(performance.now() - before).toBeLessThan(10_000);
});
