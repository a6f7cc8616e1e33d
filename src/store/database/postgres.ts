/**
 * PostgreSQL as the store's database: a pool of connections that gives numbers as numbers.
 *
 * A commit has reached the disk when it returns, as PostgreSQL does unless it is told otherwise. No lock lasts longer than its
 * transaction, so a pooler in transaction mode can stand between.
 */
import { type Dialect, PostgresDialect } from 'kysely';
import pg from 'pg';
import { messageOf, OutsideError } from '../../base/errors.ts';
import { limits } from '../../limits.ts';
import { takesNoWrites } from './at-once/no-writes.ts';
import { postgresDriver } from './at-once/postgres-driver.ts';

/** Counters, times and sums: all of ours are below 2 ** 53. */
const numberTypes: readonly number[] = [pg.types.builtins.INT8, pg.types.builtins.NUMERIC];

/** The server's own end of a statement usually comes first: it leaves the connection whole. */
const laterMs = 5_000;

/** What pg says where our `query_timeout` is over. */
const unanswered = 'Query read timeout';

const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    numberTypes.includes(id) ? Number : pg.types.getTypeParser(id, format as 'text'),
};

/** The place of a database as people may see it: without user and password. */
export function shownPlace(url: string): string {
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

type Query = (...args: unknown[]) => unknown;

/**
 * Ends a connection whose query was not answered in time: what was sent may still be carried out, and a transaction that it
 * began would be the next user's.
 */
function endUnanswered(client: pg.PoolClient): void {
  const query: Query = client.query.bind(client);
  const look = (error: unknown) => {
    // A connection that is ending is not taken into the pool again.
    if (error instanceof Error && error.message === unanswered) void (client as unknown as pg.Client).end();
  };
  const watched: Query = (...args) => {
    const told = args.at(-1);
    if (typeof told === 'function') {
      const tell = (error: unknown, result: unknown) => {
        look(error);
        told(error, result);
      };
      return query(...args.slice(0, -1), tell);
    }
    const answer = query(...args);
    if (answer instanceof Promise) answer.catch(look);
    return answer;
  };
  client.query = watched as pg.PoolClient['query'];
}

/** A query counts as failed where the server's answer does not come in time, so that a turn is never kept by one. */
export function postgresPool({ url, name = 'jvagent', onError = () => {} }: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: limits.databaseConnectionsMax,
    connectionTimeoutMillis: limits.databaseSecondsMax * 1_000,
    query_timeout: limits.databaseSecondsMax * 1_000 + laterMs,
    keepAlive: true,
    application_name: name,
  });
  pool.on('error', onError);
  pool.on('connect', (client) => {
    // The pool listens only while a connection rests, and an error that nobody hears ends the process.
    client.on('error', onError);
    endUnanswered(client);
  });
  return pool;
}

export function postgresDialect(pool: pg.Pool): Dialect {
  const dialect = new PostgresDialect({ pool });
  return {
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => postgresDriver(pool),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  };
}

const comesBack = (text: string) =>
  [unanswered, 'timeout exceeded when trying to connect'].includes(text) || text.startsWith('Connection terminated');

/** PostgreSQL's codes for a broken connection, for too few resources, and for a server that an operator stops. */
const passing = /^(08|53|57)[0-9A-Z]{3}$/;

/** The system's calls on the way to a server. */
const calls: ReadonlySet<unknown> = new Set(['getaddrinfo', 'connect', 'read', 'write']);

/** Whether an error says no more than that the database is away, has no room, or takes no writes: the same may succeed later. */
export function isAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isAway);
  if (!(error instanceof Error)) return false;
  if ('syscall' in error && calls.has(error.syscall)) return true;
  return comesBack(error.message) || takesNoWrites(error) || ('code' in error && passing.test(String(error.code)));
}

/** Says what is wrong with a database that is away, and what to do. */
export function awayText(error: unknown): string {
  if (!takesNoWrites(error)) return `The database did not answer: ${messageOf(error)}. Try again.`;
  return `The database takes no writes: ${messageOf(error)}. Let DATABASE_URL lead to the primary, or try again when it takes writes.`;
}

/** What to do about what the server or the way to it said. */
const fixes: readonly [RegExp, string][] = [
  [/client password must be a string/, 'Write the password into DATABASE_URL: postgres://USER:PASSWORD@HOST/DATABASE.'],
  [/password authentication failed/, 'Correct user and password in DATABASE_URL.'],
  [
    /permission denied for (schema|database)/,
    'Let the role of DATABASE_URL make tables there: make it the owner of the database.',
  ],
  [
    /too many (connections|clients)|remaining connection slots/,
    'Raise max_connections of the server or the limit of the role, or stop what holds them.',
  ],
  [/does not support SSL/, 'Turn on TLS at the server; only on loopback sslmode=disable will do.'],
  [/no such file|ENOENT/, 'Correct the path in DATABASE_URL (sslrootcert, sslcert or sslkey), or put the file there.'],
  [/database ".*" does not exist/, 'Create that database, or name another one in DATABASE_URL.'],
  [/keeps text as/, "Create another database with `template template0 encoding 'UTF8'`, and set DATABASE_URL to it."],
  [/read-only transaction/, 'Let DATABASE_URL lead to the primary, which takes writes.'],
];

const usualFix = 'Check DATABASE_URL, and that the server runs and lets this machine in.';

/** Throws where the database keeps no UTF-8: there letters that are no ASCII are counted and compared wrongly, or refused. */
export async function mustKeepUtf8(pool: pg.Pool): Promise<void> {
  const asked = await pool.query<{ encoding: string }>("select current_setting('server_encoding') as encoding");
  const encoding = asked.rows[0]?.encoding;
  if (encoding !== 'UTF8') throw new Error(`it keeps text as ${encoding}`);
}

/** Names the database and what to do, where opening it failed. */
export function notOpened(url: string, error: unknown): OutsideError {
  return new OutsideError(`The database ${shownPlace(url)} cannot be opened: ${messageOf(error)}`, {
    system: 'the database',
    request: 'open',
    kind: 'unreachable',
    fix: fixes.find(([said]) => said.test(messageOf(error)))?.[1] ?? usualFix,
  });
}

/** The database that has a state which a newer version wrote, and how another one is used beside it. */
export function newerPlace(url: string): { readonly name: string; readonly another: string } {
  const database = new URL(url).pathname.slice(1) || 'jvagent';
  const made = `create another, empty database beside it, such as with \`create database ${database}_2\``;
  return { name: `The state in ${shownPlace(url)}`, another: `${made}, and set DATABASE_URL in .env to it` };
}
