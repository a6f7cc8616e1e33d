/**
 * Copies all rows between a SQLite file and PostgreSQL, page by page, so that neither side ever has many of them in memory.
 *
 * Which tables there are is read from the file: both databases went through the same steps.
 */
import type Database from 'better-sqlite3';
import { sql } from 'kysely';
import { limits } from '../../../limits.ts';
import type { Db } from '../schema.ts';

type Row = Readonly<Record<string, unknown>>;

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** The column that counts up by itself. */
  readonly counter?: string | undefined;
  /** The tables whose rows must be there first. */
  readonly parents: readonly string[];
}

/** The tables of a state, each behind those that its rows name. */
export function tablesOf(file: Database.Database): Table[] {
  const names = file.prepare<[], { name: string; sql: string }>(
    "select name, sql from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like 'kysely%' order by name",
  );
  const left = names.all().map(({ name, sql: text }) => {
    const columns = file
      .prepare<[string], { name: string; pk: number }>('select name, pk from pragma_table_info(?)')
      .all(name);
    const parents = file
      .prepare<[string], string>('select distinct "table" from pragma_foreign_key_list(?)')
      .pluck()
      .all(name);
    const counter = /autoincrement/i.test(text) ? columns.find(({ pk }) => pk === 1)?.name : undefined;
    return { name, columns: columns.map((column) => column.name), counter, parents };
  });
  const ordered: Table[] = [];
  const isThere = (name: string) => ordered.some((table) => table.name === name);
  while (left.length > 0) {
    const next = left.findIndex(({ name, parents }) => parents.every((parent) => parent === name || isThere(parent)));
    ordered.push(...left.splice(Math.max(next, 0), 1));
  }
  return ordered;
}

/** How many rows come next: as many as stay within a page's bytes, going by those before. */
function nextCount(count: number, page: readonly Row[]): number {
  const bytes = page.reduce(
    (sum, row) => sum + Object.values(row).reduce<number>((of, value) => of + String(value).length, 0),
    0,
  );
  if (bytes > limits.copyPageBytesMax) return Math.max(1, Math.floor(count / 2));
  return bytes * 2 > limits.copyPageBytesMax ? count : Math.min(count * 2, limits.copyPageRowsMax);
}

async function* pagesOf(trx: Db, { name, columns }: Table): AsyncGenerator<Row[]> {
  const wanted = sql.join(columns.map((column) => sql.ref(column)));
  await sql`declare page no scroll cursor for select ${wanted} from ${sql.table(name)}`.execute(trx);
  for (let count = 1; ; ) {
    const { rows } = await sql<Row>`fetch ${sql.lit(count)} from page`.execute(trx);
    if (rows.length === 0) break;
    yield rows;
    count = nextCount(count, rows);
  }
  await sql`close page`.execute(trx);
}

/** The last number that a counter gave out; 0 if none. */
async function lastOf(trx: Db, table: string, column: string): Promise<number> {
  const found = sql<{ name: string }>`select pg_get_serial_sequence(${table}, ${column}) as name`;
  const sequence = (await found.execute(trx)).rows[0]?.name ?? '';
  const last = sql`case when is_called then last_value else last_value - 1 end`;
  const { rows } = await sql<{ last: number }>`select ${last} as last from ${sql.raw(sequence)}`.execute(trx);
  return rows[0]?.last ?? 0;
}

/** Fills the tables of a file with what the transaction sees. */
export async function fillFile(trx: Db, file: Database.Database): Promise<void> {
  // A large file takes its time to reach the disk, and the server must not end the transaction meanwhile.
  await sql`set local idle_in_transaction_session_timeout = 0`.execute(trx);
  file.pragma('foreign_keys = OFF');
  file.exec('begin');
  for (const table of tablesOf(file)) {
    const { name, columns, counter } = table;
    const into = columns.map((column) => `"${column}"`).join(', ');
    const insert = file.prepare(`insert into "${name}" (${into}) values (${columns.map(() => '?').join(', ')})`);
    file.exec(`delete from "${name}"`);
    for await (const rows of pagesOf(trx, table)) {
      for (const row of rows) insert.run(columns.map((column) => row[column]));
    }
    if (counter === undefined) continue;
    file.prepare('delete from sqlite_sequence where name = ?').run(name);
    file.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(name, await lastOf(trx, name, counter));
  }
  file.exec('commit');
}

/** Nobody else writes until the transaction ends; who does so now is waited for. */
export async function lockTables(trx: Db, tables: readonly Pick<Table, 'name'>[]): Promise<void> {
  const names = sql.join(tables.map(({ name }) => sql.table(name)));
  await sql`lock table ${names} in exclusive mode`.execute(trx);
}

async function insertPages(trx: Db, file: Database.Database, { name, columns }: Table): Promise<void> {
  const wanted = columns.map((column) => `"${column}"`).join(', ');
  const insert = (rows: readonly Row[]) =>
    trx
      .insertInto(name as 'platform')
      .values(rows as unknown as { name: string; value: string }[])
      .execute();
  let [page, count]: [Row[], number] = [[], 1];
  for (const row of file.prepare<[], Row>(`select ${wanted} from "${name}" order by rowid`).iterate()) {
    page.push(row);
    if (page.length < count) continue;
    await insert(page);
    [page, count] = [[], nextCount(count, page)];
  }
  if (page.length > 0) await insert(page);
}

/** Replaces all rows by those of a file, with what counts up by itself going on where it was. All of it, or none. */
export async function loadFile(trx: Db, file: Database.Database): Promise<void> {
  const tables = tablesOf(file);
  await sql`truncate ${sql.join(tables.map(({ name }) => sql.table(name)))}`.execute(trx);
  for (const table of tables) {
    await insertPages(trx, file, table);
    const { name, counter } = table;
    if (counter === undefined) continue;
    const last =
      file.prepare<[string], number>('select seq from sqlite_sequence where name = ?').pluck().get(name) ?? 0;
    await sql`alter table ${sql.table(name)} alter column ${sql.ref(counter)} restart with ${sql.lit(last + 1)}`.execute(
      trx,
    );
  }
}
