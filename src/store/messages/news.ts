/** What running turns have to hear, whichever node it came by: messages for their sessions, and that people stopped them. */
import type { Db } from '../database/schema.ts';
import type { Words } from '../database/words.ts';
import { ofSession, type SessionKey, type TurnKey } from '../fence.ts';

export interface TurnNews {
  readonly claimId: string;
  /** Messages that no turn has taken, oldest first: a number that stays the same, and what is wanted. */
  readonly messages: readonly { readonly seq: number; readonly command: string }[];
  readonly isStopped: boolean;
}

/** The news of these turns; one without any is left out. */
export async function newsOf(db: Db, turns: readonly TurnKey[]): Promise<TurnNews[]> {
  if (turns.length === 0) return [];
  const untaken = await db
    .selectFrom('deliveries')
    .innerJoin('messages', 'messages.id', 'deliveries.message_id')
    .select(['deliveries.seq', 'deliveries.agent_id', 'deliveries.session_id', 'messages.command'])
    .where((eb) =>
      eb.or(
        turns.map((turn) => eb.and({ 'deliveries.agent_id': turn.agentId, 'deliveries.session_id': turn.sessionId })),
      ),
    )
    .where('deliveries.finished_at', 'is', null)
    .where('deliveries.taken_epoch', 'is', null)
    .orderBy('deliveries.seq')
    .execute();
  const ids = turns.map(({ claimId }) => claimId);
  const asked = db.selectFrom('sessions').select('claim_id').where('claim_id', 'in', ids).where('stop_asked', '=', 1);
  const stopped = new Set((await asked.execute()).map((row) => row.claim_id));
  return turns.flatMap(({ agentId, sessionId, claimId }) => {
    const own = untaken.filter((row) => row.agent_id === agentId && row.session_id === sessionId);
    const messages = own.map(({ seq, command }) => ({ seq, command }));
    const isStopped = stopped.has(claimId);
    return messages.length > 0 || isStopped ? [{ claimId, messages, isStopped }] : [];
  });
}

/** Stops the turn of a session, on whatever node it is; nothing if it has none. */
export async function askStop(db: Db, { time }: Words, session: SessionKey): Promise<void> {
  const held = db.updateTable('sessions').where((eb) => eb.and(ofSession(session)));
  await held.set({ stop_asked: 1 }).where('lease_until', '>', time()).execute();
}
