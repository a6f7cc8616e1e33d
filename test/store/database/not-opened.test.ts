/** What to do where PostgreSQL cannot be opened, by what a real server says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../../src/store/database/database.ts';
import { type Postgres, startPostgres } from '../../postgres/server.ts';

let server: Postgres;

beforeAll(async () => {
  server = await startPostgres();
  await server.createDatabase('empty');
  await server.query("create role weak login password 'weak'");
  await server.query("create role busy login connection limit 0 password 'busy'");
});
afterAll(() => server.close());

const as = (who: string) => server.url('empty').replace(`${server.user}:${server.password}`, who);

test.each([
  ['no password', () => as('weak'), 'Write the password into DATABASE_URL'],
  ['a wrong password', () => as('weak:wrong'), 'Correct user and password'],
  ['a role that may make no tables', () => as('weak:weak'), 'make it the owner of the database'],
  ['a role with too few connections', () => as('busy:busy'), 'Raise max_connections'],
  ['no TLS', () => `${server.url()}?sslmode=verify-full`, 'Turn on TLS at the server'],
  ['no file of an authority', () => `${server.url()}?sslmode=verify-full&sslrootcert=/none.pem`, 'Correct the path'],
  ['no such database', () => server.url('none'), 'Create that database'],
  ['no server', () => server.url().replace(`:${server.port}/`, ':9/'), 'Check DATABASE_URL'],
])('%s has a fix of its own', async (_, url, fix) => {
  const opened = openStore({ folder: server.data, url: url(), clock: { now: Date.now } });
  await expect(opened).rejects.toMatchObject({ facts: { fix: expect.stringContaining(fix) } });
});
