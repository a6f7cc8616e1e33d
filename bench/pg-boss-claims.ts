/**
 * pg-boss behind the product's port of claims: what would carry the turns if our own lease could not.
 *
 * One queue holds a message for each wake, keyed by its session, at most one of them waiting and one being worked on. A claim is the
 * fetch of that message, a renewal its heartbeat, a release its completion or failure. What pg-boss does not have (a list of what is
 * due, the end of all that an owner has) is read from its table.
 */
import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { type AttachableClock, fromKysely, type JobAttempt, PgBoss } from 'pg-boss';
import type { AgentId } from '../src/agents/agent-id.ts';
import type { SessionId } from '../src/broker/session-id.ts';
import type { Refusal } from '../src/refusal.ts';
import type { ClaimOptions, Claims, DueSession, Held, ReleaseOptions } from '../src/store/claims/port.ts';
import type { Tables } from '../src/store/database/schema.ts';
import type { SessionKey, TurnKey } from '../src/store/fence.ts';

/** What it keeps with a message. */
interface Note extends SessionKey {
  /** Claims that are not counted as deaths. */
  readonly forgiven?: number;
  /** When the first claim of those that failed began, milliseconds since 1970. */
  readonly dyingSince?: number;
  readonly why?: Refusal;
}

export interface PgBossOptions {
  readonly url: string;
  /** At least 10 s: pg-boss takes no shorter heartbeat. It looks each second for those that are over, its shortest interval. */
  readonly leaseMs: number;
  /** How long a query may take, in milliseconds. */
  readonly queryMs?: number;
  /** Of tests, which move the time. */
  readonly clock?: AttachableClock;
}

export interface PgBossClaims {
  readonly claims: Claims;
  /** The fence: whether the turn still has its session. Within a transaction it keeps it until that ends. */
  isHeld(turn: TurnKey, trx?: Transaction<Tables>): Promise<boolean>;
  close(): Promise<void>;
}

const queue = 'turns';
const keyOf = ({ agentId, sessionId }: SessionKey) => `${agentId} ${sessionId}`;

/** A fetch can be told a priority and no key, so each session has a priority of its own. */
const numberOf = (session: SessionKey) => createHash('sha256').update(keyOf(session)).digest().readUInt32BE() >>> 1;

/** Attempts count within one message, and epochs within a session, whose messages follow each other. */
const attemptsMax = 1_000;
const epochOf = (createdMs: number, attempts: number) => createdMs * attemptsMax + attempts;
const attemptOf = ({ claimId, epoch }: TurnKey): JobAttempt => ({ id: claimId, retryCount: (epoch % attemptsMax) - 1 });

const affected = (answer: object): number => ('affected' in answer ? Number(answer.affected) : 0);

interface Waiting {
  readonly id: string;
  readonly data: Note;
  readonly epoch: number;
  readonly dueMs: number;
  readonly lateMs: number;
  readonly isDue: boolean;
}

const columns = `id, data, cast(extract(epoch from start_after) * 1000 as float8) as "dueMs",
  cast(extract(epoch from pgboss.job_now() - start_after) * 1000 as float8) as "lateMs",
  start_after <= pgboss.job_now() as "isDue",
  cast(extract(epoch from created_on) * 1000 as float8) as "createdMs",
  case when started_on is null then 0 else retry_count + 1 end as attempts`;

/** First what a fetch takes, and else what is due next. */
const first = `start_after > pgboss.job_now(), case when start_after <= pgboss.job_now() then created_on end, start_after`;

type WaitingRow = Omit<Waiting, 'epoch'> & { createdMs: number; attempts: number };

const waitingOf = ({ createdMs, attempts, ...row }: WaitingRow): Waiting => ({
  ...row,
  epoch: epochOf(Math.floor(createdMs), attempts),
});

async function openBoss({ url, leaseMs, queryMs, clock }: PgBossOptions): Promise<PgBoss> {
  const connection = new URL(url);
  if (queryMs !== undefined) connection.searchParams.set('query_timeout', queryMs.toString());
  const boss = new PgBoss({
    connectionString: connection.href,
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
    schedule: false,
    registerInstance: false,
    reindex: false,
    ...(queryMs === undefined ? {} : { connectionTimeoutMillis: queryMs }),
    ...(clock ? { clock } : {}),
  });
  // It tells of each query that failed; the next one tries again.
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue(queue, {
    policy: 'stately',
    heartbeatSeconds: Math.ceil(leaseMs / 1_000),
    expireInSeconds: 23 * 3_600,
    retryLimit: attemptsMax - 2,
  });
  return boss;
}

function createCalls(boss: PgBoss) {
  const read = async (text: string, ...values: unknown[]): Promise<WaitingRow[]> =>
    (await boss.getDb().executeSql(`select ${columns} from pgboss.job where name = '${queue}' and ${text}`, values))
      .rows;

  /** What is known of a session's claims by this process, which a failed message must keep. */
  const notes = new Map<string, { note: Note; owner: string }>();

  const waiting = async (session: SessionKey): Promise<Waiting[]> =>
    (await read(`state < 'active' and singleton_key = $1 order by ${first}`, keyOf(session))).map(waitingOf);

  const send = (session: SessionKey, startAfter?: Date) =>
    boss.send(queue, { agentId: session.agentId, sessionId: session.sessionId } satisfies Note, {
      singletonKey: keyOf(session),
      priority: numberOf(session),
      ...(startAfter ? { startAfter } : {}),
    });

  async function wake(session: SessionKey, at?: number): Promise<void> {
    const [next] = await waiting(session);
    if (next !== undefined && (at === undefined ? next.isDue : next.dueMs <= at)) return;
    const startAfter = at === undefined ? undefined : new Date(at);
    if (next === undefined) return void (await send(session, startAfter));
    const { updated } = await boss.update(queue, undefined, { id: next.id, startAfter: startAfter ?? 0 });
    // It was fetched in between, so it has not seen what this wake is for.
    if (updated === 0) await send(session, startAfter);
  }

  /** Back to the queue, from `at` on. */
  async function fail(attempt: JobAttempt, note: Note, at?: number, why?: Refusal): Promise<boolean> {
    if (affected(await boss.fail(queue, attempt, why ?? null)) === 0) return false;
    const startAfter = at === undefined ? {} : { startAfter: new Date(at) };
    await boss.update(queue, note, { id: attempt.id, ...startAfter });
    return true;
  }

  const forgiven = (note: Note): Note => ({ ...note, forgiven: (note.forgiven ?? 0) + 1 });

  async function claim({ owner, epoch: seen, ...session }: ClaimOptions): Promise<Held | undefined> {
    const [next] = await waiting(session);
    if (next === undefined || (seen !== undefined && seen !== next.epoch)) return undefined;
    const number = numberOf(session);
    const [got] = await boss.fetch<Note>(queue, { includeMetadata: true, minPriority: number, maxPriority: number });
    if (got === undefined) return undefined;
    const { agentId, sessionId } = got.data;
    const attempt = { id: got.id, retryCount: got.retryCount };
    const isAsked = keyOf(got.data) === keyOf(session) && (seen === undefined || got.id === next.id);
    if (!isAsked) return void (await fail(attempt, forgiven(got.data)));
    const dyingSince = got.data.dyingSince ?? (got.retryCount === 0 ? got.startedOn : got.createdOn).getTime();
    notes.set(got.id, { note: { ...got.data, dyingSince }, owner });
    const epoch = epochOf(got.createdOn.getTime(), got.retryCount + 1);
    const deaths = got.retryCount + 1 - (got.data.forgiven ?? 0);
    return { agentId, sessionId, epoch, claimId: got.id, deaths, dyingSince };
  }

  async function release({ end, wakeAt, why, ...turn }: ReleaseOptions): Promise<boolean> {
    const note = notes.get(turn.claimId)?.note ?? { agentId: turn.agentId, sessionId: turn.sessionId };
    notes.delete(turn.claimId);
    const attempt = attemptOf(turn);
    if (end === 'broke' || end === 'unstarted')
      return fail(attempt, end === 'broke' ? note : forgiven(note), wakeAt, why);
    if (affected(await boss.complete(queue, attempt, why ?? null)) === 0) return false;
    if (wakeAt !== undefined) await wake(turn, wakeAt);
    return true;
  }

  return { read, notes, waiting, wake, fail, forgiven, claim, release };
}

/** Opens its own connections to the database, and makes its tables there. */
export async function createPgBossClaims(options: PgBossOptions): Promise<PgBossClaims> {
  const boss = await openBoss(options);
  const { read, notes, waiting, wake, fail, forgiven, claim, release } = createCalls(boss);
  const touch = async (turns: readonly TurnKey[]) => affected(await boss.touch(queue, turns.map(attemptOf)));

  const claims: Claims = {
    wake,
    claim,
    release,
    async wait(session, why) {
      for (const { id, data } of await waiting(session)) await boss.update(queue, { ...data, why }, { id });
    },
    async due({ max }) {
      const isDue = 'start_after <= pgboss.job_now()';
      const isFree = `not exists (select from pgboss.job o
        where o.name = '${queue}' and o.state = 'active' and o.singleton_key = job.singleton_key)`;
      const isFirst = `id = (select o.id from pgboss.job o where o.name = '${queue}' and o.state < 'active'
        and o.singleton_key = job.singleton_key and o.start_after <= pgboss.job_now() order by o.created_on limit 1)`;
      const asked = `state < 'active' and ${isDue} and ${isFree} and ${isFirst} order by start_after limit $1`;
      const rows = await read(asked, max);
      return rows.map((row): DueSession => {
        const { data, epoch, lateMs } = waitingOf(row);
        return { agentId: data.agentId as AgentId, sessionId: data.sessionId as SessionId, epoch, lateMs };
      });
    },
    async renew(turns) {
      if (turns.length === 0 || (await touch(turns)) === turns.length) return { renewed: turns, lost: [] };
      const held = await Promise.all(turns.map(async (turn) => ({ turn, isHeld: (await touch([turn])) === 1 })));
      const those = (wanted: boolean) => held.filter(({ isHeld }) => isHeld === wanted).map(({ turn }) => turn);
      return { renewed: those(true), lost: those(false) };
    },
    async giveBack(owner) {
      for (const { id, data, attempts } of await read(`state = 'active'`)) {
        const known = notes.get(id);
        if (owner !== undefined && known?.owner !== owner) continue;
        await fail({ id, retryCount: attempts - 1 }, forgiven(known?.note ?? data));
      }
    },
  };
  return {
    claims,
    async isHeld(turn, trx) {
      return affected(await boss.touch(queue, attemptOf(turn), trx ? { db: fromKysely(trx) } : {})) === 1;
    },
    close: () => boss.stop({ graceful: false }),
  };
}
