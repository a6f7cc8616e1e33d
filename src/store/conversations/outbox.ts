/**
 * The outbox: what is to be sent to Slack, once, in the order in which it was stored.
 *
 * queued -> sending -> sent | failed; `unknown` where it may have been sent
 */
import { randomUUID } from 'node:crypto';
import { known } from '../../base/known.ts';
import type { ButtonWish, OutboxWish, Outgoing, Place, ShownButton } from '../../conversations/outgoing.ts';
import { lastWordsKey, type Said, type SayFacts, type SayIntent, spoken, wishOf } from '../../conversations/say.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { mustHold, type SessionKey, type TurnKey } from '../fence.ts';
import { parsed, withoutNulls } from '../rows.ts';
import { type BoundThread, threadOfSession } from './threads.ts';

export interface Sending extends Pick<OutboxWish, 'key' | 'agentId' | 'sessionId' | 'place' | 'by' | 'what'> {
  /** Stands in the message's metadata, by which it is found again. */
  readonly id: string;
  readonly state: RowOf<'outbox'>['state'];
  /** The message's time in Slack, once it is sent. */
  readonly ts?: string;
  /** Why it was not sent. */
  readonly refusal?: Refusal;
}

export interface Outbox {
  /** Stores a wish, in the caller's order; the id of the one that has its key. */
  add(wish: OutboxWish): Promise<string>;
  /** Stores what a turn says in its session's own thread, or tells why not. Throws StaleTurnError once the turn is over. */
  say(turn: TurnKey, intent: SayIntent, last: SayFacts['last']): Promise<Said | Refusal>;
  /** Whether a turn of the session had its last words with this message as its last. */
  hasAnswered(session: SessionKey, messageId: string): Promise<boolean>;
  /** Everything of one agent, oldest first. */
  of(agentId: string): Promise<Sending[]>;
}

function sendingOf(row: RowOf<'outbox'>): Sending {
  const { id, key, app, channel, root, kind, state, ts } = row;
  const { by, ...rest } = JSON.parse(row.body) as { by: OutboxWish['by'] };
  const whose = { agentId: row.agent_id, sessionId: row.session_id };
  const place: Place = { app, channel, ...withoutNulls({ root }) };
  const how = withoutNulls({ ts, refusal: parsed<Refusal>(row.refusal) });
  return { id, key, ...whose, place, by, what: { kind, ...rest } as Outgoing, state, ...how };
}

const placeOf = (thread: BoundThread | undefined): Place | undefined =>
  thread && { app: thread.app, channel: thread.channel, root: thread.root };

/** Stores the buttons of a message, each under a random id. */
async function addButtons(
  trx: Db,
  { agentId, sessionId }: OutboxWish,
  outboxId: string,
  wishes: readonly ButtonWish[],
): Promise<ShownButton[]> {
  const shown: ShownButton[] = [];
  for (const { body, expiresAt, ...look } of wishes) {
    const id = randomUUID();
    const whose = { outbox_id: outboxId, agent_id: agentId, session_id: sessionId };
    const what = { action: look.action, body: JSON.stringify(body), expires_at: expiresAt };
    await trx
      .insertInto('buttons')
      .values({ id, ...whose, ...what, used_at: null, used_by: null })
      .execute();
    shown.push({ ...look, id });
  }
  return shown;
}

/** Stores a wish within the caller's transaction, unless its key is there already; the id of the stored one. */
async function addToOutbox(trx: Db, wish: OutboxWish, now: number): Promise<string> {
  const { key, agentId, sessionId, place, by, what, buttons = [] } = wish;
  const before = await trx.selectFrom('outbox').select('id').where('key', '=', key).executeTakeFirst();
  if (before) return before.id;
  const id = randomUUID();
  const { kind, ...rest } = what;
  const shown = buttons.length > 0 ? { buttons: await addButtons(trx, wish, id, buttons) } : {};
  const body = JSON.stringify({ by, ...rest, ...shown });
  const where = { app: place.app, channel: place.channel, root: place.root ?? null };
  await trx
    .insertInto('outbox')
    .values({ id, key, agent_id: agentId, session_id: sessionId, ...where, kind, body, at: now, state: 'queued' })
    .execute();
  return id;
}

/** How many messages the agent wrote in a thread since a person last did. */
async function inRow(trx: Db, { agentId, app, channel, root }: BoundThread): Promise<number> {
  const { last } = await trx
    .selectFrom('slack_inbox')
    .select((eb) => eb.fn.max('at').as('last'))
    .where((eb) => eb.and({ app, channel, root }))
    .where('kind', '!=', 'stop')
    .executeTakeFirstOrThrow();
  const { written } = await trx
    .selectFrom('outbox')
    .select((eb) => eb.fn.countAll().as('written'))
    .where((eb) => eb.and({ app, channel, root, agent_id: agentId }))
    .where('key', 'like', `${spoken}%`)
    .where('at', '>', Number(last ?? 0))
    .executeTakeFirstOrThrow();
  return Number(written);
}

async function say(trx: Db, turn: TurnKey, intent: SayIntent, last: SayFacts['last'], now: number) {
  await mustHold(trx, turn, now);
  const { agentId, sessionId, epoch } = turn;
  const thread = await threadOfSession(trx, turn);
  const written = thread ? await inRow(trx, thread) : 0;
  const wish = wishOf(intent, known({ agentId, sessionId, epoch, place: placeOf(thread), inRow: written, now, last }));
  return isRefusal(wish) ? wish : ({ sent: true, id: await addToOutbox(trx, wish, now) } as const);
}

export function createOutbox(db: Db, now: () => number): Outbox {
  return {
    add: (wish) => db.transaction().execute((trx) => addToOutbox(trx, wish, now())),
    say: (turn, intent, last) => db.transaction().execute((trx) => say(trx, turn, intent, last, now())),
    async hasAnswered(session, messageId) {
      const sent = db.selectFrom('outbox').select('id').where('key', '=', lastWordsKey(session, messageId));
      return (await sent.executeTakeFirst()) !== undefined;
    },
    async of(agentId) {
      const own = db.selectFrom('outbox').selectAll().where('agent_id', '=', agentId);
      return (await own.orderBy('seq').execute()).map(sendingOf);
    },
  };
}
