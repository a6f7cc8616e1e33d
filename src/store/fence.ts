/**
 * The fence of a turn: a write that names a turn which is over, or was given to someone else, changes nothing.
 *
 * It is the first statement of every transaction that writes for a turn, and holds the session's row until its end.
 */
import { type Refusal, refuse } from '../refusal.ts';
import type { Db } from './database/schema.ts';

/** Which session is meant. */
export interface SessionKey {
  readonly agentId: string;
  readonly sessionId: string;
}

/** Which turn of it: the epoch that its claim gave out. */
export interface TurnKey extends SessionKey {
  readonly epoch: number;
}

/** Thrown to a turn that writes although it lost its session; its work is to be thrown away. */
class StaleTurnError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.why);
    this.name = 'StaleTurnError';
    this.refusal = refusal;
  }
}

/** The key as columns, for `where`. */
export function ofSession({ agentId, sessionId }: SessionKey): { agent_id: string; session_id: string } {
  return { agent_id: agentId, session_id: sessionId };
}

/** Undefined when the turn still has its session, which then counts as active at `now`; else GATE_LEASE. */
export async function fence(trx: Db, turn: TurnKey, now: number): Promise<Refusal | undefined> {
  const { numUpdatedRows } = await trx
    .updateTable('sessions')
    .set({ last_active_at: now })
    .where((eb) => eb.and({ ...ofSession(turn), epoch: turn.epoch }))
    .where('lease_until', 'is not', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 1n) return undefined;
  return refuse('GATE_LEASE', `turn ${turn.epoch} of ${turn.sessionId} of ${turn.agentId} is over`);
}

/** The same for callers that have no way to return a refusal: throws StaleTurnError. */
export async function mustHold(trx: Db, turn: TurnKey, now: number): Promise<void> {
  const refusal = await fence(trx, turn, now);
  if (refusal) throw new StaleTurnError(refusal);
}
