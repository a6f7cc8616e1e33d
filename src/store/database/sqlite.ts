/**
 * SQLite as the store's database: everything that another database would do differently.
 *
 * Every transaction takes the write lock at its start, so that it never fails halfway because another process wrote.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  CompiledQuery,
  type CreateTableBuilder,
  type Dialect,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

const busyMs = 5_000;

/** Migrations are one transaction each: SQLite rolls back changes of the schema as well. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Opens or creates `state.db` in the folder, which is made with mode 700; a commit is on disk when it returns. */
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
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** Adds the column of a primary key that counts up by itself and never uses a number twice. */
export function addCounter<T extends string, C extends string>(table: CreateTableBuilder<T, C>, name: string) {
  return table.addColumn(name, 'integer', (column) => column.primaryKey().autoIncrement());
}

/** Writes the database to a new file as it is at one moment, while others go on writing; says why it could not. */
export async function backUpState(folder: string, file: string): Promise<string | undefined> {
  if (existsSync(file)) return `${file} is there already. Name a new file.`;
  const database = new Database(join(folder, 'state.db'), { readonly: true, timeout: busyMs });
  await database.backup(file);
  database.close();
  chmodSync(file, 0o600);
  return undefined;
}

/** Why a file is no whole backup of a state; undefined when it is one. */
function backupFault(file: string): string | undefined {
  if (!existsSync(file)) return `There is no file ${file}.`;
  const database = new Database(file, { readonly: true });
  try {
    const isOurs = database.prepare("select 1 from sqlite_master where name = 'audit_heads'").get() !== undefined;
    const isWhole = isOurs && database.pragma('integrity_check', { simple: true }) === 'ok';
    return isWhole ? undefined : `${file} is no whole backup of a state.`;
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    return `${file} is no backup of a state: ${error.message}.`;
  } finally {
    database.close();
  }
}

/** Puts a backup in the place of the state, which is kept beside it; nobody may have it open. */
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
    // Brings what stands in the log beside it into the file, and the log to its end.
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
 * Makes this process the one supervisor of the state folder; undefined when another process is.
 * The operating system gives the lock back when its process ends, however it ends.
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
