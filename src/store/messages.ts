/** Keeps messages and their deliveries; a delivery wakes its session in the same transaction. */
import { formatAddress } from '../broker/address.ts';
import type { MessageStore } from '../broker/broker.ts';
import { type Message, personOf } from '../broker/message.ts';
import type { Db, RowOf } from './database/schema.ts';
import { parsed, withoutNulls } from './rows.ts';
import { ensureSession, letBegin, wakeSession } from './session-rows.ts';

/** The message of a row. */
export function messageOf(row: RowOf<'messages'>): Message {
  const { id, to_address, from_address, command, at, dedupe_key: dedupeKey, caused_by: causedBy } = row;
  const payload = parsed<Message['payload']>(row.payload) ?? {};
  return { id, to: to_address, from: from_address, command, payload, at, ...withoutNulls({ dedupeKey, causedBy }) };
}

async function isFromPerson(trx: Db, messageId: string): Promise<boolean> {
  const row = await trx.selectFrom('messages').select('from_address').where('id', '=', messageId).executeTakeFirst();
  return row !== undefined && personOf(row.from_address) !== undefined;
}

/** `debounceMsOf` says how long an agent's sessions wait for more messages before they wake. */
export function createMessages(db: Db, now: () => number, debounceMsOf: (agentId: string) => number): MessageStore {
  /** Kept apart, so that what cannot be sent out yet never stands in the way of what can be routed. */
  async function waiting(to: 'slack' | 'agents', max: number): Promise<Message[]> {
    const rows = await db
      .selectFrom('messages')
      .selectAll()
      .where('state', '=', 'new')
      .where('to_address', to === 'slack' ? 'like' : 'not like', 'slack/%')
      .orderBy('seq')
      .limit(max)
      .execute();
    return rows.map(messageOf);
  }

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
    async open(to) {
      const { new: unrouted } = await db
        .selectFrom('messages')
        .select((eb) => eb.fn.countAll().as('new'))
        .where((eb) => eb.and({ state: 'new', to_address: formatAddress(to) }))
        .executeTakeFirstOrThrow();
      if (to.kind === 'slack') return Number(unrouted);
      const { agentId: agent_id, sessionId: session_id } = to;
      const { open } = await db
        .selectFrom('deliveries')
        .select((eb) => eb.fn.countAll().as('open'))
        .where((eb) => eb.and({ agent_id, ...(session_id ? { session_id } : {}) }))
        .where('finished_at', 'is', null)
        .executeTakeFirstOrThrow();
      return Number(unrouted) + Number(open);
    },
    unrouted: (max) => waiting('agents', max),
    outbound: (max) => waiting('slack', max),
    delivered: (messageId, deliveries) =>
      db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('messages')
          .set({ state: deliveries.length === 0 ? 'dead' : 'routed' })
          .where((eb) => eb.and({ id: messageId, state: 'new' }))
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) return;
        const at = now();
        const isPersons = await isFromPerson(trx, messageId);
        for (const { agentId, sessionId } of deliveries) {
          await ensureSession(trx, { agentId, sessionId }, at);
          await trx
            .insertInto('deliveries')
            .values({ message_id: messageId, agent_id: agentId, session_id: sessionId, at })
            .execute();
          await wakeSession(trx, { agentId, sessionId }, at + debounceMsOf(agentId));
          if (isPersons) await letBegin(trx, { agentId, sessionId });
        }
      }),
  };
}
