/** Stores what was decided about an entry of the inbox, with everything that follows, in one transaction. */
import type { AgentId } from '../../agents/agent-id.ts';
import type { SessionId } from '../../broker/session-id.ts';
import type { HeardMessage, Outcome } from '../../conversations/inbox-outcome.ts';
import type { Db } from '../database/schema.ts';
import { ofSession, type SessionKey } from '../fence.ts';
import { type Delivering, storeDeliveries, storeMessage } from '../messages/message-rows.ts';
import { ensureSession, lockSessions } from '../session-rows.ts';
import { addToOutbox } from './outbox-rows.ts';
import { bindThread } from './threads.ts';

/** What the store knows of the place of a message. */
export interface PlaceFacts {
  /** The people whose messages in the thread had their decision before. */
  readonly speakers: readonly string[];
  /** The agent that wrote the thread's first message. */
  readonly rootBy?: string | undefined;
  /** Whether people were asked there which agent they mean, and nobody has answered. */
  readonly isAsking: boolean;
}

type Place = Pick<HeardMessage, 'app' | 'channel' | 'root'>;

export interface Decisions {
  facts(place: Place): Promise<PlaceFacts>;
  /** The time of the first message of the thread in which a message of ours stands. */
  rootOf(app: string, channel: string, ts: string): Promise<string | undefined>;
  /**
   * False, and nothing is stored, if the entry no longer waits (for a decision, or with `from` for what comes after that one), or
   * its thread became another agent's.
   */
  decide(entry: { seq: number; from?: string }, outcome: Outcome, heard?: HeardMessage): Promise<boolean>;
}

/** Thrown to undo the transaction. */
class Overtaken extends Error {}

async function factsOf(db: Db, { app, channel, root }: Place): Promise<PlaceFacts> {
  const inThread = db.selectFrom('slack_inbox').where((eb) => eb.and({ app, channel, root, kind: 'message' }));
  const speakers = await inThread.select('user').distinct().where('decision', 'is not', null).execute();
  const asking = await inThread.select('seq').where('decision', '=', 'choose').executeTakeFirst();
  const post = await db
    .selectFrom('outbox')
    .select('agent_id')
    .where((eb) => eb.and({ app, channel, ts: root, kind: 'post' }))
    .executeTakeFirst();
  return { speakers: speakers.map(({ user }) => user), rootBy: post?.agent_id, isAsking: asking !== undefined };
}

async function log(trx: Db, at: number, { agentId, sessionId, text }: SessionKey & { text: string }): Promise<void> {
  await ensureSession(trx, { agentId, sessionId }, at);
  const entry = { at, kind: 'ignored', text, tool: null, input: null, result: null };
  await trx
    .insertInto('log_entries')
    .values({ agent_id: agentId, session_id: sessionId, ...entry })
    .execute();
}

/** A person spoke last in the thread, if it is anybody's. */
async function heardIn(trx: Db, { app, channel, root, user }: HeardMessage, at: number): Promise<void> {
  const thread = trx.updateTable('slack_threads').where((eb) => eb.and({ app, channel, root }));
  await thread.set({ last_by: user, at }).execute();
}

/** All buttons of a message are used by the first press of one of them. */
async function useButtons(trx: Db, { buttonId, by }: { buttonId: string; by: string }, at: number): Promise<void> {
  const pressed = trx.selectFrom('buttons').select('outbox_id').where('id', '=', buttonId);
  const { numUpdatedRows } = await trx
    .updateTable('buttons')
    .set({ used_at: at, used_by: by })
    .where('outbox_id', 'in', pressed)
    .where('used_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw new Overtaken();
}

/** What a session was given and has not finished is over. */
async function finish(trx: Db, session: SessionKey, at: number): Promise<void> {
  const open = trx
    .updateTable('deliveries')
    .where((eb) => eb.and(ofSession(session)))
    .where('finished_at', 'is', null);
  await open.set({ finished_at: at }).execute();
}

const owned = (bind: NonNullable<Outcome['bind']>) => ({
  ...bind,
  agentId: bind.agentId as AgentId,
  sessionId: bind.sessionId as SessionId,
});

async function store(trx: Db, outcome: Outcome, heard: HeardMessage | undefined, how: Delivering): Promise<void> {
  const { bind, messages, wishes, logs, uses, finishes } = outcome;
  const { at } = how;
  await lockSessions(trx, [...(finishes ? [finishes] : []), ...messages, ...logs]);
  if (uses) await useButtons(trx, uses, at);
  if (finishes) await finish(trx, finishes, at);
  if (bind && heard) {
    const { app, channel, root } = heard;
    const owner = await bindThread(trx, { ...owned(bind), app, channel, root, team: heard.body.team, at });
    if (owner.agentId !== bind.agentId) throw new Overtaken();
  }
  if (heard) await heardIn(trx, heard, at);
  for (const { message, ...session } of messages) {
    if (!(await storeMessage(trx, message))) continue;
    const { id, from: from_address, command } = message;
    await storeDeliveries(trx, [{ message: { id, from_address, command }, deliveries: [session] }], how);
  }
  for (const wish of wishes) await addToOutbox(trx, wish, at);
  for (const line of logs) await log(trx, at, line);
}

export function createDecisions(db: Db, now: () => number, debounceMsOf: Delivering['debounceMsOf']): Decisions {
  return {
    facts: (place) => factsOf(db, place),
    async rootOf(app, channel, ts) {
      const post = db
        .selectFrom('outbox')
        .select('root')
        .where((eb) => eb.and({ app, channel, ts }));
      return (await post.executeTakeFirst())?.root ?? undefined;
    },
    async decide({ seq, from }, outcome, heard) {
      const { decision, reason, bind } = outcome;
      const set = { decision, reason, agent_id: bind?.agentId ?? null, session_id: bind?.sessionId ?? null };
      return db
        .transaction()
        .execute(async (trx) => {
          const waiting = trx.updateTable('slack_inbox').set(set).where('seq', '=', seq);
          const { numUpdatedRows } = await waiting
            .where((eb) => (from === undefined ? eb('decision', 'is', null) : eb('decision', '=', from)))
            .executeTakeFirstOrThrow();
          if (numUpdatedRows === 0n) throw new Overtaken();
          await store(trx, outcome, heard, { at: now(), debounceMsOf });
          return true;
        })
        .catch((error: unknown) => {
          if (error instanceof Overtaken) return false;
          throw error;
        });
    },
  };
}
