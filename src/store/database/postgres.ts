/**
 * PostgreSQL as the store's database: a pool of connections that gives numbers as numbers.
 *
 * A commit has reached the disk when it returns, as PostgreSQL does unless it is told otherwise. No lock lasts longer than its
 * transaction, so a pooler in transaction mode can stand between.
 */
import { CompiledQuery, type Dialect, PostgresDialect } from 'kysely';
import pg from 'pg';
import { messageOf, OutsideError } from '../../base/errors.ts';
import { limits } from '../../limits.ts';
import { makePatient } from './at-once/again.ts';

/** Counters, times and sums: all of ours are below 2 ** 53. */
const numberTypes: readonly number[] = [pg.types.builtins.INT8, pg.types.builtins.NUMERIC];

const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    numberTypes.includes(id) ? Number : pg.types.getTypeParser(id, format as 'text'),
};

/** The place of a database as people may see it: without user and password. */
function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}${port ? `:${port}` : ''}${pathname}`;
}

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with the parameters of node-postgres. */
  readonly url: string;
  /** What the server shows of the connection in `pg_stat_activity`. */
  readonly name?: string;
  /** Told when a connection broke, at rest or in the middle of a transaction; the next query gets a new one. */
  readonly onError?: (error: Error) => void;
}

/** The most of a server's answer time that a query may take before it counts as failed, so that a turn is never kept by one. */
export function postgresPool({ url, name = 'jvagent', onError = () => {} }: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: limits.databaseConnectionsMax,
    connectionTimeoutMillis: limits.databaseSecondsMax * 1_000,
    query_timeout: limits.databaseSecondsMax * 1_000,
    keepAlive: true,
    application_name: name,
  });
  pool.on('error', onError);
  // The pool listens only while a connection rests, and an error that nobody hears ends the process.
  pool.on('connect', (client) => client.on('error', onError));
  return pool;
}

/** The server gives up where we do, and takes the locks from a process that stopped in the middle. */
const bounded = ['statement_timeout', 'idle_in_transaction_session_timeout']
  .map((name) => `set local ${name} = '${limits.databaseSecondsMax}s'`)
  .join('; ');

/** Bounds come with each transaction: a pooler in transaction mode refuses those of a connection. */
export function postgresDialect(pool: pg.Pool): Dialect {
  const dialect = new PostgresDialect({ pool, onCreateConnection: async (connection) => makePatient(connection) });
  const driver = dialect.createDriver();
  driver.beginTransaction = async (connection, { isolationLevel = 'read committed', accessMode = 'read write' }) => {
    const begin = `begin isolation level ${isolationLevel} ${accessMode}`;
    await connection.executeQuery(CompiledQuery.raw(`${begin}; ${bounded}`));
  };
  return {
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  };
}

/** Names the database and what to do, where opening it failed. */
export function notOpened(url: string, error: unknown): OutsideError {
  const fix = 'Check DATABASE_URL, and that the server runs and lets this machine in.';
  return new OutsideError(`The database ${placeOf(url)} cannot be opened: ${messageOf(error)}. ${fix}`, {
    system: 'the database',
    request: 'open',
    kind: 'unreachable',
  });
}
