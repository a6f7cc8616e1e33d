/** Where a test's store keeps its rows: SQLite in a folder, or a database of its own where the vitest project has PostgreSQL. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Dialect, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { inject, onTestFinished } from 'vitest';
import { sqliteDialect } from '../../src/store/database/sqlite.ts';
import { ask, newDatabase } from '../postgres/database.ts';

export interface TestDatabase {
  readonly folder: string;
  /** Of PostgreSQL; undefined where the store is in the folder. */
  readonly url?: string | undefined;
}

/** A new one, gone after the test; its tables are there already where that saves time. */
export async function newTestDatabase(folder: string): Promise<TestDatabase> {
  const postgres = inject('postgres');
  if (!postgres) return { folder };
  const { url, drop } = await newDatabase(postgres);
  onTestFinished(drop);
  return { folder, url };
}

/** Changes rows behind the store's back. */
export async function changeRows({ folder, url }: TestDatabase, statement: string): Promise<void> {
  if (url) return void (await ask(url, statement));
  const database = new Database(join(folder, 'state.db'));
  database.exec(statement);
  database.close();
}

/** For statements by kysely. */
export const dialectOf = ({ folder, url }: TestDatabase): Dialect =>
  url ? new PostgresDialect({ pool: new Pool({ connectionString: url, max: 1 }) }) : sqliteDialect(folder);
