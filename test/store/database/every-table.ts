/** A state in which every table has rows, whatever tables there are, and all rows of a state. */
import type Database from 'better-sqlite3';
import { tablesOf } from '../../../src/store/database/backups/copy.ts';

/** Of the log there is more than a page has; everything else has a row for each session. */
const sessionCount = 4;
export const rowsOfLog = 1_300;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
}

/** Of row `nth`, the first is 1. Rows of one number belong to one session, and to one message. */
function valueIn({ name, type, notnull }: Column, nth: number): string | number | null {
  if (name === 'agent_id') return `codechange/a-${nth % sessionCount}`;
  if (name === 'session_id') return `wi-${nth % sessionCount}`;
  if (name === 'message_id' || name === 'id') return type.toLowerCase() === 'text' ? `m${nth}` : 3 * nth;
  if (notnull === 0 && nth % 3 === 0) return null;
  if (type.toLowerCase() === 'text') return `${name} ${nth} “é” 漢 '"\\ \n\t%`;
  return type.toLowerCase() === 'double precision' ? nth + 0.1 : 3 * nth;
}

/** Fills every table of the file. */
export function fillEveryTable(file: Database.Database): void {
  for (const { name } of tablesOf(file)) {
    const columns = file.prepare<[string], Column>('select name, type, "notnull" from pragma_table_info(?)').all(name);
    const insert = file.prepare(
      `insert into "${name}" (${columns.map((column) => `"${column.name}"`)}) values (${columns.map(() => '?')})`,
    );
    const count = name === 'log_entries' ? rowsOfLog : sessionCount;
    const write = file.transaction(() => {
      for (let nth = 1; nth <= count; nth += 1) insert.run(columns.map((column) => valueIn(column, nth)));
    });
    write();
  }
}

/** All rows by table, in an order of their own. */
export function rowsOf(file: Database.Database): Record<string, string[]> {
  const rows = (name: string) => file.prepare(`select * from ${name}`).all();
  return Object.fromEntries(
    tablesOf(file).map(({ name }) => [
      name,
      rows(name)
        .map((row) => JSON.stringify(row))
        .sort(),
    ]),
  );
}
