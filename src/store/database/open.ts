/** Opens the database of a state, brought up to the present schema: SQLite in a folder, or PostgreSQL at an address. */
import { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import { migrate } from './migrations.ts';
import { notOpened, postgresDialect, postgresPool } from './postgres.ts';
import type { Db, Tables } from './schema.ts';
import { sqliteDialect } from './sqlite.ts';
import { postgresWords, sqliteWords, type Words } from './words.ts';

export interface DatabaseOptions {
  /** The state folder; created if missing. */
  readonly folder: string;
  /** Of the PostgreSQL that has the state, instead of SQLite in the folder. */
  readonly url?: string | undefined;
  /** Whose time dates leases: PostgreSQL's own, or for tests that of `clock`. SQLite always takes `clock`. */
  readonly time?: 'database' | 'clock';
  readonly clock: Pick<Clock, 'now'>;
}

interface OpenDatabase {
  readonly db: Db;
  readonly words: Words;
}

async function openPostgres(url: string, now: (() => number) | undefined): Promise<OpenDatabase> {
  const db = new Kysely<Tables>({ dialect: postgresDialect(postgresPool({ url })) });
  const words = postgresWords(now);
  try {
    await migrate(db, words.addCounter);
  } catch (error) {
    await db.destroy();
    throw error instanceof Error && 'facts' in error ? error : notOpened(url, error);
  }
  return { db, words };
}

export async function openDatabase({ folder, url, clock, time = 'database' }: DatabaseOptions): Promise<OpenDatabase> {
  const now = () => clock.now();
  if (url !== undefined) return openPostgres(url, time === 'clock' ? now : undefined);
  const db = new Kysely<Tables>({ dialect: sqliteDialect(folder) });
  const words = sqliteWords(now);
  await migrate(db, words.addCounter);
  return { db, words };
}
