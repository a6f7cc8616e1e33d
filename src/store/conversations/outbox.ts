/**
 * The outbox: what is to be sent to Slack, once, in the order in which it was stored.
 *
 * queued -> sending -> sent | failed | queued again; `unknown` where it may have been sent
 */
import { known } from '../../base/known.ts';
import { type SessionId, workItemIdOf } from '../../broker/session-id.ts';
import type { Waiting } from '../../conversations/lanes.ts';
import type { SendOutcome } from '../../conversations/outcome.ts';
import type { OutboxWish, Outgoing } from '../../conversations/outgoing.ts';
import {
  lastWordsKey,
  noThread,
  type Said,
  type SayFacts,
  type SayIntent,
  spoken,
  wishOf,
} from '../../conversations/say.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import { lock } from '../database/at-once/locks.ts';
import type { Db } from '../database/schema.ts';
import { mustHold, type SessionKey, type TurnKey } from '../fence.ts';
import { jsonText, parsed, withoutNulls } from '../rows.ts';
import { beginStatus, hideOver, hideStatus, showStatus } from './live-status.ts';
import { addToOutbox, isUnsent, outboxByKey, outboxRow, rootOf, type Sending, sendingOf } from './outbox-rows.ts';
import { type Begun, begin, end } from './sending.ts';
import { settle } from './settle.ts';
import { type BoundThread, threadOfSession } from './threads.ts';

export interface Outbox {
  /** Stores a wish; the id of the one that has its key. */
  add(wish: OutboxWish): Promise<string>;
  /** Moves a message of the broker here. What an agent says of a work item stands in one thread of the channel. */
  take(messageId: string, wish: OutboxWish): Promise<void>;
  /** The same for news of a work item, in its thread of the channel; what waits there for a decision no longer does. */
  tell(wish: OutboxWish, settledBy: string): Promise<string>;
  /** Stores what a turn says in its session's own thread, or tells why not. Throws StaleTurnError once the turn is over. */
  say(turn: TurnKey, intent: SayIntent, last: SayFacts['last']): Promise<Said | Refusal>;
  /** Whether a turn of the session had its last words with this message as its last. */
  hasAnswered(session: SessionKey, messageId: string): Promise<boolean>;
  /** Shows in the thread what the turn does now, until it speaks or ends. */
  status(turn: TurnKey, text: string): Promise<Said | Refusal>;
  /** A turn begins: Slack's own sign shows it, where the app may set it. */
  beginStatus(turn: TurnKey): Promise<void>;
  /** Takes that away: the turn is over. */
  endStatus(turn: TurnKey): Promise<void>;
  /** What is not sent yet, oldest first. */
  waiting(): Promise<Waiting[]>;
  /**
   * Marks it as being sent, with an audit entry; undefined if somebody else has it, or it is over. If its end is not told within
   * `outboxSendingSeconds`, who began it is gone, and it can be begun again.
   */
  begin(id: string): Promise<Begun | undefined>;
  end(id: string, outcome: SendOutcome, permitId: string | undefined): Promise<void>;
  /** Leaves it where it is, with what keeps it. */
  postpone(id: string, refusal: Refusal, until: number): Promise<void>;
  get(id: string): Promise<Sending | undefined>;
  /** After a start: what was being sent may have been sent, if nobody else sends, and turns that are over show nothing. */
  recover(): Promise<void>;
  /** Forgets what was over more than `ms` ago, by the state's own time, with its buttons. */
  prune(ms: number): Promise<void>;
  /** Everything of one agent, oldest first. */
  of(agentId: string): Promise<Sending[]>;
  /** What was stored since this time, milliseconds since 1970, and could not be sent. */
  failedSince(at: number): Promise<Unsent[]>;
}

/** What an agent could not say, or the platform itself where the id is empty. */
export interface Unsent {
  readonly agentId: string;
  readonly count: number;
  readonly last: Refusal;
  /** When the first of them was stored, milliseconds since 1970. */
  readonly at: number;
}

async function failedSince(db: Db, since: number): Promise<Unsent[]> {
  const failed = db.selectFrom('outbox').select(['agent_id', 'refusal', 'at']).where('state', '=', 'failed');
  const rows = await failed.where('at', '>=', since).where('refusal', 'is not', null).orderBy('seq').execute();
  return [...Map.groupBy(rows, ({ agent_id }) => agent_id)].flatMap(([agentId, own]) => {
    const last = parsed<Refusal>(own.at(-1)?.refusal ?? null);
    return last ? [{ agentId, count: own.length, last, at: own[0]?.at ?? since }] : [];
  });
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

const placeOf = (thread: BoundThread | undefined) =>
  thread && { app: thread.app, channel: thread.channel, root: thread.root };

async function say(
  trx: Db,
  turn: TurnKey,
  intent: SayIntent,
  last: SayFacts['last'],
  now: number,
): Promise<Said | Refusal> {
  await mustHold(trx, turn, now);
  const { agentId, sessionId, epoch } = turn;
  const thread = await threadOfSession(trx, turn);
  const written = thread ? await inRow(trx, thread) : 0;
  const wish = wishOf(intent, known({ agentId, sessionId, epoch, place: placeOf(thread), inRow: written, now, last }));
  if (isRefusal(wish)) return wish;
  if (wish.what.kind === 'post') await hideStatus(trx, turn, now, intent.kind === 'ask' ? 'suspended' : 'active');
  return { sent: true, id: await addToOutbox(trx, wish, now) };
}

async function status(trx: Db, turn: TurnKey, text: string, now: number): Promise<Said | Refusal> {
  await mustHold(trx, turn, now);
  const thread = await threadOfSession(trx, turn);
  if (!thread) return noThread(turn);
  return { sent: true, id: await showStatus(trx, turn, thread, text, now) };
}

/** The thread of a work item in a channel: the first message that was sent there for it begins it. */
async function itemThread(trx: Db, { agentId, sessionId, place }: OutboxWish): Promise<string | undefined> {
  if (place.root !== undefined || workItemIdOf(sessionId as SessionId) === undefined) return place.root;
  // Of two that come at once, one begins the thread and the other follows.
  await lock(trx, `threads/${agentId}`);
  const first = await trx
    .selectFrom('outbox')
    .select(['id', 'ts'])
    .where((eb) => eb.and({ agent_id: agentId, session_id: sessionId, app: place.app, channel: place.channel }))
    .where('kind', '=', 'post')
    .where('root', 'is', null)
    .where('state', '!=', 'failed')
    .orderBy('seq')
    .limit(1)
    // Once it is sent, what waits behind it is told its time: nothing is added there at the same moment.
    .forNoKeyUpdate()
    .executeTakeFirst();
  return first && (first.ts ?? rootOf(first.id));
}

/** A channel's address can name the workspace instead of the app. */
async function appOf(trx: Db, team: string): Promise<string> {
  const row = await trx.selectFrom('slack_apps').select('app').where('team', '=', team).executeTakeFirst();
  return row?.app ?? team;
}

/** A plan's buttons are good for nothing once the work item went on. */
async function settleOpen(trx: Db, { agentId, sessionId }: OutboxWish, words: string, now: number): Promise<void> {
  const waiting = trx
    .selectFrom('buttons')
    .select('outbox_id')
    .where((eb) => eb.and({ agent_id: agentId, session_id: sessionId }))
    .where('used_at', 'is', null);
  const posts = await trx.selectFrom('outbox').selectAll().where('id', 'in', waiting).execute();
  for (const post of posts) await settle(trx, post, words, 'platform', now);
}

async function tell(trx: Db, wish: OutboxWish, settledBy: string, now: number): Promise<string> {
  const place = known({ ...wish.place, root: await itemThread(trx, wish) });
  const before = await outboxByKey(trx, wish.key);
  if (before) return before.id;
  await settleOpen(trx, wish, settledBy, now);
  return addToOutbox(trx, { ...wish, place }, now);
}

async function take(trx: Db, messageId: string, wish: OutboxWish, now: number): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('messages')
    .set({ state: 'routed' })
    .where((eb) => eb.and({ id: messageId, state: 'new' }))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return;
  const at = { ...wish.place, app: await appOf(trx, wish.place.app) };
  const place = known({ ...at, root: await itemThread(trx, { ...wish, place: at }) });
  await addToOutbox(trx, { ...wish, place }, now);
}

/** `isAlone`: no other process sends what stands here. */
export function createOutbox(db: Db, now: () => number, isAlone: boolean): Outbox {
  return {
    add: (wish) => db.transaction().execute((trx) => addToOutbox(trx, wish, now())),
    tell: (wish, settledBy) => db.transaction().execute((trx) => tell(trx, wish, settledBy, now())),
    take: (messageId, wish) => db.transaction().execute((trx) => take(trx, messageId, wish, now())),
    say: (turn, intent, last) => db.transaction().execute((trx) => say(trx, turn, intent, last, now())),
    async hasAnswered(session, messageId) {
      const sent = db.selectFrom('outbox').select('id').where('key', '=', lastWordsKey(session, messageId));
      return (await sent.executeTakeFirst()) !== undefined;
    },
    status: (turn, text) => db.transaction().execute((trx) => status(trx, turn, text, now())),
    beginStatus: (turn) => db.transaction().execute((trx) => beginStatus(trx, turn, now())),
    endStatus: (turn) => db.transaction().execute((trx) => hideStatus(trx, turn, now())),
    async waiting() {
      const open = db
        .selectFrom('outbox')
        .select(['seq', 'id', 'app', 'channel', 'root', 'agent_id', 'origin', 'kind', 'state', 'next_at'])
        .where('state', 'in', ['queued', 'unknown', 'sending']);
      const rows = await open.orderBy('seq').execute();
      return rows.map(({ agent_id: agentId, origin: by, kind, next_at: nextAt, root, state, ...row }) => {
        const isHeld = (state === 'sending' && (nextAt ?? 0) > now()) || isUnsent(root);
        return { ...row, agentId, by, kind: kind as Outgoing['kind'], isHeld, ...withoutNulls({ root, nextAt }) };
      });
    },
    begin: (id) => db.transaction().execute((trx) => begin(trx, id, now())),
    end: (id, outcome, permitId) => db.transaction().execute((trx) => end(trx, id, outcome, permitId, now())),
    async postpone(id, refusal, until) {
      const open = db.updateTable('outbox').where('id', '=', id).where('state', 'in', ['queued', 'unknown']);
      await open.set({ refusal: jsonText(refusal), next_at: until }).execute();
    },
    async get(id) {
      const row = await outboxRow(db, id);
      return row && sendingOf(row);
    },
    recover: () =>
      db.transaction().execute(async (trx) => {
        const sending = trx
          .updateTable('outbox')
          .set({ state: 'unknown', next_at: null })
          .where('state', '=', 'sending');
        if (isAlone) await sending.execute();
        await hideOver(trx, now());
      }),
    prune: (ms) =>
      db.transaction().execute(async (trx) => {
        const over = trx.selectFrom('outbox').select('id').where('state', 'in', ['sent', 'failed']);
        const old = over.where('at', '<', now() - ms);
        await trx.deleteFrom('buttons').where('outbox_id', 'in', old).execute();
        await trx.deleteFrom('outbox').where('id', 'in', old).execute();
      }),
    async of(agentId) {
      const own = db.selectFrom('outbox').selectAll().where('agent_id', '=', agentId);
      return (await own.orderBy('seq').execute()).map(sendingOf);
    },
    failedSince: (at) => failedSince(db, at),
  };
}
