import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { alone, together } from '../../../src/store/database/at-once/together.ts';
import type { Tables } from '../../../src/store/database/schema.ts';
import { holdSupervisorLock, sqliteDialect, stateFileName } from '../../../src/store/database/sqlite.ts';
import { acme, inOtherProcess, openTestStore, startProcess, testFolder } from '../fixture.ts';

const source = new URL('../../../src/store/database/sqlite.ts', import.meta.url).href;

test('a second supervisor on the same state folder is refused, until the first is killed', async () => {
  const folder = testFolder();
  const other = startProcess(`
    const { holdSupervisorLock } = await import(${JSON.stringify(source)});
    globalThis.lock = holdSupervisorLock(${JSON.stringify(folder)});
    console.log(globalThis.lock ? 'held' : 'refused');
    setInterval(() => {}, 1000);`);
  const [answer] = await once(other.stdout, 'data');
  expect(String(answer).trim()).toBe('held');
  expect(holdSupervisorLock(folder)).toBeUndefined();
  other.kill('SIGKILL');
  await once(other, 'exit');
  const lock = holdSupervisorLock(folder);
  expect(lock).toBeDefined();
  lock?.release();
});

test('a second supervisor in the same process is refused, until the first lets go', () => {
  const folder = testFolder();
  const first = holdSupervisorLock(folder);
  expect(holdSupervisorLock(folder)).toBeUndefined();
  first?.release();
  const second = holdSupervisorLock(folder);
  expect(second).toBeDefined();
  second?.release();
});

test('several processes may open a new folder at once, and each sees what another wrote', async () => {
  const folder = join(testFolder(), 'state');
  await Promise.all(['a', 'b', 'c'].map((id) => inOtherProcess({ folder }, `await store.agents.pause('${id}');`)));
  const { store } = await openTestStore({ folder });
  expect((await store.agents.list()).map(({ agentId }) => agentId)).toEqual(['a', 'b', 'c']);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('a file that another process makes at the same moment is waited for', async () => {
  const folder = testFolder();
  const other = startProcess(`
    const { default: Database } = await import('better-sqlite3');
    const made = new Database(${JSON.stringify(join(folder, stateFileName))});
    made.exec('begin immediate');
    console.log('begun');
    setTimeout(() => made.exec('commit'), 200);`);
  await once(other.stdout, 'data');
  // SQLite itself does not wait here: it answers at once that the file is locked.
  const driver = sqliteDialect(folder).createDriver();
  await driver.init();
  await driver.destroy();
});

test('a full disk is what is told of statements that go together', async () => {
  const db = new Kysely<Tables>({ dialect: sqliteDialect(testFolder()) });
  onTestFinished(() => db.destroy());
  await sql`create table kept (text text)`.execute(db);
  await sql`pragma max_page_count = 10`.execute(db);
  const large = { compile: () => sql`insert into kept values (${'x'.repeat(100_000)})`.compile(db) };
  await expect(alone(db, large)).rejects.toThrow('full');
  await expect(db.transaction().execute((trx) => together(trx, large))).rejects.toThrow('full');
});

test('a store opened again has what was written', async () => {
  const { store, folder } = await openTestStore();
  await store.agents.pause(acme);
  await store.close();
  const { store: again } = await openTestStore({ folder });
  expect((await again.agents.get(acme)).pausedAt).toBeDefined();
});
