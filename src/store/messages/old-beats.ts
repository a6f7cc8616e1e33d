/** Heartbeats that are over: nobody reads them again, and each agent gets many a day. */
import type { Db } from '../database/schema.ts';
import type { Words } from '../database/words.ts';

const beats = 'platform/heartbeat';
const atOnceMax = 1_000;

/** How many were deleted, of at most `atOnceMax`. */
async function dropSome(trx: Db, { lockFree }: Words, before: number): Promise<number> {
  const old = trx
    .selectFrom('messages')
    .select('id')
    .where('from_address', '=', beats)
    .where('at', '<', before)
    .where('state', '!=', 'new')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('deliveries')
            .select('deliveries.seq')
            .whereRef('deliveries.message_id', '=', 'messages.id')
            .where('deliveries.finished_at', 'is', null),
        ),
      ),
    )
    .limit(atOnceMax);
  const ids = (await lockFree(old).execute()).map(({ id }) => id);
  if (ids.length === 0) return 0;
  await trx.deleteFrom('deliveries').where('message_id', 'in', ids).execute();
  await trx.deleteFrom('messages').where('id', 'in', ids).execute();
  return ids.length;
}

/** Deletes those from before this time, milliseconds since 1970, that no turn waits for. */
export async function dropBeats(db: Db, words: Words, before: number): Promise<void> {
  let dropped = atOnceMax;
  while (dropped === atOnceMax) dropped = await db.transaction().execute((trx) => dropSome(trx, words, before));
}
