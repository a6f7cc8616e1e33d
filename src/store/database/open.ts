/** Opens the database of a state, brought up to the present schema: SQLite in a folder, or PostgreSQL at an address. */
import { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import { PatientDatabase } from './at-once/again.ts';
import { refuseMoved } from './backups/moved.ts';
import { type Hints, type HintsOptions, openHints } from './hints.ts';
import { migrate } from './migrations.ts';
import { mustKeepUtf8, newerPlace, notOpened, postgresDialect, postgresPool } from './postgres.ts';
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
  hints(told: Omit<HintsOptions, 'url'>): Promise<Hints | undefined>;
}

async function openPostgres(url: string, { clock, time }: DatabaseOptions): Promise<OpenDatabase> {
  const pool = postgresPool({ url });
  const db = new PatientDatabase({ dialect: postgresDialect(pool) });
  const isOwn = time === 'clock';
  const words = postgresWords(isOwn ? () => clock.now() : undefined);
  try {
    await mustKeepUtf8(pool);
    const { name, another } = newerPlace(url);
    const fix = `Use that version. To go back to an older state, ${another}, then restore there a backup that this version wrote.`;
    await migrate(db, words.addCounter, { name, fix });
    const shared = isOwn ? ownTime(clock) : await databaseTime(db, words, clock);
    return { db, words, time: shared, hints: (told) => openHints({ url, ...told }, pool) };
  } catch (error) {
    await db.destroy();
    throw error instanceof Error && 'facts' in error ? error : notOpened(url, error);
  }
}

/** Throws OutsideError where it cannot be opened, or where the folder's state is in PostgreSQL and no `url` is given. */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  const { folder, url, clock } = options;
  if (url !== undefined) return openPostgres(url, options);
  refuseMoved(folder);
  const db = new Kysely<Tables>({ dialect: sqliteDialect(folder) });
  const words = sqliteWords(() => clock.now());
  await migrate(db, words.addCounter);
  return { db, words, time: ownTime(clock), hints: async () => undefined };
}
