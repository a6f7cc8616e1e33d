/** Who carries the claims, behind the product's own port, and how work that a claim covers is written: in one transaction with its fence. */
import { sql } from 'kysely';
import type { AgentId } from '../../src/agents/agent-id.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import type { Claims } from '../../src/store/claims/port.ts';
import { openDatabase } from '../../src/store/database/open.ts';
import type { Db } from '../../src/store/database/schema.ts';
import { mustHold, type TurnKey } from '../../src/store/fence.ts';
import { createSessions } from '../../src/store/sessions.ts';
import type { CarrierName } from './history.ts';

export interface Carrier {
  readonly claims: Claims;
  /** Makes sessions that can be woken. */
  add(names: readonly string[]): Promise<void>;
  /** Writes that the holder works on its turn's session. Throws, and writes nothing, if the turn has lost it. */
  write(turn: TurnKey, holder: string): Promise<void>;
  close(): Promise<void>;
}

export interface CarrierOptions {
  readonly url: string;
  readonly clock: Clock;
}

export const agentId = 'claims' as AgentId;
export const keyOf = (name: string) => ({ agentId, sessionId: name as SessionId });

const insertWrite = (trx: Db, { sessionId }: TurnKey, holder: string) =>
  sql`insert into claims_history (kind, session, holder) values ('write', ${sessionId}, ${holder})`.execute(trx);

async function ours({ url, clock }: CarrierOptions): Promise<Carrier> {
  const { db, words, time } = await openDatabase({ folder: '', url, clock });
  const sessions = createSessions(db, words, time);
  return {
    claims: { ...sessions, claim: (options) => sessions.claim({ ...options, batchMax: 100 }) },
    async add(names) {
      for (const name of names) await sessions.ensure(keyOf(name));
    },
    write: (turn, holder) =>
      db.transaction().execute(async (trx) => {
        await mustHold(trx, turn, time.now());
        await insertWrite(trx, turn, holder);
      }),
    close: () => db.destroy(),
  };
}

const carriers = { ours };

export const openCarrier = (name: CarrierName, options: CarrierOptions): Promise<Carrier> => carriers[name](options);
