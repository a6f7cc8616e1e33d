/**
 * Claims as one row's compare-and-set: one statement takes a session whose lease is over by the database's clock.
 *
 * A claim increases the epoch and draws a random id; every later write, renewal and release names both, and a stale one changes
 * nothing. Each function is one statement, within the caller's transaction if there is one.
 */
import { randomUUID } from 'node:crypto';
import { type Compilable, sql, type UpdateObject } from 'kysely';
import type { Db, RowOf, Tables } from '../database/schema.ts';
import type { Words } from '../database/words.ts';
import { ofSession, ofTurn, type TurnKey } from '../fence.ts';
import { earliestWake } from '../session-rows.ts';
import type { ClaimOptions, Renewal } from './port.ts';

/**
 * Answers with the claimed row; with none if it is not there, another owner has it, or it was claimed since it was seen at `epoch`.
 * `columns` are set with it.
 */
export function claimRow(
  db: Db,
  words: Words,
  options: ClaimOptions,
  columns: Partial<RowOf<'sessions'>> = {},
): Compilable<RowOf<'sessions'>> {
  const { time, lockFree } = words;
  const free = db
    .selectFrom('sessions')
    .select('session_id')
    .where((eb) => eb.and(ofSession(options)))
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', time())]));
  const seen = options.epoch === undefined ? free : free.where('epoch', '=', options.epoch);
  return db
    .updateTable('sessions')
    .set((eb) => ({
      ...columns,
      epoch: eb('epoch', '+', 1),
      claim_id: randomUUID(),
      deaths: eb('deaths', '+', 1),
      dying_since: sql<number>`case when deaths = 0 or dying_since is null then ${time()} else dying_since end`,
      not_before: null,
      lease_owner: options.owner,
      lease_until: sql<number>`${time()} + ${options.leaseMs}`,
      wake_at: sql<number>`case when wake_at > ${time()} then wake_at end`,
      last_active_at: time(),
    }))
    .where('agent_id', '=', options.agentId)
    .where('session_id', '=', lockFree(seen))
    .returningAll();
}

/** Renews turns whose lease is not over yet. A row that a transaction has locked is left out: the next renewal sees it. */
export async function renewRows(db: Db, words: Words, turns: readonly TurnKey[], leaseMs: number): Promise<Renewal> {
  if (turns.length === 0) return { renewed: [], lost: [] };
  const { time, lockFree } = words;
  const ids = turns.map(({ claimId }) => claimId);
  const held = () => db.selectFrom('sessions').select('claim_id').where('claim_id', 'in', ids);
  const renewing = db
    .updateTable('sessions')
    .set({ lease_until: sql<number>`${time()} + ${leaseMs}` })
    .where('claim_id', 'in', lockFree(held().where('lease_until', '>', time())));
  const renewed = new Set((await renewing.returning('claim_id').execute()).map((row) => row.claim_id));
  const known = new Set((await held().execute()).map((row) => row.claim_id));
  return {
    renewed: turns.filter(({ claimId }) => renewed.has(claimId)),
    lost: turns.filter(({ claimId }) => !known.has(claimId)),
  };
}

/** Whether the turn has its session by the clock that dates leases. */
export async function isHeld(db: Db, { time }: Words, turn: TurnKey): Promise<boolean> {
  const row = await db
    .selectFrom('sessions')
    .select('epoch')
    .where((eb) => eb.and(ofTurn(turn)))
    .where('lease_until', '>', time())
    .executeTakeFirst();
  return row !== undefined;
}

/** The session of a turn that is not over. */
export const heldRow = (db: Db, turn: TurnKey) =>
  db
    .selectFrom('sessions')
    .select('session_id')
    .where((eb) => eb.and(ofTurn(turn)))
    .where('lease_until', 'is not', null);

/** Changes no row if the turn was already over. `columns` are set with it. */
export const endRow = (db: Db, turn: TurnKey, columns: UpdateObject<Tables, 'sessions'>) =>
  db
    .updateTable('sessions')
    .set({ ...columns, lease_owner: null, lease_until: null, claim_id: null })
    .where((eb) => eb.and(ofTurn(turn)))
    .where('lease_until', 'is not', null);

/** Ends turns whose owner works no more; they are due at once. */
export async function giveBackRows(db: Db, { time }: Words, owner?: string): Promise<void> {
  const leased = db
    .updateTable('sessions')
    .set((eb) => ({
      lease_owner: null,
      lease_until: null,
      claim_id: null,
      wake_at: earliestWake(time()),
      deaths: eb('deaths', '-', 1),
    }))
    .where('lease_until', 'is not', null);
  await (owner === undefined ? leased : leased.where('lease_owner', '=', owner)).execute();
}
