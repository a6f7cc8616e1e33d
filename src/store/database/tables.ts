/** Tables in the words of the steps that create them, the same for every database. */
import type { CreateTableBuilder, Kysely } from 'kysely';

type Table = CreateTableBuilder<string, string>;

/** Adds a primary key that counts up by itself, in the words of one database. */
export type AddCounter = (table: Table, name: string) => Table;

/** `?` marks a column that may be null; a count or sum begins at 0. */
type Column = 'counter' | 'text' | 'text?' | 'number' | 'number?' | 'count' | 'sum';

export const sessionKey = ['agent_id', 'session_id'];

/** Makers of tables in one database. */
export function tablesIn(db: Kysely<unknown>, addCounter: AddCounter) {
  const create = (name: string, columns: Record<string, Column>, key: string[] = []): Table => {
    let table: Table = db.schema.createTable(name);
    for (const [column, kind] of Object.entries(columns)) {
      if (kind === 'counter') table = addCounter(table, column);
      else if (kind === 'count') table = table.addColumn(column, 'bigint', (made) => made.notNull().defaultTo(0));
      else if (kind === 'sum')
        table = table.addColumn(column, 'double precision', (made) => made.notNull().defaultTo(0));
      else {
        const type = kind.startsWith('text') ? 'text' : 'bigint';
        table = table.addColumn(column, type, (made) => (kind.endsWith('?') ? made : made.notNull()));
      }
    }
    return key.length === 0 ? table : table.addPrimaryKeyConstraint(`${name}_key`, key);
  };
  /** A table whose rows go when their session goes. */
  const createOfSession = (name: string, columns: Record<string, Column>, key?: string[]): Table =>
    create(name, { ...columns, agent_id: 'text', session_id: 'text' }, key).addForeignKeyConstraint(
      `${name}_session`,
      sessionKey,
      'sessions',
      sessionKey,
      (constraint) => constraint.onDelete('cascade'),
    );
  const usage = {
    usd: 'sum',
    tokens_input: 'count',
    tokens_cached: 'count',
    tokens_output: 'count',
    turns: 'count',
  } as const;
  return { create, createOfSession, usage };
}
