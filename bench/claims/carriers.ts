/** Who carries the claims, behind the product's own port, and how work that a claim covers is written: in one transaction with its fence. */
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Clock } from '../../src/base/clock.ts';
import type { Claims } from '../../src/store/claims/port.ts';
import { openDatabase } from '../../src/store/database/open.ts';
import type { Tables } from '../../src/store/database/schema.ts';
import { mustHold, type SessionKey, type TurnKey } from '../../src/store/fence.ts';
import { createSessions } from '../../src/store/sessions.ts';
import { createPgBossClaims } from '../pg-boss-claims.ts';

export interface Carrier {
  readonly claims: Claims;
  /** Makes sessions that can be woken. */
  add(sessions: readonly SessionKey[]): Promise<void>;
  /** Writes that the holder works on its turn's session. Throws, and writes nothing, if the turn has lost it. */
  write(turn: TurnKey, holder: string): Promise<void>;
  close(): Promise<void>;
}

export interface CarrierOptions {
  /** Of the PostgreSQL that has the state. */
  readonly url: string;
  readonly clock: Clock;
  /** How long a lease lasts. pg-boss keeps it for all claims together. */
  readonly leaseMs: number;
  /** How long a query may take, in milliseconds. */
  readonly queryMs: number;
}

const insertWrite = (trx: Transaction<Tables>, { sessionId }: TurnKey, holder: string) =>
  sql`insert into claims_history (kind, session, holder) values ('write', ${sessionId}, ${holder})`.execute(trx);

async function ours({ url, clock }: CarrierOptions): Promise<Carrier> {
  const { db, words, time } = await openDatabase({ folder: '', url, clock });
  const sessions = createSessions(db, words, time);
  return {
    claims: { ...sessions, claim: (options) => sessions.claim({ ...options, batchMax: 100 }) },
    async add(all) {
      for (const session of all) await sessions.ensure(session);
    },
    write: (turn, holder) =>
      db.transaction().execute(async (trx) => {
        await mustHold(trx, turn, time.now());
        await insertWrite(trx, turn, holder);
      }),
    close: () => db.destroy(),
  };
}

async function pgBoss({ url, leaseMs, queryMs }: CarrierOptions): Promise<Carrier> {
  // Our own driver takes no lists, which its statements have.
  const pool = new pg.Pool({ connectionString: url, query_timeout: queryMs });
  // If a connection breaks at rest, the next statement gets a new one.
  pool.on('error', () => {});
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const { claims, isHeld, close } = await createPgBossClaims({ url, leaseMs, queryMs });
  return {
    claims,
    add: async () => {},
    write: (turn, holder) =>
      db.transaction().execute(async (trx) => {
        if (!(await isHeld(turn, trx))) throw new Error(`the claim of ${turn.sessionId} is over`);
        await insertWrite(trx, turn, holder);
      }),
    async close() {
      await close();
      await db.destroy();
    },
  };
}

const carriers = { ours, 'pg-boss': pgBoss };

export type CarrierName = keyof typeof carriers;

export const openCarrier = (name: CarrierName, options: CarrierOptions): Promise<Carrier> => carriers[name](options);
