/**
 * SQLite as the store's database: everything that would be different in another database.
 *
 * Every transaction takes the write lock at its start, so it never fails halfway because another process wrote.
 */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import {
  CompiledQuery,
  type Dialect,
  type SelectModifierNode,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { messageOf } from '../../base/errors.ts';
import { newerBackup } from './migrations.ts';

const busyMs = 5_000;

/** Each migration is one transaction: SQLite can also roll back schema changes. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Its one writer has locked everything, so nothing is left to lock. */
class QueryCompiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (!node.modifier?.startsWith('For')) super.visitSelectModifier(node);
  }
}

/** Opens or creates `state.db` in the folder (created with mode 700). When a commit returns, its data is on disk. */
export function sqliteDialect(folder: string): Dialect {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new Database(join(folder, 'state.db'), { timeout: busyMs });
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) database.pragma(pragma);
  const driver = new SqliteDriver({ database });
  driver.beginTransaction = async (connection) => {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  };
  return {
    createAdapter: () => new Adapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new QueryCompiler(),
  };
}

/**
 * Reads the state in a folder at one moment, without opening the store: nothing is created or migrated. Undefined if there is no
 * state, or none that has what is read.
 */
export function peekAt<T>(folder: string, read: (select: <R>(statement: string) => R[]) => T): T | undefined {
  const file = join(folder, 'state.db');
  if (!existsSync(file)) return undefined;
  const database = new Database(file, { readonly: true, timeout: busyMs });
  try {
    const select = <R>(statement: string) => database.prepare<[], R>(statement).all();
    return database.transaction(() => read(select))();
  } catch (error) {
    if (error instanceof Database.SqliteError) return undefined;
    throw error;
  } finally {
    database.close();
  }
}

const isTaken = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EEXIST';

/**
 * Writes a consistent copy of the database to a new file while others keep writing. The file is there whole or not at all: it grows
 * under another name, which also keeps others off it. Returns why it failed, or undefined.
 */
export async function backUpState(folder: string, file: string): Promise<string | undefined> {
  const state = join(folder, 'state.db');
  if (!existsSync(state)) return `There is no state in ${folder} to back up. Name the workspace with --root.`;
  if (existsSync(file)) return `${file} already exists. Choose a new file name.`;
  const draft = join(dirname(file), `.${basename(file)}.part`);
  try {
    // Private before anything is in it.
    closeSync(openSync(draft, 'wx', 0o600));
  } catch (error) {
    if (isTaken(error)) return `Another backup to ${file} is being written. If none is, delete ${draft}.`;
    return `${file} cannot be written: ${messageOf(error)}. Check that the folder exists and is yours.`;
  }
  try {
    const database = new Database(state, { readonly: true, timeout: busyMs });
    // All pages at once: between two parts, a write by another process would begin the copy again.
    await database.backup(draft, { progress: () => 0x7fff_ffff }).finally(() => database.close());
    const fault = backupFault(draft);
    if (fault === undefined) renameSync(draft, file);
    return fault;
  } catch (error) {
    const why = `The backup to ${file} failed: ${messageOf(error)}.`;
    return `${why} Nothing of it is left. Check that there is room for ${statSync(state).size} bytes.`;
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${draft}${suffix}`, { force: true });
  }
}

/** Why a file is not a complete backup of a state that we can use; undefined if it is one. */
function backupFault(file: string): string | undefined {
  if (!existsSync(file)) return `The file ${file} does not exist.`;
  const database = new Database(file, { readonly: true });
  try {
    const isOurs = database.prepare("select 1 from sqlite_master where name = 'audit_heads'").get() !== undefined;
    const isWhole = isOurs && database.pragma('integrity_check', { simple: true }) === 'ok';
    if (!isWhole) return `${file} is not a complete backup of a state.`;
    const newer = newerBackup(database.prepare<[], string>('select name from kysely_migration').pluck().all());
    return newer && `${file} ${newer}. Restore it with that version.`;
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    return `${file} is not a backup of a state: ${error.message}.`;
  } finally {
    database.close();
  }
}

/** Replaces the state with a backup and keeps the old state next to it; no process may have the state open. */
export function restoreState(folder: string, file: string, now: number): { keptAs?: string } | { fault: string } {
  const fault = backupFault(file);
  if (fault) return { fault };
  const [present, next, kept] = ['state.db', 'state.db.next', `state.db.${now}`].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  copyFileSync(file, next);
  chmodSync(next, 0o600);
  const isThere = existsSync(present);
  if (isThere) {
    // Writes the write-ahead log into the database file and empties the log.
    const database = new Database(present, { timeout: busyMs });
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    renameSync(present, kept);
  }
  for (const suffix of ['-wal', '-shm']) rmSync(`${present}${suffix}`, { force: true });
  renameSync(next, present);
  return isThere ? { keptAs: kept } : {};
}

export interface SupervisorLock {
  release(): void;
}

/**
 * Makes this process the only supervisor of the state folder; undefined if another process is it already.
 * The operating system releases the lock when the process ends, for any reason.
 */
export function holdSupervisorLock(folder: string): SupervisorLock | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new Database(join(folder, 'supervisor.lock'), { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
  return { release: () => database.close() };
}
