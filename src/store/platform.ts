/** The state of the whole platform: whether it is paused. */

import type { Db } from './database/schema.ts';
import { settleRestored } from './restored.ts';

const pausedName = 'paused-at';

/** A row if the platform is paused. */
export const pausedQuery = (db: Db) => db.selectFrom('platform').select('value').where('name', '=', pausedName);

export interface Platform {
  /** When it was paused, milliseconds since 1970; undefined if it is not paused. */
  pausedAt(): Promise<number | undefined>;
  /** Starts no new turns until `resume`; survives restarts. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Prepares a restored state: pauses it, and makes each open work item check where it is. Returns the number of open items. */
  settleRestored(): Promise<number>;
}

export function createPlatform(db: Db, now: () => number): Platform {
  return {
    async pausedAt() {
      const row = await pausedQuery(db).executeTakeFirst();
      return row && Number(row.value);
    },
    async pause() {
      await db
        .insertInto('platform')
        .values({ name: pausedName, value: String(now()) })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute();
    },
    async resume() {
      await db.deleteFrom('platform').where('name', '=', pausedName).execute();
    },
    settleRestored: () => settleRestored(db, now()),
  };
}
