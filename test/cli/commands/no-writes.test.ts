/** A PostgreSQL that takes no writes, as one that was demoted: commands and the node say so, and go on when it takes them again. */
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { databaseCheck } from '../../../src/checks/database.ts';
import { findingsOf } from '../../../src/checks/finding.ts';
import { openStore } from '../../../src/store/database/database.ts';
import { type Postgres, startPostgres } from '../../postgres/server.ts';
import { startStandby } from '../../postgres/standby.ts';
import { acme, createCliWorkspace } from '../fixture.ts';

let server: Postgres;

async function takeWrites(isTaking: boolean): Promise<void> {
  await server.query(`alter system set default_transaction_read_only = ${isTaking ? 'off' : 'on'}`);
  await server.query('select pg_reload_conf()');
}

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.close());
beforeEach(() => () => takeWrites(true));

const workspaceOn = (url: string) =>
  createCliWorkspace({ '.env': `DATABASE_URL=${url}\nJVAGENT_HOOK_KEY=${'k'.repeat(32)}\nJVAGENT_HOOK_PORT=0\n` });

test.each([[['pause']], [['heartbeat', acme]], [['start', '--port', '0']]])(
  '%j says in one line what is wrong',
  async (args) => {
    const { run } = workspaceOn(server.url());
    expect((await run('status')).code).toBe(0);
    await takeWrites(false);
    const { code, err } = await run(...args);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^The database takes no writes: .*\. Let DATABASE_URL lead.*\n$/),
    ]);
  },
);

test('doctor tells it, of a copy too', async () => {
  const look = async (url: string) => {
    const store = await openStore({ folder: server.data, url, clock: { now: Date.now } });
    onTestFinished(() => store.close());
    return findingsOf([databaseCheck({ url, nodes: async () => store.nodes })]);
  };
  await look(server.url());
  const copy = await startStandby(server);
  onTestFinished(() => copy.close());
  expect(await look(copy.url())).toMatchObject([
    { status: 'fail', what: expect.stringContaining('is a copy that takes no writes') },
  ]);
  await takeWrites(false);
  expect(await look(server.url())).toMatchObject([
    { status: 'fail', what: expect.stringContaining('default_transaction_read_only is on') },
  ]);
});

test('a connection to a server that took no write is not used again', async () => {
  const store = await openStore({ folder: server.data, url: server.url(), clock: { now: Date.now } });
  onTestFinished(() => store.close());
  const connections = async () =>
    (await server.query<{ pid: number }>("select pid from pg_stat_activity where application_name = 'jvagent'")).length;
  await takeWrites(false);
  const before = await connections();
  await expect(store.platform.pause()).rejects.toThrow('read-only');
  await expect.poll(connections).toBeLessThan(before);
  await takeWrites(true);
  await store.platform.pause();
});
