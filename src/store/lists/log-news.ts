/**
 * Entries of the sessions' logs as they come, once each.
 *
 * An entry has its number before it is committed, so that on PostgreSQL one with a lower number may be seen later than one with a
 * higher. Numbers that are left out below one that was seen are looked for again, until nobody can still be writing them.
 */
import { limits } from '../../limits.ts';
import type { Db } from '../database/schema.ts';

export interface LogNews<Entry> {
  /** What came since the last call, of at most `max` new numbers, in the order of their numbers. */
  next(max: number): Promise<Entry[]>;
}

/** So many numbers below one that was seen are looked for. */
const gapMax = 300;
/** Longer than a transaction goes on with its next statement. */
const lateMs = 4_000 * limits.databaseSecondsMax;

export interface LogNewsOptions<Entry> {
  readonly now: () => number;
  /** The entries with these numbers that are wanted. */
  readonly read: (ids: readonly number[]) => Promise<Entry[]>;
}

/** What comes behind the entries that `trx` sees, or behind number `after`. */
export async function openLogNews<Entry>(
  trx: Db,
  db: Db,
  after: number | undefined,
  { now, read }: LogNewsOptions<Entry>,
): Promise<LogNews<Entry>> {
  /** Until when each number is looked for. */
  const missing = new Map<number, number>();
  let last = 0;

  function note(found: readonly number[]): void {
    const until = now() + lateMs;
    for (const id of found) {
      for (let gap = Math.max(last + 1, id - gapMax); gap < id; gap += 1) missing.set(gap, until);
      last = id;
    }
  }

  async function come(): Promise<number[]> {
    for (const [id, until] of missing) if (until < now()) missing.delete(id);
    if (missing.size === 0) return [];
    const late = db
      .selectFrom('log_entries')
      .select('id')
      .where('id', 'in', [...missing.keys()]);
    return (await late.execute()).map(({ id }) => id);
  }

  const newest = trx.selectFrom('log_entries').select('id').orderBy('id', 'desc').limit(gapMax);
  const known = await (after === undefined ? newest : newest.where('id', '<=', after)).execute();
  last = (known.at(-1)?.id ?? 1) - 1;
  note(known.map(({ id }) => id).reverse());
  last = Math.max(last, after ?? 0);
  return {
    async next(max) {
      const late = await come();
      const newer = db.selectFrom('log_entries').select('id').where('id', '>', last).orderBy('id').limit(max);
      const found = (await newer.execute()).map(({ id }) => id);
      for (const id of late) missing.delete(id);
      note(found);
      return late.length + found.length === 0 ? [] : read([...late, ...found]);
    },
  };
}
