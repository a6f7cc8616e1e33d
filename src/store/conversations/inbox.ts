/** What came from Slack: each message and press is let in once, and waits for a decision. */
import { sql } from 'kysely';
import { type InboxEntry, mentionsIn } from '../../conversations/slack-event.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { withoutNulls } from '../rows.ts';

/** An entry as it waits. */
export type Received = InboxEntry & {
  readonly app: string;
  /** Rises in the order in which entries came. */
  readonly seq: number;
  /** When it came, milliseconds since 1970. */
  readonly at: number;
};

export interface Inbox {
  /** Returns false if Slack told us before. */
  add(app: string, entry: InboxEntry): Promise<boolean>;
  /** A message was changed or, without a text, deleted. That counts until the message has its decision. */
  change(app: string, changed: { channel: string; ts: string; text?: string }): Promise<void>;
  /** Entries of these apps without a decision, in the order in which they were written. */
  open(apps: readonly string[], max: number): Promise<Received[]>;
  /** A message, with what was decided about it. */
  message(app: string, channel: string, ts: string): Promise<(Received & { decision?: string }) | undefined>;
  /** The messages of a thread that wait until people say which agent they mean, oldest first. */
  choosing(thread: { app: string; channel: string; root: string }): Promise<Received[]>;
  /** The time of the last message that came from each channel of the app. */
  lastHeard(app: string): Promise<ReadonlyMap<string, string>>;
  /** Deletes entries with a decision that came more than `ms` ago, by the state's own time. */
  prune(ms: number): Promise<void>;
}

function receivedOf(row: RowOf<'slack_inbox'>): Received {
  const { seq, app, event_key: eventKey, kind, channel, user, at } = row;
  const named = withoutNulls({ messageKey: row.message_key, root: row.root, ts: row.ts });
  return { seq, app, eventKey, kind, channel, user, at, ...named, body: JSON.parse(row.body) } as Received;
}

/** A decided message stays as it was read. */
async function change(trx: Db, app: string, { channel, ts, text }: { channel: string; ts: string; text?: string }) {
  const message = { app, message_key: `${channel}:${ts}` };
  const waiting = trx
    .selectFrom('slack_inbox')
    .select(['seq', 'body'])
    .where((eb) => eb.and(message));
  const row = await waiting.where('decision', 'is', null).forNoKeyUpdate().executeTakeFirst();
  if (!row) return;
  const set =
    text === undefined
      ? { decision: 'ignored', reason: 'deleted by who wrote it' }
      : { body: JSON.stringify({ ...JSON.parse(row.body), text, mentions: mentionsIn(text) }) };
  await trx.updateTable('slack_inbox').set(set).where('seq', '=', row.seq).execute();
}

export function createInbox(db: Db, now: () => number): Inbox {
  return {
    async add(app, { eventKey, messageKey = null, kind, channel, root = null, ts = null, user, body }) {
      const place = { app, channel, root, ts, user };
      const none = { decision: null, reason: null, agent_id: null, session_id: null };
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('slack_inbox')
        .values({
          ...place,
          event_key: eventKey,
          message_key: messageKey,
          kind,
          body: JSON.stringify(body),
          at: now(),
          ...none,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },
    change: (app, changed) => db.transaction().execute((trx) => change(trx, app, changed)),
    async open(apps, max) {
      if (apps.length === 0) return [];
      const waiting = db.selectFrom('slack_inbox').selectAll().where('decision', 'is', null).where('app', 'in', apps);
      return (await waiting.orderBy(sql`cast(ts as double precision)`).orderBy('seq').limit(max).execute()).map(
        receivedOf,
      );
    },
    async message(app, channel, ts) {
      const key = { app, message_key: `${channel}:${ts}` };
      const row = await db
        .selectFrom('slack_inbox')
        .selectAll()
        .where((eb) => eb.and(key))
        .executeTakeFirst();
      return row && { ...receivedOf(row), ...withoutNulls({ decision: row.decision }) };
    },
    async choosing(thread) {
      const waiting = db
        .selectFrom('slack_inbox')
        .selectAll()
        .where((eb) => eb.and({ ...thread, decision: 'choose' }));
      return (await waiting.orderBy('seq').execute()).map(receivedOf);
    },
    async lastHeard(app) {
      const rows = await db
        .selectFrom('slack_inbox')
        .select(['channel', (eb) => eb.fn.max('ts').as('ts')])
        .where('app', '=', app)
        .where('kind', '=', 'message')
        .groupBy('channel')
        .execute();
      return new Map(rows.map(({ channel, ts }) => [channel, String(ts)]));
    },
    async prune(ms) {
      const decided = db.deleteFrom('slack_inbox').where('decision', 'is not', null);
      await decided.where('at', '<', now() - ms).execute();
    },
  };
}
