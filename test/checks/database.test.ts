/** What doctor says of the PostgreSQL that has the state, and of the key that its nodes share. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { databaseCheck } from '../../src/checks/database.ts';
import { findingsOf } from '../../src/checks/finding.ts';
import { limits } from '../../src/limits.ts';
import type { Finding } from '../../src/status/finding.ts';
import { openStore } from '../../src/store/database/database.ts';
import { createCliWorkspace } from '../cli/fixture.ts';
import { missingPooler, startPooler } from '../postgres/pgbouncer.ts';
import { type Postgres, startPostgres } from '../postgres/server.ts';

const connectionsMax = 30;
let server: Postgres;

beforeAll(async () => {
  server = await startPostgres({ settings: { max_connections: `${connectionsMax + 3}` } });
});
afterAll(() => server.close());

/** The findings with so many nodes that work. */
async function look(url: string, nodes = 0) {
  const store = await openStore({ folder: server.data, url, clock: { now: Date.now } });
  onTestFinished(() => store.close());
  for (let nth = 0; nth < nodes; nth += 1)
    await store.nodes.beat({ owner: `${nth}`, name: 'n', version: '1', takesWork: true, files: {} });
  return findingsOf([databaseCheck({ url, nodes: async () => store.nodes })]);
}

test('a server that fits is told with its version and its connections, without user and password', async () => {
  const found = await look(server.url());
  const what = `at 127.0.0.1:${server.port}/postgres; it gives ${connectionsMax} connections, of which a node takes 11`;
  expect(found).toEqual([
    { id: 'database', status: 'ok', what: expect.stringMatching(`^PostgreSQL \\d+\\S* ${what}$`), fix: '' },
  ]);
});

test('nodes that need more connections than there are get a warning', async () => {
  const needed = 3 * (limits.databaseConnectionsMax + 1) + 1;
  const what = `the database gives ${connectionsMax} connections, and 3 nodes with a command take up to ${needed}`;
  expect((await look(await server.createDatabase('crowded'), 3))[1]).toMatchObject({ status: 'warn', what });
});

test('a role that may have fewer connections than a node takes gets one too', async () => {
  await server.createDatabase('narrow');
  await server.query("create role few login superuser connection limit 11 password 'few'");
  const url = server.url('narrow').replace(`${server.user}:${server.password}`, 'few:few');
  const what = 'the database gives 11 connections, and 1 node with a command takes up to 12';
  expect((await look(url))[1]).toMatchObject({ status: 'warn', what });
});

test.runIf(missingPooler() === undefined)('a pooler that swallows hints is told, and is not counted', async () => {
  const pooler = await startPooler(server);
  onTestFinished(() => pooler.close());
  await server.createDatabase('pooled');
  expect(await look(pooler.url('pooled'), 9)).toMatchObject([
    { status: 'ok', what: expect.stringContaining('swallows hints') },
  ]);
});

test('a server that is not there, and a key that is missing, are findings among the others', async () => {
  const url = server.url().replace(`:${server.port}/`, ':9/');
  const { run } = createCliWorkspace({ '.env': `DATABASE_URL=${url}\n` });
  const { code, err, out } = await run('doctor', '--no-model', '--json');
  expect([code, err]).toEqual([1, expect.stringContaining('No agent was checked: the state could not be opened.')]);
  const found = JSON.parse(out) as Finding[];
  const of = (id: string) => found.find((each) => each.id === id);
  expect(of('database')).toMatchObject({
    ...{ status: 'fail', code: 'OUTSIDE_UNREACHABLE', fix: expect.stringContaining('Check DATABASE_URL') },
    what: expect.stringContaining('The database 127.0.0.1:9/postgres cannot be opened'),
  });
  expect(of('hook-key')).toMatchObject({ status: 'fail', code: 'SETUP', fix: expect.stringContaining('openssl') });
  expect(of('node')?.status).toBe('ok');
  const short = createCliWorkspace({ '.env': `DATABASE_URL=${url}\nJVAGENT_HOOK_KEY=abc\n` });
  expect((await short.run('doctor', '--no-model')).out).toContain('JVAGENT_HOOK_KEY has fewer than 32 characters');
  expect(out).not.toContain(server.password);
});
