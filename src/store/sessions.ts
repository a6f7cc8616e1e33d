/**
 * Which session has a turn: it is found when due, claimed by one owner for a lease, renewed while it runs, and released at its end.
 *
 * A claim increases the epoch, so that writes of earlier turns are refused. Messages that they did not finish are delivered again.
 */
import { sql } from 'kysely';
import type { AgentId } from '../agents/agent-id.ts';
import { assert } from '../base/errors.ts';
import type { Message } from '../broker/message.ts';
import { isAnswerKey, isQuestion } from '../broker/question.ts';
import { workItemSession } from '../broker/session-id.ts';
import type { Refusal } from '../refusal.ts';
import type { Intent } from '../work-items/lifecycle/events.ts';
import { claimRow, endRow, giveBackRows, heldRow, isHeld, renewRows } from './claims/claims.ts';
import { dueSessions } from './claims/due.ts';
import { hasPlace, type PlaceBound, takenPlaces } from './claims/places.ts';
import type { ClaimOptions, Claims, Held, ReleaseOptions } from './claims/port.ts';
import { ahead, alone, together } from './database/at-once/together.ts';
import type { Db, RowOf } from './database/schema.ts';
import type { SharedTime } from './database/shared-time.ts';
import type { Words } from './database/words.ts';
import { intentsOf, openEffects } from './effect-rows.ts';
import { mustHold, ofSession, type SessionKey, type TurnKey } from './fence.ts';
import { messageOf } from './messages/message-rows.ts';
import { askStop, newsOf, type TurnNews } from './messages/news.ts';
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

export interface TurnClaimOptions extends ClaimOptions {
  readonly batchMax: number;
  /** The turn takes a place, and is claimed only if each of these bounds leaves one. Without them it takes none. */
  readonly places?: readonly PlaceBound[];
}

export interface Claim extends Held {
  /** Including its item and its engine session, if it has them. */
  readonly session: StoredSession;
  /** Oldest first. */
  readonly batch: Message[];
  /** The open intents of the session, in order. */
  readonly openIntents: Intent[];
}

/** A session as it was read. */
type SeenSession = SessionKey & Pick<StoredSession, 'lastActiveAt'>;

export interface Sessions extends Claims<TurnClaimOptions, Claim> {
  /** Whether the turn still has its session. */
  holds(turn: TurnKey): Promise<boolean>;
  ensure(session: SessionKey): Promise<StoredSession>;
  get(agentId: string, sessionId: string): Promise<StoredSession | undefined>;
  /** How many turns each agent has now, on all nodes, that take a place. */
  takenPlaces(): Promise<ReadonlyMap<AgentId, number>>;
  /** What came for running turns; one for which nothing came is left out. */
  news(turns: readonly TurnKey[]): Promise<TurnNews[]>;
  /** Stops the turn of a session, on whatever node it is. */
  askStop(session: SessionKey): Promise<void>;
  /** The sessions of one agent or of all, sorted by name. */
  list(agentId?: string): Promise<StoredSession[]>;
  /** Sets the order of these work items among due sessions: lower ranks start first. */
  rank(agentId: string, ranks: readonly { workItemId: number; rank: number }[]): Promise<void>;
  /**
   * Stores the engine's id for the conversation, and the plan that it is about. Throws StaleTurnError.
   * Returns whether it is a different conversation than before.
   */
  setEngineSession(turn: TurnKey, engineSessionId: string, planHash?: string): Promise<boolean>;
  /** Marks the session as finished. */
  close(session: SessionKey): Promise<void>;
  /**
   * Deletes the session with its log, transcript and ledger; false if it has a turn or one to come, if a message waits for one, or if it
   * was active since it was read.
   */
  remove(session: SeenSession): Promise<boolean>;
}

/** The oldest messages that no turn has finished. */
const openMessages = (trx: Db, session: SessionKey, max: number) =>
  trx
    .selectFrom('deliveries')
    .innerJoin('messages', 'messages.id', 'deliveries.message_id')
    .selectAll('messages')
    .select('deliveries.seq as delivery')
    .where((eb) => eb.and({ 'deliveries.agent_id': session.agentId, 'deliveries.session_id': session.sessionId }))
    .where('finished_at', 'is', null)
    .orderBy('deliveries.seq')
    .limit(max);

type OpenMessage = RowOf<'messages'> & { readonly delivery: number };

/** Which of them a turn takes. A question comes alone, with the money of its own turn; so does an answer, so that its author is the cause. */
function takenOf(open: readonly OpenMessage[], max: number): readonly OpenMessage[] {
  const alone = open.findIndex((row) => isQuestion(row) || isAnswerKey(row.dedupe_key ?? ''));
  return open.slice(0, alone === -1 ? max : Math.min(max, Math.max(1, alone)));
}

async function claim(trx: Db, words: Words, options: TurnClaimOptions): Promise<Claim | undefined> {
  const { places } = options;
  if (places && !(await hasPlace(trx, words, places))) return undefined;
  const ofTurnAlone = { takes_instance: 0, usd_aside: 0, stop_asked: 0 };
  const [claimed, open, effects] = await together(
    trx,
    claimRow(trx, words, options, { takes_place: places ? 1 : 0, ...ofTurnAlone }),
    openMessages(trx, options, options.batchMax + 1),
    openEffects(trx, options),
  );
  const [row] = claimed.rows;
  if (!row) return undefined;
  const { agent_id: agentId, session_id: sessionId, epoch, claim_id, deaths, dying_since } = row;
  assert(claim_id !== null && dying_since !== null, 'a claim has an id and a time');
  const turn: TurnKey = { agentId, sessionId, epoch, claimId: claim_id };
  const taken = takenOf(open.rows, options.batchMax);
  const numbers = taken.map(({ delivery }) => delivery);
  if (taken.length > 0) {
    await ahead(trx, trx.updateTable('deliveries').set({ taken_epoch: epoch }).where('seq', 'in', numbers));
  }
  const isMore = open.rows.length > taken.length;
  if (isMore) await ahead(trx, wakeSession(trx, turn, row.last_active_at));
  const session = sessionOf({ ...row, ...(isMore ? { wake_at: row.last_active_at } : {}) });
  const [batch, openIntents] = [taken.map(messageOf), intentsOf(effects.rows)];
  return { ...turn, deaths, dyingSince: dying_since, session, batch, openIntents };
}

/** The reason with the moment since when it has been the same again and again. */
function lasting(before: Refusal | null | undefined, why: Refusal, now: number): Refusal {
  const isSame = before?.refused === why.refused && before.token === why.token;
  return { ...why, since: (isSame ? before.since : undefined) ?? now };
}

/**
 * Of the messages of a turn that is not over, those that no later turn gets; nobody else has its session before the transaction ends. A
 * heartbeat comes again by itself.
 */
function finishMessages(db: Db, { end, epoch, ...turn }: ReleaseOptions, now: number) {
  const beats = db.selectFrom('messages').select('id').where('from_address', '=', 'platform/heartbeat');
  const taken = db
    .updateTable('deliveries')
    .set({ finished_at: now })
    .where((eb) => eb.and({ ...ofSession(turn), taken_epoch: epoch }))
    .where('finished_at', 'is', null)
    .where((eb) => eb.exists(heldRow(db, { ...turn, epoch }).forNoKeyUpdate()));
  return end === 'rested' || end === 'gave-up' ? taken : taken.where('message_id', 'in', beats);
}

/** `now` and `wakeAt` are by the shared time. */
async function release(db: Db, options: ReleaseOptions, now: number): Promise<boolean> {
  const { end, why } = options;
  const hasRested = end === 'rested';
  const wakeAt = options.wakeAt ?? (hasRested ? undefined : now);
  const waits = why && lasting(parsed<Refusal>((await sessionRow(db, options))?.waits ?? null), why, now);
  const [, ended] = await alone(
    db,
    finishMessages(db, options, now),
    endRow(db, options, {
      last_active_at: now,
      waits: jsonText(waits),
      not_before: hasRested ? null : (wakeAt ?? null),
      ...(hasRested ? { deaths: 0, dying_since: null } : {}),
      ...(end === 'unstarted' ? { deaths: sql<number>`deaths - 1` } : {}),
      ...(wakeAt === undefined ? {} : { wake_at: earliestWake(wakeAt) }),
    }),
  );
  return ended.numAffectedRows === 1n;
}

/** One statement, so that nothing comes between the look and the end. */
async function remove(db: Db, session: SeenSession): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where((eb) => eb.and({ ...ofSession(session), last_active_at: session.lastActiveAt }))
    .where('lease_until', 'is', null)
    .where('wake_at', 'is', null)
    .where(({ not, exists, selectFrom }) => {
      const open = selectFrom('deliveries').select('seq').where('finished_at', 'is', null);
      const { agentId, sessionId } = session;
      return not(exists(open.where('agent_id', '=', agentId).where('session_id', '=', sessionId)));
    })
    .executeTakeFirstOrThrow();
  return numDeletedRows === 1n;
}

async function giveBack(db: Db, words: Words, owner?: string): Promise<void> {
  await giveBackRows(db, words, owner);
  // Who works alone and has just started tries everything again at once.
  if (owner !== undefined) return;
  await db.updateTable('sessions').set({ not_before: null }).where('not_before', 'is not', null).execute();
}

async function setRanks(trx: Db, agentId: string, ranks: readonly { workItemId: number; rank: number }[], now: number) {
  const inOrder = [...ranks].sort((one, other) => one.workItemId - other.workItemId);
  for (const { workItemId, rank } of inOrder) {
    const session = { agentId, sessionId: workItemSession(workItemId) };
    await ensureSession(trx, session, now);
    await trx
      .updateTable('sessions')
      .set({ rank })
      .where((eb) => eb.and(ofSession(session)))
      .execute();
  }
}

export function createSessions(db: Db, words: Words, time: SharedTime): Sessions {
  const { now } = time;
  return {
    ensure: (session) =>
      db.transaction().execute(async (trx) => {
        await ensureSession(trx, session, now());
        const row = await sessionRow(trx, session);
        assert(row, 'the session was created before it is read');
        return sessionOf(row);
      }),
    holds: (turn) => isHeld(db, words, turn),
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
    async due(options) {
      await time.follow();
      return dueSessions(db, words, options);
    },
    takenPlaces: () => takenPlaces(db, words),
    news: (turns) => newsOf(db, turns),
    askStop: (session) => askStop(db, words, session),
    claim: (options) => db.transaction().execute((trx) => claim(trx, words, options)),
    renew: (turns, leaseMs) => renewRows(db, words, turns, leaseMs),
    release({ wakeAt, ...rest }) {
      const options = wakeAt === undefined ? rest : { ...rest, wakeAt: time.of(wakeAt) };
      return release(db, options, now());
    },
    giveBack: (owner) => giveBack(db, words, owner),
    async wait(session, why) {
      const waits = jsonText(why);
      const due = db.updateTable('sessions').where((eb) => eb.and(ofSession(session)));
      await due.set({ waits }).where('lease_until', 'is', null).where('waits', 'is distinct from', waits).execute();
    },
    async wake(session, at) {
      await alone(db, wakeSession(db, session, at === undefined ? now() : time.of(at)), letBegin(db, session));
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
    remove: (session) => remove(db, session),
  };
}
