/** The rows of sessions: how they are created, woken and read. */
import { type RawBuilder, sql } from 'kysely';
import type { AgentId } from '../agents/agent-id.ts';
import type { PendingTrigger } from '../broker/pending-trigger.ts';
import type { Session } from '../broker/session.ts';
import { type SessionId, workItemIdOf } from '../broker/session-id.ts';
import type { Refusal } from '../refusal.ts';
import { type WorkItem, workOf } from '../work-items/work-item.ts';
import { ahead } from './database/at-once/together.ts';
import type { Db, RowOf } from './database/schema.ts';
import { ofSession, type SessionKey } from './fence.ts';
import { parsed, withoutNulls } from './rows.ts';

export interface StoredSession extends Session {
  readonly item?: WorkItem;
  /** When its next turn is planned, milliseconds since 1970. */
  readonly wakeAt?: number;
  /** The claim that has it, or had it last. */
  readonly claimId?: string;
  readonly leaseOwner?: string;
  readonly leaseUntil?: number;
  /** The number of claims in a row that did not end cleanly, including the current one. */
  readonly deaths: number;
  /** No turn begins before this time, milliseconds since 1970: its turns failed. */
  readonly notBefore?: number;
  /** What it waits for since its last turn, if it waits. */
  readonly waits?: Refusal;
  readonly engineSessionId?: string;
  /** The hash of the plan that the engine's conversation is about. */
  readonly enginePlanHash?: string;
  readonly usd: number;
  readonly tokens: { readonly input: number; readonly cached: number; readonly output: number };
  readonly turns: number;
}

export function sessionOf(row: RowOf<'sessions'>): StoredSession {
  const item = parsed<WorkItem>(row.item);
  return {
    agentId: row.agent_id as AgentId,
    sessionId: row.session_id as SessionId,
    title: row.title,
    epoch: row.epoch,
    createdAt: row.created_at,
    lastActiveAt: row.last_active_at,
    deaths: row.deaths,
    usd: row.usd,
    tokens: { input: row.tokens_input, cached: row.tokens_cached, output: row.tokens_output },
    turns: row.turns,
    keepsWork: item !== null && item.deployment === undefined && workOf(item) !== undefined,
    ...withoutNulls({
      item,
      closedAt: row.closed_at,
      phase: row.phase,
      workItemId: row.work_item_id,
      pendingTrigger: parsed<PendingTrigger>(row.pending_trigger),
      wakeAt: row.wake_at,
      notBefore: row.not_before,
      waits: parsed<Refusal>(row.waits),
      claimId: row.claim_id,
      leaseOwner: row.lease_owner,
      leaseUntil: row.lease_until,
      engineSessionId: row.engine_session_id,
      enginePlanHash: row.engine_plan_hash,
    }),
  };
}

export function sessionRow(trx: Db, session: SessionKey): Promise<RowOf<'sessions'> | undefined> {
  return trx
    .selectFrom('sessions')
    .selectAll()
    .where((eb) => eb.and(ofSession(session)))
    .executeTakeFirst();
}

/**
 * Creates the rows of these sessions, each named once, where they do not exist, and locks them in this order: nobody deletes one until
 * the transaction ends.
 */
export async function ensureSessions(trx: Db, sessions: readonly SessionKey[], now: number): Promise<void> {
  const rows = sessions.map((session) => ({
    ...ofSession(session),
    title: session.sessionId,
    created_at: now,
    last_active_at: now,
    work_item_id: workItemIdOf(session.sessionId as SessionId) ?? null,
  }));
  const ensured = trx
    .insertInto('sessions')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['agent_id', 'session_id']).doUpdateSet((eb) => ({ title: eb.ref('sessions.title') })),
    );
  await ahead(trx, ensured);
}

/** The same for one. */
export const ensureSession = (trx: Db, session: SessionKey, now: number): Promise<void> =>
  ensureSessions(trx, [session], now);

/** Each once, in the order that all transactions keep. */
export function inLockOrder<T extends SessionKey>(sessions: readonly T[]): T[] {
  const named = new Map(sessions.map((session) => [`${session.agentId} ${session.sessionId}`, session]));
  return [...named].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, session]) => session);
}

/** Locks the rows of sessions, as far as they exist, in the order that all transactions keep. */
export async function lockSessions(trx: Db, sessions: readonly SessionKey[]): Promise<void> {
  for (const session of inLockOrder(sessions)) {
    await trx
      .selectFrom('sessions')
      .select('session_id')
      .where((eb) => eb.and(ofSession(session)))
      .forNoKeyUpdate()
      .execute();
  }
}

/** The earlier of the stored wake time and `at`, for an update. */
export function earliestWake(at: number | RawBuilder<number>): RawBuilder<number> {
  return sql<number>`case when wake_at < ${at} then wake_at else ${at} end`;
}

/** Removes the pause of a session whose turns failed: a person wants a new try at once. */
export const letBegin = (trx: Db, session: SessionKey) =>
  trx
    .updateTable('sessions')
    .set({ not_before: null })
    .where((eb) => eb.and(ofSession(session)));

/** Plans a turn at `at`, unless an earlier one is planned. */
export const wakeSession = (trx: Db, session: SessionKey, at: number) =>
  trx
    .updateTable('sessions')
    .set({ wake_at: earliestWake(at) })
    .where((eb) => eb.and(ofSession(session)));

/** The same for several sessions of an agent; `mayBegin` also removes the pause of those whose turns failed. */
export async function wakeSessions(
  trx: Db,
  agentId: string,
  sessionIds: readonly string[],
  { wakeAt, mayBegin }: { wakeAt: number; mayBegin: boolean },
): Promise<void> {
  const woken = trx.updateTable('sessions').where('agent_id', '=', agentId).where('session_id', 'in', sessionIds);
  await ahead(trx, woken.set({ wake_at: earliestWake(wakeAt), ...(mayBegin ? { not_before: null } : {}) }));
}
