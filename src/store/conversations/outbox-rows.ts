/** The rows of the outbox: how a wish becomes one, with its buttons, and how a row is read. */
import { randomUUID } from 'node:crypto';
import { inParts } from '../../conversations/long-text.ts';
import type { ButtonWish, OutboxWish, Outgoing, Place, ShownButton } from '../../conversations/outgoing.ts';
import type { Refusal } from '../../refusal.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { parsed, withoutNulls } from '../rows.ts';

type OutboxRow = RowOf<'outbox'>;

/** A wish as it is stored. */
export interface Sending extends Omit<OutboxWish, 'buttons'> {
  /** Stands in the message's metadata, by which it is found again. */
  readonly id: string;
  readonly state: OutboxRow['state'];
  /** When it was stored, milliseconds since 1970. */
  readonly at: number;
  /** How often it was tried. */
  readonly attempts: number;
  /** The message's time in Slack, once it is sent. */
  readonly ts?: string;
  /** Why it was not sent. */
  readonly refusal?: Refusal;
}

/** The root of a thread that begins with a message of ours, until that one is sent. */
export const rootOf = (outboxId: string) => `of:${outboxId}`;

export const isUnsent = (root: string | null) => root?.startsWith('of:') ?? false;

export function sendingOf(row: OutboxRow): Sending {
  const { id, key, app, channel, root, origin: by, kind, state, at, attempts, ts } = row;
  const whose = { agentId: row.agent_id, sessionId: row.session_id };
  const place: Place = { app, channel, ...withoutNulls({ root }) };
  const what = { kind, ...(JSON.parse(row.body) as object) } as Outgoing;
  const how = withoutNulls({ ts, refusal: parsed<Refusal>(row.refusal) });
  return { id, key, ...whose, place, by, what, state, at, attempts, ...how };
}

export function outboxRow(trx: Db, id: string): Promise<OutboxRow | undefined> {
  return trx.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Until the transaction ends, nobody else begins to send it, or ends that. */
export function lockedOutboxRow(trx: Db, by: { id: string } | { key: string }): Promise<OutboxRow | undefined> {
  return trx
    .selectFrom('outbox')
    .selectAll()
    .where((eb) => eb.and(by))
    .forNoKeyUpdate()
    .executeTakeFirst();
}

export function outboxByKey(trx: Db, key: string): Promise<OutboxRow | undefined> {
  return trx.selectFrom('outbox').selectAll().where('key', '=', key).executeTakeFirst();
}

/** Each has a random id by now. */
type NamedButton = ButtonWish & Pick<ShownButton, 'id'>;

const shownOf = ({ body: _, expiresAt: __, ...look }: NamedButton): ShownButton => look;

async function addButtons(trx: Db, wish: OutboxWish, outboxId: string, buttons: readonly NamedButton[]): Promise<void> {
  const whose = { outbox_id: outboxId, agent_id: wish.agentId, session_id: wish.sessionId };
  for (const { id, body, expiresAt, action } of buttons) {
    const what = { action, body: JSON.stringify(body), expires_at: expiresAt };
    await trx
      .insertInto('buttons')
      .values({ id, ...whose, ...what, used_at: null, used_by: null })
      .execute();
  }
}

async function insert(trx: Db, wish: OutboxWish, now: number): Promise<string> {
  const { key, agentId, sessionId, place, by: origin, what } = wish;
  const id = randomUUID();
  const { kind, ...rest } = what;
  const buttons = (wish.buttons ?? []).map((button) => ({ ...button, id: randomUUID() }));
  const shown = buttons.length > 0 ? { buttons: buttons.map(shownOf) } : {};
  const body = JSON.stringify({ ...rest, ...shown });
  const where = { app: place.app, channel: place.channel, root: place.root ?? null };
  const whose = { agent_id: agentId, session_id: sessionId };
  const added = await trx
    .insertInto('outbox')
    .values({ id, key, ...whose, ...where, origin, kind, body, at: now, state: 'queued' })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!added) return (await outboxByKey(trx, key))?.id ?? id;
  await addButtons(trx, wish, id, buttons);
  return id;
}

/** Stores a wish within the caller's transaction, unless its key is there already; the id of the stored one. */
export async function addToOutbox(trx: Db, wish: OutboxWish, now: number): Promise<string> {
  const [first, ...rest] = inParts(wish);
  const id = await insert(trx, first, now);
  const place = { ...wish.place, root: wish.place.root ?? rootOf(id) };
  for (const part of rest) await insert(trx, { ...part, place }, now);
  return id;
}
