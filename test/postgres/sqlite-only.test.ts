/** What is left out on PostgreSQL is a file that exists, for a reason that holds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteOnly } from './sqlite-only.ts';

const root = join(import.meta.dirname, '../..');

test('each test of the store that stays on SQLite is about it', () => {
  for (const file of Object.keys(sqliteOnly)) {
    expect(readFileSync(join(root, file), 'utf8'), file).toMatch(
      /sqlite\.ts'|backups\/restore\.ts'|better-sqlite3|old-database/,
    );
  }
});
