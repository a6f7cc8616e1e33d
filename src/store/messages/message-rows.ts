/** The rows of messages: how they are read, stored, and given to sessions. */
import type { Delivery } from '../../broker/deliver.ts';
import { type Message, personOf } from '../../broker/message.ts';
import { isQuestion } from '../../broker/question.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { parsed, withoutNulls } from '../rows.ts';
import { ensureSession, letBegin, wakeSession } from '../session-rows.ts';

/** Converts a row to a message. */
export function messageOf(row: RowOf<'messages'>): Message {
  const { id, to_address, from_address, command, at, dedupe_key: dedupeKey, caused_by: causedBy } = row;
  const payload = parsed<Message['payload']>(row.payload) ?? {};
  return { id, to: to_address, from: from_address, command, payload, at, ...withoutNulls({ dedupeKey, causedBy }) };
}

/** Stores a message; false if one with the same from, to and dedupeKey exists. A message to a person is not routed. */
export async function storeMessage(db: Db, message: Message): Promise<boolean> {
  const { id, to, from, command, payload, at, dedupeKey = null, causedBy = null } = message;
  // A person reads the message in the store.
  const state = personOf(to) === undefined ? 'new' : 'routed';
  const texts = { to_address: to, from_address: from, dedupe_key: dedupeKey, caused_by: causedBy };
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('messages')
    .values({ id, command, payload: JSON.stringify(payload), at, state, ...texts })
    .onConflict((conflict) => conflict.columns(['from_address', 'to_address', 'dedupe_key']).doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export interface Delivering {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** How long an agent's sessions wait for more messages before they wake, in milliseconds. */
  readonly debounceMsOf: (agentId: string) => number;
}

/** Gives a stored message to sessions and wakes them, within the caller's transaction; without sessions it is dead. */
export async function storeDeliveries(
  trx: Db,
  messageId: string,
  deliveries: readonly Omit<Delivery, 'command' | 'messageId'>[],
  { at, debounceMsOf }: Delivering,
): Promise<void> {
  const message = await trx
    .updateTable('messages')
    .set({ state: deliveries.length === 0 ? 'dead' : 'routed' })
    .where((eb) => eb.and({ id: messageId, state: 'new' }))
    .returning(['from_address', 'command'])
    .executeTakeFirst();
  if (!message) return;
  const isPersons = personOf(message.from_address) !== undefined;
  for (const { agentId, sessionId } of deliveries) {
    await ensureSession(trx, { agentId, sessionId }, at);
    await trx
      .insertInto('deliveries')
      .values({ message_id: messageId, agent_id: agentId, session_id: sessionId, at })
      .execute();
    // A question is complete, so there is no need to wait for more messages.
    await wakeSession(trx, { agentId, sessionId }, at + (isQuestion(message) ? 0 : debounceMsOf(agentId)));
    if (isPersons) await letBegin(trx, { agentId, sessionId });
  }
}
