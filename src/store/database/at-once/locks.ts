/**
 * Locks with a name, for what has no row of its own that could be locked: one is held until its transaction ends.
 *
 * On PostgreSQL transactions go on side by side, and each sees what others have committed by then. So whoever reads first and
 * writes what follows from it locks first. All lock in this order, so that none wait for each other; several of a kind in the
 * order of their names: places, money, an instance, activity -> what came in (messages, slack_inbox) -> sessions -> the other
 * names -> proposals -> effects, deliveries, buttons, outbox, slack_threads -> agents -> audit_heads, the last. What breaks the
 * order once in a while is done again.
 */
import { PostgresAdapter, sql } from 'kysely';
import type { Db } from '../schema.ts';
import { ahead } from './together.ts';

/** What is locked, and whose it is. */
type Kind = 'activity' | 'findings' | 'instance' | 'memory' | 'money' | 'overlap' | 'places' | 'proposals' | 'threads';

export type LockName = 'alarms' | 'holdings' | `${Kind}/${string}`;

/**
 * The next statement waits until no other transaction holds any of these. SQLite's one writer at a time has locked everything.
 */
export async function lock(trx: Db, ...names: readonly LockName[]): Promise<void> {
  if (!(trx.getExecutor().adapter instanceof PostgresAdapter)) return;
  const sorted = [...new Set(names)].sort();
  const list = sql.join(sorted.map((name) => sql`cast(${name} as text)`));
  const locks = sql`select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest(array[${list}]) as name`;
  await ahead(trx, { compile: () => locks.compile(trx) });
}

/** For reads that belong together: they see one moment, and no writer waits for them. */
export function atOneMoment<T>(db: Db, read: (trx: Db) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read);
}
