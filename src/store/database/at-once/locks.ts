/**
 * Locks with a name, for what has no row of its own that could be locked: a lock is a row, and is held until its transaction ends.
 *
 * On PostgreSQL transactions go on side by side, and each sees what others have committed by then. So whoever reads first and
 * writes what follows from it locks first. All lock in this order, so that none wait for each other; several of a kind in the
 * order of their names: `lockNames` of `words.ts` -> what came in (messages, slack_inbox) -> sessions -> locks with a name ->
 * proposals -> effects, deliveries, buttons, outbox, slack_threads -> agents -> audit_heads, the last. What breaks the order once
 * in a while is done again.
 */
import { sql } from 'kysely';
import type { Db } from '../schema.ts';

/** What is locked, and whose it is. */
const kinds = ['findings', 'memory', 'overlap', 'proposals', 'threads'] as const;

export type LockName = 'alarms' | 'holdings' | `${(typeof kinds)[number]}/${string}`;

/** Waits until no other transaction holds it. */
export async function lock(trx: Db, name: LockName): Promise<void> {
  await trx
    .insertInto('locks')
    .values({ name })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ name: sql<string>`excluded.name` }))
    .execute();
}

/** Forgets the locks of an agent that is gone. */
export async function dropLocks(trx: Db, agentId: string): Promise<void> {
  const names = kinds.map((kind) => `${kind}/${agentId}`);
  await trx.deleteFrom('locks').where('name', 'in', names).execute();
}

/** For reads that belong together: they see one moment, and no writer waits for them. */
export function atOneMoment<T>(db: Db, read: (trx: Db) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read);
}
