/**
 * The rows of the ledger: which effects of a session are still open.
 *
 * intended -> begun -> done | refused -> applied, when the lifecycle has processed the outcome; all but the last are open.
 */
import { effectKey } from '../effects/effect-key.ts';
import type { Intent } from '../work-items/lifecycle/events.ts';
import type { Db, RowOf } from './database/schema.ts';
import { ofSession, type SessionKey } from './fence.ts';
import { jsonText, parsed } from './rows.ts';

export type EffectRow = RowOf<'effects'>;

export function effectRow(trx: Db, key: string): Promise<EffectRow | undefined> {
  return trx.selectFrom('effects').selectAll().where('key', '=', key).executeTakeFirst();
}

/** The open effects of a session, in the order in which they were requested. */
export const openEffects = (trx: Db, session: SessionKey) =>
  trx
    .selectFrom('effects')
    .selectAll()
    .where((eb) => eb.and(ofSession(session)))
    .where('state', '!=', 'applied')
    .orderBy('position');

/** What they are about. */
export const intentsOf = (rows: readonly EffectRow[]): Intent[] =>
  rows.map(({ intent }) => JSON.parse(intent) as Intent);

/** The position after the session's last effect. */
async function nextPosition(trx: Db, session: SessionKey): Promise<number> {
  const { last } = await trx
    .selectFrom('effects')
    .select((eb) => eb.fn.max('position').as('last'))
    .where((eb) => eb.and(ofSession(session)))
    .executeTakeFirstOrThrow();
  return Number(last ?? 0) + 1;
}

/** Inserts a new effect. */
export async function insertEffect(
  trx: Db,
  session: SessionKey,
  { key, intent, origin }: { key: string; intent: Intent; origin: EffectRow['origin'] },
): Promise<EffectRow> {
  const row: EffectRow = {
    ...ofSession(session),
    key,
    position: await nextPosition(trx, session),
    intent: JSON.stringify(intent),
    origin,
    state: 'intended',
    result: null,
    refusal: null,
    permit_id: null,
    next_at: null,
  };
  await trx.insertInto('effects').values(row).execute();
  return row;
}

/**
 * Stores an effect that the lifecycle requests. An effect that was carried out before is opened as done, so that its performer
 * returns the stored result. A refused one is tried again. An open one stays unchanged.
 */
export async function intend(trx: Db, session: SessionKey, workItemId: number, intent: Intent): Promise<void> {
  const key = effectKey(session.agentId, workItemId, intent);
  const row = await effectRow(trx, key);
  if (!row) await insertEffect(trx, session, { key, intent, origin: 'lifecycle' });
  else if (row.state === 'applied' || row.state === 'refused') {
    const again = { state: row.result === null ? 'intended' : 'done', origin: 'lifecycle', refusal: null } as const;
    const position = await nextPosition(trx, session);
    await trx
      .updateTable('effects')
      .set({ ...again, position, intent: JSON.stringify(intent) })
      .where('key', '=', key)
      .execute();
  }
}

/** Marks an effect whose outcome the lifecycle has processed. */
export async function markApplied(trx: Db, key: string): Promise<void> {
  await trx.updateTable('effects').set({ state: 'applied', next_at: null }).where('key', '=', key).execute();
}

/** Drops the open effects of a session after a person cancelled it. They can be requested again. */
export async function dropOpenEffects(trx: Db, session: SessionKey): Promise<void> {
  await trx
    .updateTable('effects')
    .set({ state: 'applied', next_at: null })
    .where((eb) => eb.and(ofSession(session)))
    .where('state', '!=', 'applied')
    .execute();
}

/** Stores the outcome of an effect: either `result` or `refusal`. */
export async function setOutcome(
  trx: Db,
  key: string,
  outcome: Partial<Pick<EffectRow, 'state' | 'permit_id' | 'next_at'>> & { result?: unknown; refusal?: unknown },
): Promise<void> {
  const { result, refusal, ...columns } = outcome;
  await trx
    .updateTable('effects')
    .set({ ...columns, result: jsonText(result), refusal: jsonText(refusal) })
    .where('key', '=', key)
    .execute();
}

/** The stored result of a completed effect. */
export function resultOf<T>(row: EffectRow): T | undefined {
  return (row.state === 'done' || row.state === 'applied' ? parsed<T>(row.result) : null) ?? undefined;
}
