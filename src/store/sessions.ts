/**
 * Which session has a turn: it is found when due, claimed by one owner for a lease, renewed while it runs, and released at its end.
 *
 * A claim increases the epoch, so that writes of earlier turns are refused. Messages that they did not finish are delivered again.
 */
import { assert } from '../base/errors.ts';
import type { Message } from '../broker/message.ts';
import { isAnswerKey, isQuestion } from '../broker/question.ts';
import { workItemSession } from '../broker/session-id.ts';
import type { Refusal } from '../refusal.ts';
import type { Intent } from '../work-items/lifecycle/events.ts';
import type { Db } from './database/schema.ts';
import { type DueSession, dueSessions } from './due.ts';
import { openIntents } from './effect-rows.ts';
import { mustHold, ofSession, type SessionKey, type TurnKey } from './fence.ts';
import { messageOf } from './messages.ts';
import { jsonText, parsed } from './rows.ts';
import {
  earliestWake,
  ensureSession,
  letBegin,
  type StoredSession,
  sessionOf,
  sessionRow,
  wakeSession,
} from './session-rows.ts';

export interface ClaimOptions extends SessionKey {
  /** The owner of the lease: a name that is unique for each node and start. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly batchMax: number;
}

export interface Claim {
  readonly epoch: number;
  /** The number of claims in a row that did not end cleanly, including this one. */
  readonly deaths: number;
  /** When the first of these claims began, milliseconds since 1970. */
  readonly dyingSince: number;
  /** Including its item and its engine session, if it has them. */
  readonly session: StoredSession;
  /** Oldest first. */
  readonly batch: Message[];
  /** The open intents of the session, in order. */
  readonly openIntents: Intent[];
}

export interface ReleaseOptions extends TurnKey {
  /**
   * How the turn ended. `rested`: its messages are finished. `unstarted` (not counted as a death) and `broke`: they are delivered
   * again. `gave-up`: they are dropped, because every turn with them failed.
   */
  readonly end: 'rested' | 'unstarted' | 'broke' | 'gave-up';
  /**
   * The time of its next turn, milliseconds since 1970. Unless the turn `rested`, no turn begins before, even if messages arrive.
   */
  readonly wakeAt?: number;
  /** What the session waits for, if it waits. */
  readonly why?: Refusal;
}

export interface Sessions {
  ensure(session: SessionKey): Promise<StoredSession>;
  get(agentId: string, sessionId: string): Promise<StoredSession | undefined>;
  /** The sessions of one agent or of all, sorted by name. */
  list(agentId?: string): Promise<StoredSession[]>;
  /**
   * Sessions that are due and have no turn; the one that has been due for longest comes first. None of a paused agent or platform.
   */
  due(now: number, max: number): Promise<DueSession[]>;
  /** Undefined if another owner has the session. */
  claim(options: ClaimOptions): Promise<Claim | undefined>;
  /** Renews all leases of the owner and returns the turns that it still has. */
  renew(owner: string, leaseMs: number): Promise<TurnKey[]>;
  /** Returns false and changes nothing if the turn was already over. */
  release(options: ReleaseOptions): Promise<boolean>;
  /** Ends all turns, or those of one owner, after their node died; used when a node starts again. */
  dropLeases(owner?: string): Promise<void>;
  /** Stores why a due session has no turn yet; it stays due. */
  wait(session: SessionKey, why: Refusal): Promise<void>;
  /** Plans a turn at `at` (by default now), unless an earlier one is planned. Also for a session whose turns failed. */
  wake(session: SessionKey, at?: number): Promise<void>;
  /** Sets the order of these work items among due sessions: lower ranks start first. */
  rank(agentId: string, ranks: readonly { workItemId: number; rank: number }[]): Promise<void>;
  /**
   * Stores the engine's id for the conversation, and the plan that it is about. Throws StaleTurnError.
   * Returns whether it is a different conversation than before.
   */
  setEngineSession(turn: TurnKey, engineSessionId: string, planHash?: string): Promise<boolean>;
  /** Marks the session as finished. */
  close(session: SessionKey): Promise<void>;
  /** Deletes the session with its log, transcript and ledger; false if it has a turn. */
  remove(session: SessionKey): Promise<boolean>;
}

/** The oldest open messages. A question comes alone, with the money of its own turn; so does an answer, so that its author is the cause. */
async function takeBatch(trx: Db, turn: TurnKey, max: number): Promise<{ batch: Message[]; isMore: boolean }> {
  const open = await trx
    .selectFrom('deliveries')
    .innerJoin('messages', 'messages.id', 'deliveries.message_id')
    .selectAll('messages')
    .select('deliveries.seq as delivery')
    .where((eb) => eb.and({ 'deliveries.agent_id': turn.agentId, 'deliveries.session_id': turn.sessionId }))
    .where('finished_at', 'is', null)
    .orderBy('deliveries.seq')
    .limit(max + 1)
    .execute();
  const alone = open.findIndex((row) => isQuestion(row) || isAnswerKey(row.dedupe_key ?? ''));
  const taken = open.slice(0, alone === -1 ? max : Math.min(max, Math.max(1, alone)));
  if (taken.length > 0) {
    const numbers = taken.map(({ delivery }) => delivery);
    await trx.updateTable('deliveries').set({ taken_epoch: turn.epoch }).where('seq', 'in', numbers).execute();
  }
  return { batch: taken.map(messageOf), isMore: open.length > taken.length };
}

async function claim(trx: Db, options: ClaimOptions, now: number): Promise<Claim | undefined> {
  const { agentId, sessionId, owner, leaseMs, batchMax } = options;
  const before = await sessionRow(trx, options);
  if (!before || (before.lease_until !== null && before.lease_until > now)) return undefined;
  const turn = { agentId, sessionId, epoch: before.epoch + 1 };
  const dyingSince = before.deaths === 0 ? now : (before.dying_since ?? now);
  // Compared with the epoch that was just read, so that only one of two claimers wins, on any database.
  const { numUpdatedRows } = await trx
    .updateTable('sessions')
    .set({
      epoch: turn.epoch,
      deaths: before.deaths + 1,
      dying_since: dyingSince,
      not_before: null,
      lease_owner: owner,
      lease_until: now + leaseMs,
    })
    .where((eb) => eb.and({ ...ofSession(turn), epoch: before.epoch }))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows !== 1n) return undefined;
  const { batch, isMore } = await takeBatch(trx, turn, batchMax);
  const isLater = before.wake_at !== null && before.wake_at > now;
  const wakeAt = isMore ? now : isLater ? before.wake_at : null;
  await trx
    .updateTable('sessions')
    .set({ wake_at: wakeAt, last_active_at: now })
    .where((eb) => eb.and(ofSession(turn)))
    .execute();
  const row = await sessionRow(trx, turn);
  if (!row) return undefined;
  const { epoch, deaths } = row;
  return { epoch, deaths, dyingSince, session: sessionOf(row), batch, openIntents: await openIntents(trx, turn) };
}

/** The reason with the moment since when it has been the same again and again. */
function lasting(before: Refusal | null | undefined, why: Refusal, now: number): Refusal {
  const isSame = before?.refused === why.refused && before.token === why.token;
  return { ...why, since: (isSame ? before.since : undefined) ?? now };
}

async function release(trx: Db, options: ReleaseOptions, now: number): Promise<boolean> {
  const { epoch, end } = options;
  const wakeAt = options.wakeAt ?? (end === 'rested' ? undefined : now);
  const waits =
    options.why && lasting(parsed<Refusal>((await sessionRow(trx, options))?.waits ?? null), options.why, now);
  const { numUpdatedRows } = await trx
    .updateTable('sessions')
    .set({
      lease_owner: null,
      lease_until: null,
      last_active_at: now,
      waits: jsonText(waits),
      not_before: end === 'rested' ? null : (wakeAt ?? null),
      ...(end === 'rested' ? { deaths: 0, dying_since: null } : {}),
    })
    .where((eb) => eb.and({ ...ofSession(options), epoch }))
    .where('lease_until', 'is not', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return false;
  if (wakeAt !== undefined) await wakeSession(trx, options, wakeAt);
  if (end === 'unstarted') await countDeath(trx, options, -1);
  await finishMessages(trx, options, now);
  return true;
}

async function countDeath(trx: Db, session: SessionKey, by: number): Promise<void> {
  await trx
    .updateTable('sessions')
    .set((eb) => ({ deaths: eb('deaths', '+', by) }))
    .where((eb) => eb.and(ofSession(session)))
    .execute();
}

/** A heartbeat without a started turn is finished too: the next one comes by itself. */
async function finishMessages(trx: Db, { end, epoch, ...session }: ReleaseOptions, now: number): Promise<void> {
  const beats = trx.selectFrom('messages').select('id').where('from_address', '=', 'platform/heartbeat');
  const taken = trx
    .updateTable('deliveries')
    .set({ finished_at: now })
    .where((eb) => eb.and({ ...ofSession(session), taken_epoch: epoch }))
    .where('finished_at', 'is', null);
  const isOver = end === 'rested' || end === 'gave-up';
  await (isOver ? taken : taken.where('message_id', 'in', beats)).execute();
}

async function dropLeases(db: Db, owner: string | undefined, now: number): Promise<void> {
  const leased = db
    .updateTable('sessions')
    .set((eb) => ({
      lease_owner: null,
      lease_until: null,
      wake_at: earliestWake(eb, now),
      deaths: eb('deaths', '-', 1),
    }))
    .where('lease_until', 'is not', null);
  await (owner === undefined ? leased : leased.where('lease_owner', '=', owner)).execute();
  // A node that has just started retries everything at once.
  await db.updateTable('sessions').set({ not_before: null }).where('not_before', 'is not', null).execute();
}

async function renew(trx: Db, owner: string, leaseUntil: number): Promise<TurnKey[]> {
  const held = () => trx.selectFrom('sessions').where('lease_owner', '=', owner).where('lease_until', 'is not', null);
  await trx
    .updateTable('sessions')
    .set({ lease_until: leaseUntil })
    .where('lease_owner', '=', owner)
    .where('lease_until', 'is not', null)
    .execute();
  const rows = await held().select(['agent_id', 'session_id', 'epoch']).execute();
  return rows.map((row) => ({ agentId: row.agent_id, sessionId: row.session_id, epoch: row.epoch }));
}

async function setRanks(trx: Db, agentId: string, ranks: readonly { workItemId: number; rank: number }[], now: number) {
  for (const { workItemId, rank } of ranks) {
    const session = { agentId, sessionId: workItemSession(workItemId) };
    await ensureSession(trx, session, now);
    await trx
      .updateTable('sessions')
      .set({ rank })
      .where((eb) => eb.and(ofSession(session)))
      .execute();
  }
}

export function createSessions(db: Db, now: () => number): Sessions {
  return {
    ensure: (session) =>
      db.transaction().execute(async (trx) => {
        await ensureSession(trx, session, now());
        const row = await sessionRow(trx, session);
        assert(row, 'the session was created before it is read');
        return sessionOf(row);
      }),
    async get(agentId, sessionId) {
      const row = await sessionRow(db, { agentId, sessionId });
      return row && sessionOf(row);
    },
    async list(agentId) {
      const all = db.selectFrom('sessions').selectAll().orderBy('agent_id').orderBy('session_id');
      const rows = await (agentId === undefined ? all : all.where('agent_id', '=', agentId)).execute();
      return rows.map(sessionOf);
    },
    rank: (agentId, ranks) => db.transaction().execute((trx) => setRanks(trx, agentId, ranks, now())),
    due: (at, max) => dueSessions(db, at, max),
    claim: (options) => db.transaction().execute((trx) => claim(trx, options, now())),
    renew: (owner, leaseMs) => db.transaction().execute((trx) => renew(trx, owner, now() + leaseMs)),
    release: (options) => db.transaction().execute((trx) => release(trx, options, now())),
    dropLeases: (owner) => dropLeases(db, owner, now()),
    async wait(session, why) {
      const waits = jsonText(why);
      const due = db.updateTable('sessions').where((eb) => eb.and(ofSession(session)));
      await due.set({ waits }).where('lease_until', 'is', null).where('waits', 'is distinct from', waits).execute();
    },
    async wake(session, at = now()) {
      await wakeSession(db, session, at);
      await letBegin(db, session);
    },
    setEngineSession: (turn, engineSessionId, planHash) =>
      db.transaction().execute(async (trx) => {
        await mustHold(trx, turn, now());
        const before = await sessionRow(trx, turn);
        const held = trx.updateTable('sessions').where((eb) => eb.and(ofSession(turn)));
        await held.set({ engine_session_id: engineSessionId, engine_plan_hash: planHash ?? null }).execute();
        return before?.engine_session_id !== engineSessionId;
      }),
    async close(session) {
      const open = db.updateTable('sessions').where((eb) => eb.and({ ...ofSession(session) }));
      await open.set({ closed_at: now() }).where('closed_at', 'is', null).execute();
    },
    async remove(session) {
      const { numDeletedRows } = await db
        .deleteFrom('sessions')
        .where((eb) => eb.and(ofSession(session)))
        .where('lease_until', 'is', null)
        .executeTakeFirstOrThrow();
      return numDeletedRows === 1n;
    },
  };
}
