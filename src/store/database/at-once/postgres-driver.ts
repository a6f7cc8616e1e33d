/**
 * The connections of PostgreSQL as kysely uses them: what needs no answer before goes together, in one way there and back.
 *
 * So a transaction begins with its first statement, and what was told ahead goes with the next one. The server leaves out all that
 * comes after a statement that failed, also the commit.
 */
import {
  AbortedTransactionError,
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import pg from 'pg';
import { assert } from '../../../base/errors.ts';
import { limits } from '../../../limits.ts';
import { again } from './again.ts';
import { takesNoWrites } from './no-writes.ts';
import { isTogether } from './together.ts';

type Statement = Pick<CompiledQuery, 'sql' | 'parameters'>;

const zero = '\u0000';

/** As the protocol has it; PostgreSQL has no character 0 in a text, and what a program printed may have one. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  assert(typeof value !== 'object', 'a column is a text or a number');
  return String(value).replaceAll(zero, '\ufffd');
}

/** Several statements with one end: the server carries out none after one that failed. */
class Flight extends pg.Query {
  readonly statements: readonly Statement[];

  constructor(statements: readonly Statement[]) {
    super({ text: '' });
    this.statements = statements;
  }

  override submit = (connection: pg.Connection): void => {
    connection.stream.cork();
    for (const { sql, parameters } of this.statements) {
      connection.parse({ name: '', text: sql, types: [] }, true);
      connection.bind({ values: parameters.map(textOf) }, true);
      connection.describe({ type: 'P', name: '' }, true);
      connection.execute({ portal: '' }, true);
    }
    connection.sync();
    connection.stream.uncork();
  };
}

const changes: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

function answerOf({ command, rowCount, rows }: pg.QueryResult): QueryResult<unknown> {
  return { rows, ...(changes.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) };
}

/** Bounds come with each transaction: a pooler in transaction mode refuses those of a connection. */
const bounded = ['statement_timeout', 'idle_in_transaction_session_timeout'].map((name) =>
  CompiledQuery.raw(`set local ${name} = '${limits.databaseSecondsMax}s'`),
);

/** The server gives up shortly before we do, and takes the locks from a process that stopped in the middle. */
function beginning({ isolationLevel = 'read committed', accessMode }: TransactionSettings): Statement[] {
  // Without a word the server's own mode holds: one that takes no writes then says so, in the same way everywhere.
  const begin = ['begin isolation level', isolationLevel, ...(accessMode ? [accessMode] : [])].join(' ');
  return [CompiledQuery.raw(begin), ...bounded];
}

const commit = CompiledQuery.raw('commit');
const rollback = CompiledQuery.raw('rollback');

class Connection implements DatabaseConnection {
  readonly #client: pg.PoolClient;
  /** What goes with the next statement. */
  #ahead: Statement[] = [];
  /** Whether the transaction has not begun at the server. */
  #isUntold = false;
  #isInTransaction = false;
  #isBroken = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (!isTogether(query)) return (await this.#run([query]))[0] as QueryResult<R>;
    const { kind, statements } = query;
    if (kind === 'ahead') {
      assert(this.#isInTransaction, 'only a transaction has a next statement');
      this.#ahead.push(...statements);
      return { rows: [] };
    }
    return { rows: (await (kind === 'whole' ? this.#whole(statements) : this.#run(statements))) as R[] };
  }

  // biome-ignore lint/correctness/useYield: the port has it, and nobody reads row by row.
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('rows are read at once');
  }

  begin(settings: TransactionSettings): void {
    this.#ahead = beginning(settings);
    this.#isUntold = true;
    this.#isInTransaction = true;
  }

  async commit(): Promise<void> {
    const nothingToDo = this.#isUntold && this.#ahead.length === bounded.length + 1;
    if (!nothingToDo) {
      const answers = await this.#send([commit]);
      if (answers.at(-1)?.command === 'ROLLBACK') throw new AbortedTransactionError();
    }
    this.#end();
  }

  async rollback(): Promise<void> {
    const isBegun = !this.#isUntold;
    this.#end();
    if (!isBegun) return;
    await this.#send([rollback]).catch(() => {
      // It is closed, and its transaction with it.
      this.#isBroken = true;
    });
  }

  release(): void {
    this.#client.release(this.#isBroken);
  }

  #end(): void {
    this.#ahead = [];
    this.#isUntold = false;
    this.#isInTransaction = false;
  }

  /** Answers to these statements, without those that went ahead. */
  async #run(statements: readonly Statement[]): Promise<QueryResult<unknown>[]> {
    const attempt = async () => (await this.#send(statements)).slice(-statements.length).map(answerOf);
    return this.#isInTransaction ? attempt() : again(attempt);
  }

  #whole(statements: readonly Statement[]): Promise<QueryResult<unknown>[]> {
    return again(async () => {
      this.begin({});
      try {
        const answers = await this.#send([...statements, commit]);
        this.#end();
        return answers.slice(-statements.length - 1, -1).map(answerOf);
      } catch (error) {
        await this.rollback();
        throw error;
      }
    });
  }

  async #send(statements: readonly Statement[]): Promise<pg.QueryResult[]> {
    const all = [...this.#ahead, ...statements];
    this.#ahead = [];
    this.#isUntold = false;
    try {
      return await this.#ask(all);
    } catch (error) {
      // The next one may lead to the server that took over.
      if (takesNoWrites(error)) this.#isBroken = true;
      // Whoever reads of it wants to know who asked, not who read from the socket.
      if (error instanceof Error) Error.captureStackTrace(error);
      throw error;
    }
  }

  #ask(all: readonly Statement[]): Promise<pg.QueryResult[]> {
    return new Promise((resolve, reject) => {
      const answered = (error: Error | undefined, answers: pg.QueryResult | pg.QueryResult[]) =>
        error ? reject(error) : resolve([answers].flat());
      const query: (...args: unknown[]) => unknown = this.#client.query.bind(this.#client);
      const [first, ...others] = all;
      if (first && others.length === 0) query(first.sql, first.parameters.map(textOf), answered);
      else query(new Flight(all), answered);
    });
  }
}

/** Gives out the connections of a pool, which it ends. */
export function postgresDriver(pool: pg.Pool): Driver {
  const connections = new WeakMap<pg.PoolClient, Connection>();
  const ours = (connection: DatabaseConnection) => connection as Connection;
  return {
    init: async () => {},
    async acquireConnection() {
      const client = await pool.connect();
      const connection = connections.get(client) ?? new Connection(client);
      connections.set(client, connection);
      return connection;
    },
    beginTransaction: async (connection, settings) => ours(connection).begin(settings),
    commitTransaction: (connection) => ours(connection).commit(),
    rollbackTransaction: (connection) => ours(connection).rollback(),
    releaseConnection: async (connection) => ours(connection).release(),
    destroy: () => pool.end(),
  };
}
