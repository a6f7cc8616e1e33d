/** The statements that kysely gives to a database in this process, with how SQLite finds their rows, asked as they come. */
import Database from 'better-sqlite3';
import { Client } from 'pg';
import { allowed, smallTables } from './allowed.ts';

/** Kysely puts every name in quotes; tests that look at rows by hand do not. */
const isOurs = (sql: string) =>
  /^(select|insert|update|delete|with) /.test(sql) && / (from|into) "|^update "/.test(sql);

export const isAllowed = (sql: string) => allowed.some(([form]) => form.test(sql));
export const isSmall = (table: string) => Object.hasOwn(smallTables, table);

interface Seen {
  readonly texts: Set<string>;
  /** What was found wrong, and is not told yet. */
  readonly faults: string[];
  /** For PostgreSQL: those that nobody explained yet. */
  readonly open: Set<string>;
}

const key = Symbol.for('statements of the store');
const all = globalThis as { [key]?: Seen };

/** A step that reads a whole table. An index that gives the order is read only as far as the limit goes. */
export function sqliteFault(sql: string, steps: readonly string[]): string | undefined {
  if (isAllowed(sql)) return undefined;
  const isLimited = / limit /.test(sql) && / order by /.test(sql);
  const isSorted = steps.some((step) => step.startsWith('USE TEMP B-TREE'));
  return steps.find((step) => {
    // One that SQLite makes for this statement alone, of the whole table.
    if (step.includes('AUTOMATIC')) return true;
    const table = /^SCAN (\w+)(?! CLAUSE)/.exec(step)?.[1];
    if (table === undefined || isSmall(table) || /^SCAN (CONSTANT|\d+-ROW|\(subquery)/.test(step)) return false;
    return !(isLimited && !isSorted);
  });
}

function explainInSqlite(database: Database.Database, prepare: Database.Database['prepare'], sql: string, seen: Seen) {
  const count = sql.match(/\?/g)?.length ?? 0;
  const plan = prepare.call(database, `explain query plan ${sql}`) as Database.Statement<unknown[], { detail: string }>;
  const fault = sqliteFault(
    sql,
    plan.all(...Array(count).fill(null)).map(({ detail }) => detail),
  );
  if (fault) seen.faults.push(`${fault}: ${sql}`);
}

/** One statement, or several that go together. */
function textsOf(query: unknown): string[] {
  if (typeof query === 'string') return [query];
  const { text, statements = [] } = query as { text?: string; statements?: readonly { sql: string }[] };
  return [...(text ? [text] : []), ...statements.map(({ sql }) => sql)];
}

/** Begins to collect; once a process, whose files share it. */
export function collectStatements(): Seen {
  const before = all[key];
  if (before) return before;
  const seen: Seen = { texts: new Set(), faults: [], open: new Set() };
  all[key] = seen;
  const isNew = (sql: string) => isOurs(sql) && !seen.texts.has(sql) && Boolean(seen.texts.add(sql));
  const { prepare } = Database.prototype;
  Database.prototype.prepare = function (this: Database.Database, sql: string) {
    const statement = prepare.call(this, sql);
    if (isNew(sql)) explainInSqlite(this, prepare, sql, seen);
    return statement;
  } as typeof prepare;
  const { query } = Client.prototype;
  Client.prototype.query = function (this: Client, ...args: unknown[]) {
    for (const sql of textsOf(args[0])) if (isNew(sql)) seen.open.add(sql);
    return Reflect.apply(query, this, args);
  } as typeof query;
  return seen;
}
