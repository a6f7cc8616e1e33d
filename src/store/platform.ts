/** The few values that concern the whole platform: whether it is paused. */

import type { Db } from './database/schema.ts';
import { settleRestored } from './restored.ts';

const pausedName = 'paused-at';

/** When the platform was paused, milliseconds since 1970; undefined while it works. */
export async function platformPausedAt(db: Db): Promise<number | undefined> {
  const row = await db.selectFrom('platform').select('value').where('name', '=', pausedName).executeTakeFirst();
  return row && Number(row.value);
}

export interface Platform {
  /** When it was paused, milliseconds since 1970; undefined while it works. */
  pausedAt(): Promise<number | undefined>;
  /** No turn begins any more, until `resume`; holds over restarts. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Makes a state from a backup fit to go on: paused, and each open work item told to look where it is; their number. */
  settleRestored(): Promise<number>;
}

export function createPlatform(db: Db, now: () => number): Platform {
  return {
    pausedAt: () => platformPausedAt(db),
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
