/** The time by which a state is dated: that of its database, which every node follows, however wrong its own clock is. */
import { sql } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../limits.ts';
import type { Db } from './schema.ts';
import type { Words } from './words.ts';

export interface SharedTime {
  /** Milliseconds since 1970. */
  now(): number;
  /** What this machine's clock calls `ms`, in milliseconds since 1970. */
  of(ms: number): number;
  /** Compares with the database again, if that was long ago. Throws as a query does. */
  follow(): Promise<void>;
}

/** Of one machine alone. */
export function ownTime(clock: Pick<Clock, 'now'>): SharedTime {
  return { now: () => clock.now(), of: (ms) => ms, follow: async () => {} };
}

/**
 * The database is asked seldom; in between the machine's uptime counts, which nobody sets. An answer that came late says little
 * about the time, so it counts only where there is no other.
 */
export async function databaseTime(db: Db, words: Words, clock: Pick<Clock, 'now'>): Promise<SharedTime> {
  const ask = async () => {
    const sent = performance.now();
    const [row] = (await sql<{ time: number }>`select ${words.time()} as time`.execute(db)).rows;
    const tookMs = performance.now() - sent;
    return { time: row?.time ?? Number.NaN, steady: sent + tookMs / 2, tookMs };
  };
  let known = await ask();
  const now = () => Math.round(known.time + performance.now() - known.steady);
  return {
    now,
    of: (ms) => ms - clock.now() + now(),
    async follow() {
      const agoMs = performance.now() - known.steady;
      if (agoMs < limits.databaseTimeSeconds * 1_000) return;
      const asked = await ask();
      if (asked.tookMs <= limits.databaseTimeMsMax || agoMs > limits.databaseTimeSeconds * 10_000) known = asked;
    },
  };
}
