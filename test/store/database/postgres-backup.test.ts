/** A backup is one file whichever database wrote it, and either database goes on from it. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { loadFile } from '../../../src/store/database/backups/copy.ts';
import { restoreState } from '../../../src/store/database/backups/restore.ts';
import { backUpState, writeFileFrom } from '../../../src/store/database/backups/state-file.ts';
import { openStore, type Store } from '../../../src/store/database/database.ts';
import { openDatabase } from '../../../src/store/database/open.ts';
import { holding, someWait } from '../at-once/two-nodes.ts';
import { acme, claimOptions, deliver, granted, openTestStore, startProcess, testFolder, wi12 } from '../fixture.ts';
import { changeRows, newTestDatabase } from '../test-database.ts';
import { fillEveryTable, rowsOf, rowsOfLog } from './every-table.ts';

const clock = { now: () => Date.UTC(2026, 10, 20, 12) };
const noted = { agentId: acme, sessionId: '', actor: 'platform', action: 'look', target: 'board', argsDigest: '' };

function fileAt(path: string): Database.Database {
  const file = new Database(path);
  onTestFinished(() => void file.close());
  return file;
}

async function postgres() {
  const folder = testFolder();
  const { url = '' } = await newTestDatabase(folder);
  return { folder, url };
}

/** A store at this place, closed after the test. */
async function storeAt(place: { folder: string; url?: string }): Promise<Store> {
  const store = await openStore({ ...place, clock, time: 'clock' });
  onTestFinished(() => store.close());
  return store;
}

/** A new SQLite file of the present schema. */
async function newFile(): Promise<string> {
  const folder = testFolder();
  await (await openStore({ folder, clock })).close();
  return join(folder, 'state.db');
}

test('every row of every table goes from SQLite to PostgreSQL and back, and counters go on where they were', async () => {
  const from = fileAt(await newFile());
  fillEveryTable(from);
  // The last ones were deleted, and their numbers are not given out again.
  from.exec('delete from log_entries where id > 3600');
  const place = await postgres();
  const { db } = await openDatabase({ ...place, clock });
  onTestFinished(() => db.destroy());
  await db.insertInto('platform').values({ name: 'of before', value: '1' }).execute();
  await db.transaction().execute((trx) => loadFile(trx, from));
  const path = join(testFolder(), 'back.db');
  await db.transaction().execute(async (trx) => {
    await writeFileFrom(trx, path);
    const kept = sql<{ ms: string }>`select current_setting('idle_in_transaction_session_timeout') as ms`;
    expect((await kept.execute(trx)).rows).toEqual([{ ms: '0' }]);
  });
  const back = fileAt(path);
  const rows = rowsOf(back);
  expect(Object.entries(rows).filter(([, all]) => all.length === 0)).toEqual([]);
  expect(rows).toEqual(rowsOf(from));
  const counters = (file: Database.Database) =>
    file.prepare('select name, seq from sqlite_sequence order by name').all();
  expect(counters(back)).toEqual(counters(from));
  const values = { agent_id: 'codechange/a-1', session_id: 'wi-1', at: 1, kind: 'k', text: null, tool: null };
  const added = db
    .insertInto('log_entries')
    .values({ ...values, input: null, result: null })
    .returning('id');
  expect(await added.executeTakeFirstOrThrow()).toEqual({ id: 3 * rowsOfLog + 1 });
});

/** What a platform left: a chain of the audit log, a session in its third turn, a message that waits. */
async function used(store: Store): Promise<void> {
  for (let nth = 0; nth < 3; nth += 1) {
    await deliver(store, `m${nth}`);
    await store.audit.append({ ...noted, outcome: `${nth}` });
    await store.sessions.release({ ...granted(await store.sessions.claim(claimOptions)), end: 'rested' });
  }
}

/** Whether a state is the one that was used, and goes on. */
async function goesOn(store: Store): Promise<void> {
  expect(await store.audit.verify(acme)).toEqual({ ok: true });
  expect(await store.platform.pausedAt()).toBeTypeOf('number');
  await store.audit.append({ ...noted, outcome: 'more' });
  expect((await store.audit.list(acme, 0, 9)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(await store.audit.verify(acme)).toEqual({ ok: true });
  expect((await store.sessions.claim(claimOptions))?.epoch).toBe(4);
}

test('a state moves to PostgreSQL by a backup, and back to SQLite by another', async () => {
  const sqlite = { folder: testFolder() };
  await used(await storeAt(sqlite));
  const place = await postgres();
  const [first, second] = ['first.db', 'second.db'].map((name) => join(place.folder, name)) as [string, string];
  expect(await backUpState(sqlite, first)).toBeUndefined();
  expect(await restoreState(place, first, 1)).toEqual({ open: 0 });
  expect(await backUpState(place, second)).toBeUndefined();
  expect(statSync(second).mode & 0o777).toBe(0o600);
  await goesOn(await storeAt(place));
  const back = { folder: testFolder() };
  expect(await restoreState(back, second, 2)).toEqual({ open: 0 });
  await goesOn(await storeAt(back));
  expect(readdirSync(back.folder).filter((name) => name.startsWith('restoring'))).toEqual([]);
});

test('the state of before is kept beside as a backup of its own', async () => {
  const { store, ...opened } = await openTestStore();
  const place = { folder: testFolder(), url: opened.url ?? '' };
  await used(store);
  const keptAs = join(place.folder, 'state.db.7');
  expect(await restoreState(place, await newFile(), 7)).toEqual({ open: 0, keptAs });
  expect(await store.audit.list(acme, 0, 9)).toEqual([]);
  expect(await restoreState(place, keptAs, 8)).toMatchObject({ open: 0 });
  await goesOn(store);
});

test('nothing is restored while a node works', async () => {
  const { store, ...opened } = await openTestStore({ time: 'database' });
  const place = { folder: testFolder(), url: opened.url ?? '' };
  await deliver(store, 'm1');
  const turn = granted(await store.sessions.claim(claimOptions));
  const file = await newFile();
  expect(await restoreState(place, file, 7)).toEqual({ fault: expect.stringContaining('Stop all nodes') });
  expect(readdirSync(place.folder)).toEqual([]);
  expect((await store.sessions.get(acme, wi12))?.epoch).toBe(turn.epoch);
  await store.sessions.release({ ...turn, end: 'rested' });
  const node = { name: 'node-1', version: '1', takesWork: true, files: {} };
  await store.nodes.beat({ owner: 'o', ...node });
  expect(await restoreState(place, file, 7)).toEqual({ fault: expect.stringContaining('The node node-1 works') });
  await store.nodes.beat({ owner: 'p', ...node, name: 'node-2' });
  const several = 'The nodes node-1, node-2 work on this state, or were lost';
  expect(await restoreState(place, file, 7)).toEqual({ fault: expect.stringContaining(several) });
  for (const owner of ['o', 'p']) await store.nodes.leave(owner);
  expect(await restoreState(place, file, 7)).toMatchObject({ keptAs: expect.any(String) });
});

const restoreModule = new URL('../../../src/store/database/backups/restore.ts', import.meta.url).href;

test('a database that a newer version wrote is neither saved nor replaced by this one', async () => {
  const { store, ...opened } = await openTestStore();
  const place = { folder: testFolder(), url: opened.url ?? '' };
  await used(store);
  await changeRows(place, "insert into kysely_migration values ('999-later', '2027-01-01T00:00:00Z')");
  // The database is used again.
  onTestFinished(() => changeRows(place, "delete from kysely_migration where name = '999-later'"));
  const { host, pathname } = new URL(place.url);
  const newer = `The state in ${host}${pathname} was written by a newer version`;
  const backedUp = await backUpState(place, join(place.folder, 'b.db'));
  expect(backedUp).toMatch(new RegExp(`^${newer}.*\\. Use that version for backups`));
  const another = `\`create database ${pathname.slice(1)}_2\`, and set DATABASE_URL in .env to it`;
  const { fault } = (await restoreState(place, await newFile(), 7)) as { fault: string };
  expect([fault.slice(0, newer.length), fault]).toEqual([newer, expect.stringContaining(another)]);
  // Nor opened, if the newer one did not leave it readable.
  await changeRows(place, "update platform set value = '999-later' where name = 'readable-from'");
  await expect(openStore({ ...place, clock })).rejects.toMatchObject({
    message: expect.stringContaining(newer),
    facts: { fix: expect.stringContaining(another) },
  });
  expect(readdirSync(place.folder)).toEqual([]);
  expect((await store.audit.list(acme, 0, 9)).length).toBe(3);
});

test('a restore that is killed, or fails halfway, leaves the old state', async () => {
  const { store, ...opened } = await openTestStore();
  const place = { folder: testFolder(), url: opened.url ?? '' };
  await used(store);
  const path = await newFile();
  const reader = await holding(place.url, 'select 1 from usage');
  const restoring = startProcess(`
    const { restoreState } = await import(${JSON.stringify(restoreModule)});
    await restoreState(${JSON.stringify(place)}, ${JSON.stringify(path)}, 7);`);
  await someWait(place.url);
  restoring.kill('SIGKILL');
  await reader.end();
  // SQLite takes any value, PostgreSQL none that is no number.
  const change = (statement: string) => {
    const file = new Database(path);
    file.exec(statement);
    file.close();
  };
  change("insert into usage (agent_id, day, turns) values ('a', '2026-11-20', 'many')");
  await expect(restoreState(place, path, 8)).rejects.toThrow('many');
  expect(await store.audit.verify(acme)).toEqual({ ok: true });
  expect((await store.audit.list(acme, 0, 9)).length).toBe(3);
  expect(existsSync(join(place.folder, 'state.db.8'))).toBe(false);
  change('delete from usage');
  expect(await restoreState(place, path, 9)).toMatchObject({ keptAs: expect.any(String) });
  expect(await store.audit.list(acme, 0, 9)).toEqual([]);
});

test('a backup shows one moment while others write all the time', async () => {
  const { store, ...opened } = await openTestStore();
  const place = { folder: testFolder(), url: opened.url ?? '' };
  const file = join(place.folder, 'backup.db');
  let isWriting = true;
  const writing = (async () => {
    for (let nth = 0; isWriting; nth += 1) await store.audit.append({ ...noted, outcome: `${nth}` });
  })();
  await expect.poll(async () => (await store.audit.list(acme, 0, 9)).length).toBe(9);
  expect(await backUpState(place, file)).toBeUndefined();
  isWriting = false;
  await writing;
  const back = { folder: testFolder() };
  await restoreState(back, file, 1);
  const restored = await storeAt(back);
  expect(await restored.audit.verify(acme)).toEqual({ ok: true });
  expect((await restored.audit.list(acme, 0, 9)).length).toBe(9);
});
