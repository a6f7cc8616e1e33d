/** A backup: the state as one SQLite file, whichever database it comes from, that is there whole or not at all. */
import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import { messageOf } from '../../../base/errors.ts';
import { atOneMoment } from '../at-once/locks.ts';
import { migrate, newerBackup } from '../migrations.ts';
import { openDatabase } from '../open.ts';
import { newerPlace } from '../postgres.ts';
import type { Db, Tables } from '../schema.ts';
import { sqliteDialect, stateFileName } from '../sqlite.ts';
import { sqliteWords } from '../words.ts';
import { fillFile } from './copy.ts';

const busyMs = 5_000;

/** Where a state is: in a folder, or in the PostgreSQL at an address. */
export interface StatePlace {
  readonly folder: string;
  readonly url?: string | undefined;
}

const isTaken = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EEXIST';

/** Removes a file of a state, with what SQLite keeps beside it. */
export function removeStateFile(file: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}

/** Why a file is not a complete backup of a state that we can use; undefined if it is one. */
export function backupFault(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return `The file ${file} does not exist.`;
  if (!found.isFile()) return `${file} is not a file. Name a file that \`jvagent backup\` wrote.`;
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true });
    const isOurs = database.prepare("select 1 from sqlite_master where name = 'audit_heads'").get() !== undefined;
    const isWhole = isOurs && database.pragma('integrity_check', { simple: true }) === 'ok';
    if (!isWhole) return `${file} is not a complete backup of a state.`;
    const newer = newerBackup(database.prepare<[], string>('select name from kysely_migration').pluck().all());
    return newer && `${file} ${newer}. Restore it with that version.`;
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    return `${file} is not a backup of a state: ${error.message}.`;
  } finally {
    database?.close();
  }
}

/** Private before anything is in it. Throws if there is one. */
const createPrivate = (file: string) => closeSync(openSync(file, 'wx', 0o600));

/** Writes what the transaction sees to a file with the tables of the present schema, in place of one that is there. */
export async function writeFileFrom(trx: Db, file: string): Promise<void> {
  removeStateFile(file);
  createPrivate(file);
  const made = new Kysely<Tables>({ dialect: sqliteDialect(dirname(file), basename(file)) });
  await migrate(made, sqliteWords(Date.now).addCounter).finally(() => made.destroy());
  const database = new Database(file);
  try {
    // One file from now on: nothing stands beside it.
    database.pragma('journal_mode = DELETE');
    await fillFile(trx, database);
  } finally {
    database.close();
  }
}

/** What keeps this version from copying all of a database, or replacing it: a newer version knows more of it. Undefined if it can. */
export async function newerDatabase(trx: Db): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(trx);
  return newerBackup(rows.map(({ name }) => name));
}

async function copyFromPostgres(folder: string, url: string, draft: string): Promise<string | undefined> {
  const { db } = await openDatabase({ folder, url, clock: { now: Date.now } });
  try {
    return await atOneMoment(db, async (trx) => {
      const newer = await newerDatabase(trx);
      if (newer === undefined) await writeFileFrom(trx, draft);
      return newer && `${newerPlace(url).name} ${newer}. Use that version for backups.`;
    });
  } finally {
    await db.destroy();
  }
}

async function copyFromFolder(folder: string, draft: string): Promise<undefined> {
  const database = new Database(join(folder, stateFileName), { readonly: true, timeout: busyMs });
  // All pages at once: between two parts, a write by another process would begin the copy again.
  await database.backup(draft, { progress: () => 0x7fff_ffff }).finally(() => database.close());
}

/**
 * Writes a consistent copy of the state to a new file while others keep writing. The file is there whole or not at all: it grows
 * under another name, which also keeps others off it. Returns why it failed, or undefined.
 */
export async function backUpState({ folder, url }: StatePlace, file: string): Promise<string | undefined> {
  const state = join(folder, stateFileName);
  if (url === undefined && !existsSync(state))
    return `There is no state in ${folder} to back up. Name the workspace with --root.`;
  if (existsSync(file)) return `${file} already exists. Choose a new file name.`;
  const draft = join(dirname(file), `.${basename(file)}.part`);
  try {
    createPrivate(draft);
  } catch (error) {
    if (isTaken(error)) return `Another backup to ${file} is being written. If none is, delete ${draft}.`;
    return `${file} cannot be written: ${messageOf(error)}. Check that the folder exists and is yours.`;
  }
  try {
    const newer = await (url === undefined ? copyFromFolder(folder, draft) : copyFromPostgres(folder, url, draft));
    const fault = newer ?? backupFault(draft);
    if (fault === undefined) renameSync(draft, file);
    return fault;
  } catch (error) {
    const why = `The backup to ${file} failed: ${messageOf(error)}.`;
    const room = url === undefined ? `room for ${statSync(state).size} bytes` : 'room for all rows of the database';
    return `${why} Nothing of it is left. Check that there is ${room}.`;
  } finally {
    removeStateFile(draft);
  }
}
