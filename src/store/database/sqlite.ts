/**
 * SQLite as the store's database: everything that would be different in another database.
 *
 * Every transaction takes the write lock at its start, so it never fails halfway because another process wrote.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  type SelectModifierNode,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { assert } from '../../base/errors.ts';
import { isTogether } from './at-once/together.ts';

const busyMs = 5_000;
const busyPauseMs = 10;

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

const [begin, commit, rollback] = ['begin immediate', 'commit', 'rollback'].map((text) => CompiledQuery.raw(text)) as [
  CompiledQuery,
  CompiledQuery,
  CompiledQuery,
];

/** A full disk ends a transaction by itself, and the error that says so is the one to be told. */
async function rollBack(database: Database.Database, execute: DatabaseConnection['executeQuery']): Promise<void> {
  if (database.inTransaction) await execute(rollback);
}

/** Nothing is far away here, so statements that go together come one after the other. */
function takeTogether(database: Database.Database, connection: DatabaseConnection): void {
  const execute = connection.executeQuery.bind(connection);
  const inOrder = async (statements: readonly CompiledQuery[]) => {
    const answers: QueryResult<unknown>[] = [];
    for (const statement of statements) answers.push(await execute(statement));
    return answers;
  };
  const whole = async (statements: readonly CompiledQuery[]) => {
    await execute(begin);
    try {
      const answers = await inOrder(statements);
      await execute(commit);
      return answers;
    } catch (error) {
      await rollBack(database, execute);
      throw error;
    }
  };
  connection.executeQuery = async <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
    if (!isTogether(query)) return execute(query);
    const { kind, statements } = query;
    assert(kind !== 'ahead' || database.inTransaction, 'only a transaction has a next statement');
    return { rows: (await (kind === 'whole' ? whole(statements) : inOrder(statements))) as R[] };
  };
}

const isBusy = (error: unknown) => error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');

/**
 * The file keeps this mode. Where several processes turn it on at once in a new file, SQLite does not wait by itself, since each holds
 * what the others need.
 */
function turnOnWal(database: Database.Database): void {
  for (const end = performance.now() + busyMs; ; ) {
    try {
      return void database.pragma('journal_mode = WAL');
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyPauseMs);
    }
  }
}

/** The file of a state in its folder. */
export const stateFileName = 'state.db';

/** Opens or creates a state in the folder (created with mode 700). When a commit returns, its data is on disk. */
export function sqliteDialect(folder: string, name = stateFileName): Dialect {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new Database(join(folder, name), { timeout: busyMs });
  turnOnWal(database);
  for (const pragma of ['synchronous = FULL', 'foreign_keys = ON']) database.pragma(pragma);
  const driver = new SqliteDriver({
    database,
    onCreateConnection: async (connection) => takeTogether(database, connection),
  });
  driver.beginTransaction = async (connection) => {
    await connection.executeQuery(begin);
  };
  driver.rollbackTransaction = (connection) => rollBack(database, connection.executeQuery);
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
  const file = join(folder, stateFileName);
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
    if (isBusy(error)) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}
