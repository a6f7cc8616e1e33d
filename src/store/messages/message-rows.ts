/** The rows of messages: how they are read, stored, and given to sessions. */
import type { Delivery } from '../../broker/deliver.ts';
import { type Message, personOf } from '../../broker/message.ts';
import { isQuestion } from '../../broker/question.ts';
import { ahead } from '../database/at-once/together.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { parsed, withoutNulls } from '../rows.ts';
import { ensureSessions, inLockOrder, wakeSessions } from '../session-rows.ts';

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

/** A new message with the sessions that get it; without any it is dead. */
export interface Given {
  readonly message: Pick<RowOf<'messages'>, 'id' | 'from_address' | 'command'>;
  readonly deliveries: readonly Omit<Delivery, 'command' | 'messageId'>[];
}

/** Marks them as routed or dead, in one statement each. */
async function markGiven(trx: Db, given: readonly Given[]): Promise<void> {
  for (const state of ['routed', 'dead'] as const) {
    const all = given.filter(({ deliveries }) => deliveries.length > 0 === (state === 'routed'));
    if (all.length === 0) continue;
    const ids = all.map(({ message }) => message.id);
    await ahead(trx, trx.updateTable('messages').set({ state }).where('id', 'in', ids));
  }
}

/** What sessions have in common that are woken by one statement. */
interface Wake {
  readonly agentId: string;
  readonly wakeAt: number;
  readonly isPersons: boolean;
}

/**
 * Gives locked new messages to sessions and wakes them, within the caller's transaction: a few statements, however many they are, which
 * go with its next one.
 */
export async function storeDeliveries(
  trx: Db,
  given: readonly Given[],
  { at, debounceMsOf }: Delivering,
): Promise<void> {
  await markGiven(trx, given);
  const all = given.flatMap(({ message, deliveries }) =>
    deliveries.map(({ agentId, sessionId }) => ({ agentId, sessionId, message })),
  );
  if (all.length === 0) return;
  await ensureSessions(trx, inLockOrder(all), at);
  const rows = all.map(({ message, agentId, sessionId }) => ({
    message_id: message.id,
    agent_id: agentId,
    session_id: sessionId,
    at,
  }));
  await ahead(trx, trx.insertInto('deliveries').values(rows));
  const wakes = Map.groupBy(all, ({ agentId, message }) => {
    // A question is complete, so there is no need to wait for more messages.
    const wakeAt = at + (isQuestion(message) ? 0 : debounceMsOf(agentId));
    return JSON.stringify({ agentId, wakeAt, isPersons: personOf(message.from_address) !== undefined } satisfies Wake);
  });
  for (const [key, woken] of wakes) {
    const { agentId, wakeAt, isPersons } = JSON.parse(key) as Wake;
    const ids = [...new Set(woken.map(({ sessionId }) => sessionId))].sort();
    await wakeSessions(trx, agentId, ids, { wakeAt, mayBegin: isPersons });
  }
}
