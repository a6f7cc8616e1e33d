/** Keeps messages and their deliveries; a delivery wakes its session in the same transaction. */
import type { MessageStore } from '../broker/broker.ts';
import type { Message } from '../broker/message.ts';
import { parsed, withoutNulls } from './rows.ts';
import type { Db, RowOf } from './schema.ts';
import { ensureSession, wakeSession } from './session-rows.ts';

/** The message of a row. */
export function messageOf(row: RowOf<'messages'>): Message {
  const { id, to_address, from_address, command, at, dedupe_key: dedupeKey, caused_by: causedBy } = row;
  const payload = parsed<Message['payload']>(row.payload) ?? {};
  return { id, to: to_address, from: from_address, command, payload, at, ...withoutNulls({ dedupeKey, causedBy }) };
}

/** `debounceMsOf` says how long an agent's sessions wait for more messages before they wake. */
export function createMessages(db: Db, now: () => number, debounceMsOf: (agentId: string) => number): MessageStore {
  return {
    async add({ id, to, from, command, payload, at, dedupeKey = null, causedBy = null }) {
      const texts = { to_address: to, from_address: from, dedupe_key: dedupeKey, caused_by: causedBy };
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('messages')
        .values({ id, command, payload: JSON.stringify(payload), at, state: 'new', ...texts })
        .onConflict((conflict) => conflict.columns(['from_address', 'to_address', 'dedupe_key']).doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },
    async get(messageId) {
      const row = await db.selectFrom('messages').selectAll().where('id', '=', messageId).executeTakeFirst();
      return row && messageOf(row);
    },
    async unrouted(max) {
      const rows = await db
        .selectFrom('messages')
        .selectAll()
        .where('state', '=', 'new')
        .orderBy('seq')
        .limit(max)
        .execute();
      return rows.map(messageOf);
    },
    delivered: (messageId, deliveries) =>
      db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('messages')
          .set({ state: deliveries.length === 0 ? 'dead' : 'routed' })
          .where((eb) => eb.and({ id: messageId, state: 'new' }))
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) return;
        const at = now();
        for (const { agentId, sessionId } of deliveries) {
          await ensureSession(trx, { agentId, sessionId }, at);
          await trx
            .insertInto('deliveries')
            .values({ message_id: messageId, agent_id: agentId, session_id: sessionId, at })
            .execute();
          await wakeSession(trx, { agentId, sessionId }, at + debounceMsOf(agentId));
        }
      }),
  };
}
