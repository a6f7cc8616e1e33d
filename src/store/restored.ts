/** Prepares a state that was restored from a backup: nothing begins before a person resumes it, and nothing is done twice. */

import { isOver } from '../work-items/phase.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Db } from './database/schema.ts';
import { parsed } from './rows.ts';

/** Drops the old messages of people; instead, a message of the platform makes each open item check where it is. */
async function replaceMessages(trx: Db, now: number): Promise<number> {
  await trx.updateTable('messages').set({ state: 'dead' }).where('state', '=', 'new').execute();
  await trx.updateTable('deliveries').set({ finished_at: now }).where('finished_at', 'is', null).execute();
  const sessions = await trx.selectFrom('sessions').selectAll().where('item', 'is not', null).execute();
  const open = sessions.filter(({ item }) => !isOver(parsed<WorkItem>(item)?.phase ?? 'intake'));
  for (const { agent_id, session_id } of open) {
    const id = `restored-${now}-${agent_id}-${session_id}`;
    const texts = { to_address: `agent/${agent_id}/session/${session_id}`, from_address: 'platform/restore' };
    const none = { dedupe_key: null, caused_by: null };
    const message = {
      id,
      ...texts,
      command: 'work.restored',
      payload: '{}',
      at: now,
      state: 'routed' as const,
      ...none,
    };
    await trx.insertInto('messages').values(message).execute();
    await trx.insertInto('deliveries').values({ message_id: id, agent_id, session_id, at: now }).execute();
    await trx
      .updateTable('sessions')
      .set({ wake_at: now })
      .where((eb) => eb.and({ agent_id, session_id }))
      .execute();
  }
  return open.length;
}

/** Returns the number of open work items. */
export function settleRestored(db: Db, now: number): Promise<number> {
  return db.transaction().execute(async (trx) => {
    await trx
      .insertInto('platform')
      .values({ name: 'paused-at', value: String(now) })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    await trx.updateTable('sessions').set({ lease_owner: null, lease_until: null, claim_id: null }).execute();
    await trx.deleteFrom('nodes').execute();
    // Who had something first may have changed since the backup.
    await trx.deleteFrom('holdings').execute();
    // The next look at each board lists everything, not only what changed after the last look.
    await trx.updateTable('agents').set({ poll_cursor: null }).execute();
    return replaceMessages(trx, now);
  });
}
