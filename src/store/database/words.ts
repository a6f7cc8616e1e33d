/** Where SQLite and PostgreSQL speak differently: the few words of SQL that the store takes from here, so that all else is the same for both. */
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { AddCounter } from './tables.ts';

/** One database's words. */
export interface Words {
  readonly kind: 'sqlite' | 'postgres';
  /** The moment, milliseconds since 1970, by the clock that dates leases: the database's own, where several machines share it. */
  readonly time: () => RawBuilder<number>;
  /** Adds a primary key that counts up by itself. */
  readonly addCounter: AddCounter;
  /** Locks the rows that are selected, and leaves out those that another transaction has locked. */
  readonly lockFree: <DB, TB extends keyof DB, O>(
    query: SelectQueryBuilder<DB, TB, O>,
  ) => SelectQueryBuilder<DB, TB, O>;
  /** The code, such as `WORKERS`, that one field has in a column that holds JSON. */
  readonly codeOf: (column: string, field: string) => RawBuilder<string | null>;
}

/** A time that is known here, as a number that every database adds to. */
const given = (now: () => number) => () => sql<number>`cast(${now()} as bigint)`;

/** SQLite is used by one machine, and its one writer at a time needs no lock. */
export function sqliteWords(now: () => number): Words {
  return {
    kind: 'sqlite',
    time: given(now),
    addCounter: (table, name) => table.addColumn(name, 'integer', (column) => column.primaryKey().autoIncrement()),
    lockFree: (query) => query,
    codeOf: (column, field) => sql`json_extract(${sql.ref(column)}, ${sql.lit(`$.${field}`)})`,
  };
}

/** `now` replaces the database's clock, for tests that move the time. */
export function postgresWords(now?: () => number): Words {
  return {
    kind: 'postgres',
    time: now ? given(now) : () => sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`,
    addCounter: (table, name) =>
      table.addColumn(name, 'bigint', (column) => column.primaryKey().generatedByDefaultAsIdentity()),
    lockFree: (query) => query.forNoKeyUpdate().skipLocked(),
    // Its own JSON takes no character 0 and no half of a pair, which a text of outside can have.
    codeOf: (column, field) => sql`substring(${sql.ref(column)} from ${sql.lit(`"${field}":"([^"]*)"`)})`,
  };
}
