/**
 * SQLite as the store's database: everything that another database would do differently.
 *
 * Every transaction takes the write lock at its start, so that it never fails halfway because another process wrote.
 */
import { mkdirSync } from 'node:fs';
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
