/** The server of PostgreSQL that tests use: what it keeps, and that nothing of it stays. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { openDoor } from './door.ts';
import { pidFile, processesIn } from './leftovers.ts';
import { missingPooler, startPooler } from './pgbouncer.ts';
import { startPostgres } from './server.ts';
import { startStandby } from './standby.ts';

async function opened() {
  const server = await startPostgres();
  onTestFinished(() => server.close());
  return server;
}

const sharedMemory = () => readFileSync('/proc/sysvipc/shm', 'utf8');
const segmentOf = (data: string) => pidFile(data)[6]?.trim().split(/\s+/)[1] ?? 'none';

test('what is committed is there after each way to end, and a database made from a template has its rows', async () => {
  const server = await opened();
  await server.createDatabase('kept');
  await server.query('create table seen (nth int)', 'kept');
  const ends = [() => server.stop('fast'), () => server.stop('immediate'), () => server.kill()];
  for (const [nth, end] of ends.entries()) {
    await server.query(`insert into seen values (${nth})`, 'kept');
    await end();
    await expect(server.query('select 1')).rejects.toThrow();
    await server.start();
  }
  await server.createDatabase('copy', 'kept');
  expect(await server.query('select nth from seen order by nth', 'copy')).toEqual([{ nth: 0 }, { nth: 1 }, { nth: 2 }]);
  await server.dropDatabase('copy');
  await expect(server.query('select 1', 'copy')).rejects.toThrow('does not exist');
});

test('a killed server that is closed leaves no process, no folder and no shared memory', async () => {
  const server = await startPostgres();
  const segment = segmentOf(server.data);
  expect(processesIn(server.data).length).toBeGreaterThan(1);
  await server.kill();
  expect(sharedMemory()).toContain(` ${segment} `);
  await server.close();
  expect(processesIn(server.data)).toEqual([]);
  expect(existsSync(dirname(server.data))).toBe(false);
  expect(sharedMemory()).not.toContain(` ${segment} `);
});

test('a server ends, and its folder goes, when the process that started it is killed', async () => {
  const source = new URL('./server.ts', import.meta.url).href;
  const code = `
    const { startPostgres } = await import(${JSON.stringify(source)});
    const server = await startPostgres();
    console.log(server.data);
    setInterval(() => {}, 1_000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void starter.kill('SIGKILL'));
  const [printed] = await once(starter.stdout, 'data');
  const data = String(printed).trim();
  const segment = segmentOf(data);
  expect(processesIn(data)).not.toEqual([]);
  starter.kill('SIGKILL');
  await expect.poll(() => existsSync(dirname(data))).toBe(false);
  expect(processesIn(data)).toEqual([]);
  expect(sharedMemory()).not.toContain(` ${segment} `);
});

test('servers that start at once are apart', async () => {
  const [one, other] = await Promise.all([opened(), opened()]);
  await one.createDatabase('mine');
  expect(one.port).not.toBe(other.port);
  await expect(other.query('select 1', 'mine')).rejects.toThrow('does not exist');
});

test('a standby shows what was committed; one that fell behind takes over without the rest', async () => {
  const primary = await opened();
  await primary.query('create table seen (nth int)');
  const standby = await startStandby(primary);
  onTestFinished(() => standby.close());
  const insert = (nth: number) => primary.query(`insert into seen values (${nth})`);
  const seen = async () => (await standby.query<{ nth: number }>('select nth from seen')).map(({ nth }) => nth);
  await insert(1);
  await standby.caughtUp();
  expect(await seen()).toEqual([1]);
  await standby.pauseReplay();
  await insert(2);
  expect(await seen()).toEqual([1]);
  await standby.resumeReplay();
  await standby.caughtUp();
  expect(await seen()).toEqual([1, 2]);
  await standby.fallBehind();
  await insert(3);
  await standby.follow();
  await standby.caughtUp();
  await standby.fallBehind();
  await insert(4);
  await primary.kill();
  await standby.promote();
  await standby.query('insert into seen values (5)');
  expect(await seen()).toEqual([1, 2, 3, 5]);
});

test('a door that is cut holds what is said, and says it when it is open again; led elsewhere, it ends what goes on', async () => {
  const [one, other] = await Promise.all([opened(), opened()]);
  const door = await openDoor(one);
  onTestFinished(() => door.close());
  expect(door.url('x')).toBe(one.url('x').replace(`${one.port}`, `${door.port}`));
  const client = new Client({ connectionString: door.url() });
  client.on('error', () => {});
  await client.connect();
  await client.query('create table seen (nth int)');
  door.cut();
  const answer = client.query('insert into seen values (1) returning nth');
  const counted = async () => (await one.query('select nth from seen')).length;
  expect(await counted()).toBe(0);
  door.reopen();
  expect((await answer).rows).toEqual([{ nth: 1 }]);
  expect(await counted()).toBe(1);
  door.leadTo(other);
  await expect(client.query('select 1')).rejects.toThrow();
  expect(door.url()).toContain(other.password);
});

test('a pooler gives each transaction a connection that others use too', async (context) => {
  const missing = missingPooler();
  if (missing) return context.skip(missing);
  const server = await opened();
  const pooler = await startPooler(server);
  onTestFinished(() => pooler.close());
  await server.createDatabase('pooled');
  const clients = Array.from({ length: 20 }, () => new Client({ connectionString: pooler.url('pooled') }));
  await Promise.all(clients.map((client) => client.connect()));
  const pids = clients.map(async (client) => (await client.query('select pg_backend_pid() as pid')).rows[0].pid);
  expect(new Set(await Promise.all(pids)).size).toBeLessThanOrEqual(8);
  await Promise.all(clients.map((client) => client.end()));
});
