/** Opens the database of a state, brought up to the present schema: SQLite in a folder, or PostgreSQL at an address. */
import { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import { migrate } from './migrations.ts';
import { notOpened, postgresDialect, postgresPool } from './postgres.ts';
import type { Db, Tables } from './schema.ts';
import { databaseTime, ownTime, type SharedTime } from './shared-time.ts';
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
  readonly time: SharedTime;
}

async function openPostgres(url: string, { clock, time }: DatabaseOptions): Promise<OpenDatabase> {
  const db = new Kysely<Tables>({ dialect: postgresDialect(postgresPool({ url })) });
  const isOwn = time === 'clock';
  const words = postgresWords(isOwn ? () => clock.now() : undefined);
  try {
    await migrate(db, words.addCounter);
    return { db, words, time: isOwn ? ownTime(clock) : await databaseTime(db, words, clock) };
  } catch (error) {
    await db.destroy();
    throw error instanceof Error && 'facts' in error ? error : notOpened(url, error);
  }
}

export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  const { folder, url, clock } = options;
  if (url !== undefined) return openPostgres(url, options);
  const db = new Kysely<Tables>({ dialect: sqliteDialect(folder) });
  const words = sqliteWords(() => clock.now());
  await migrate(db, words.addCounter);
  return { db, words, time: ownTime(clock) };
}
