/**
 * The fence of a turn: a write for a turn that is over, or that another worker has claimed, has no effect.
 *
 * It is the first statement of every transaction that writes for a turn, and it locks the session's row until the end.
 */
import { type Refusal, refuse } from '../refusal.ts';
import type { Db } from './database/schema.ts';

/** Identifies a session. */
export interface SessionKey {
  readonly agentId: string;
  readonly sessionId: string;
}

/** Identifies a turn by its session and its claim. */
export interface TurnKey extends SessionKey {
  /** The number of the claim. */
  readonly epoch: number;
  /** Random: after a failover that lost a commit, the same number is given out twice, but never the same claim. */
  readonly claimId: string;
}

/** Thrown if a turn writes after it lost its session; its work must be discarded. */
class StaleTurnError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.why);
    this.name = 'StaleTurnError';
    this.refusal = refusal;
  }
}

/** The key as columns for `where`. */
export function ofSession({ agentId, sessionId }: SessionKey): { agent_id: string; session_id: string } {
  return { agent_id: agentId, session_id: sessionId };
}

/** The key of a turn as columns for `where`. */
export function ofTurn(turn: TurnKey): ReturnType<typeof ofSession> & { epoch: number; claim_id: string } {
  return { ...ofSession(turn), epoch: turn.epoch, claim_id: turn.claimId };
}

/** The turn of a larger value. */
export function turnKeyOf({ agentId, sessionId, epoch, claimId }: TurnKey): TurnKey {
  return { agentId, sessionId, epoch, claimId };
}

/** That a turn has lost its session. */
export function turnIsOver({ agentId, sessionId, epoch }: TurnKey): Refusal {
  return refuse('GATE_LEASE', `turn ${epoch} of ${sessionId} of ${agentId} is over`);
}

/** Undefined if the turn still has its session, which is then marked as active at `now`; otherwise GATE_LEASE. */
export async function fence(trx: Db, turn: TurnKey, now: number): Promise<Refusal | undefined> {
  const { numUpdatedRows } = await trx
    .updateTable('sessions')
    .set({ last_active_at: now })
    .where((eb) => eb.and(ofTurn(turn)))
    .where('lease_until', 'is not', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n ? undefined : turnIsOver(turn);
}

/** The same for callers that cannot return a refusal: throws StaleTurnError. */
export async function mustHold(trx: Db, turn: TurnKey, now: number): Promise<void> {
  const refusal = await fence(trx, turn, now);
  if (refusal) throw new StaleTurnError(refusal);
}
