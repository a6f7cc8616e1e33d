/** Until when nothing is asked or sent somewhere, known to all nodes: what one of them was told to wait for, and the pace of a channel. */
import { sql } from 'kysely';
import type { Db } from '../database/schema.ts';
import type { Words } from '../database/words.ts';

export interface Pauses {
  /** Begins a pause of `ms`, unless one lasts: then false. Of many at once, one begins it. */
  take(name: string, ms: number): Promise<boolean>;
  /** A pause of this name lasts for `ms` from now, or longer. */
  extend(name: string, ms: number): Promise<void>;
  /** Those that last, of these names or whose names begin so: each with the rest of it, in milliseconds. */
  left(names: readonly string[]): Promise<ReadonlyMap<string, number>>;
  leftOf(start: string): Promise<ReadonlyMap<string, number>>;
  /** Forgets those that are over. */
  prune(): Promise<void>;
}

export function createPauses(db: Db, { time }: Words): Pauses {
  const begin = (name: string, ms: number) => db.insertInto('pauses').values({ name, until: sql`${time()} + ${ms}` });
  const lasting = () =>
    db
      .selectFrom('pauses')
      .select(['name', sql<number>`until - ${time()}`.as('ms')])
      .where('until', '>', time());
  const mapOf = (rows: readonly { name: string; ms: number }[]) => new Map(rows.map(({ name, ms }) => [name, ms]));
  const later = sql<number>`case when excluded.until > pauses.until then excluded.until else pauses.until end`;
  return {
    async take(name, ms) {
      const { numInsertedOrUpdatedRows } = await begin(name, ms)
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({ until: sql`excluded.until` }).where('pauses.until', '<=', time()),
        )
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },
    async extend(name, ms) {
      await begin(name, ms)
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ until: later }))
        .execute();
    },
    left: async (names) =>
      names.length === 0 ? new Map() : mapOf(await lasting().where('name', 'in', names).execute()),
    prune: async () => void (await db.deleteFrom('pauses').where('until', '<=', time()).execute()),
    leftOf: async (start) => mapOf(await lasting().where(sql`substr(name, 1, ${start.length})`, '=', start).execute()),
  };
}
