/** Whose each thread of Slack is: one agent's, in one session. */
import type { AgentId } from '../../agents/agent-id.ts';
import type { SessionId } from '../../broker/session-id.ts';
import type { Place } from '../../conversations/outgoing.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { ofSession, type SessionKey } from '../fence.ts';
import { withoutNulls } from '../rows.ts';

export interface ThreadKey extends Place {
  readonly root: string;
}

export interface BoundThread extends ThreadKey {
  readonly team: string;
  readonly agentId: AgentId;
  readonly sessionId: SessionId;
  /** The work item that the agent began the thread about. */
  readonly workItemId?: number;
  /** Who spoke last: `agent`, or a user's id. */
  readonly lastBy?: string;
  /** When somebody last spoke, milliseconds since 1970. */
  readonly at: number;
}

export interface Threads {
  get(thread: ThreadKey): Promise<BoundThread | undefined>;
  /** The session's own thread. */
  ofSession(session: SessionKey): Promise<BoundThread | undefined>;
  /** The threads of an app in which somebody spoke since `since`, the latest first. */
  recent(app: string, since: number, max: number): Promise<ThreadKey[]>;
  /** Of one agent or of all: those in which somebody spoke last come first, with how many there are in all. */
  page(query: {
    readonly agentId?: string | undefined;
    readonly skip: number;
    readonly max: number;
  }): Promise<{ readonly threads: BoundThread[]; readonly total: number }>;
  /** Binds a thread that is nobody's; whose it is now. */
  bind(thread: BoundThread): Promise<BoundThread>;
}

function threadOf(row: RowOf<'slack_threads'>): BoundThread {
  const { app, channel, root, team, at, work_item_id: workItemId, last_by: lastBy } = row;
  const whose = { agentId: row.agent_id as AgentId, sessionId: row.session_id as SessionId };
  return { app, channel, root, team, ...whose, at, ...withoutNulls({ workItemId, lastBy }) };
}

async function threadRow(trx: Db, { app, channel, root }: ThreadKey): Promise<BoundThread | undefined> {
  const thread = trx.selectFrom('slack_threads').selectAll();
  const row = await thread.where((eb) => eb.and({ app, channel, root })).executeTakeFirst();
  return row && threadOf(row);
}

/** The thread of a session, within the caller's transaction. */
export async function threadOfSession(trx: Db, session: SessionKey): Promise<BoundThread | undefined> {
  const own = trx.selectFrom('slack_threads').selectAll();
  const row = await own.where((eb) => eb.and(ofSession(session))).executeTakeFirst();
  return row && threadOf(row);
}

/** Binds a thread that is nobody's, within the caller's transaction; whose it is now. */
export async function bindThread(trx: Db, thread: BoundThread): Promise<BoundThread> {
  const { app, channel, root, team, agentId, sessionId, workItemId = null, lastBy = null, at } = thread;
  const more = { work_item_id: workItemId, last_by: lastBy };
  await trx
    .insertInto('slack_threads')
    .values({ app, channel, root, team, at, ...ofSession({ agentId, sessionId }), ...more })
    .onConflict((conflict) => conflict.columns(['app', 'channel', 'root']).doNothing())
    .execute();
  return (await threadRow(trx, thread)) ?? thread;
}

/** The agent spoke last in the thread. */
export async function spokeIn(trx: Db, { app, channel, root = '' }: Place, now: number): Promise<void> {
  const thread = trx.updateTable('slack_threads').where((eb) => eb.and({ app, channel, root }));
  await thread.set({ last_by: 'agent', at: now }).execute();
}

export function createThreads(db: Db): Threads {
  return {
    get: (thread) => threadRow(db, thread),
    ofSession: (session) => threadOfSession(db, session),
    async recent(app, since, max) {
      const threads = db.selectFrom('slack_threads').select(['app', 'channel', 'root']).where('app', '=', app);
      return threads.where('at', '>=', since).orderBy('at', 'desc').limit(max).execute();
    },
    async page({ agentId, skip, max }) {
      const every = db.selectFrom('slack_threads');
      const all = agentId === undefined ? every : every.where('agent_id', '=', agentId);
      const latest = all.selectAll().orderBy('at', 'desc').orderBy('root', 'desc').limit(max).offset(skip);
      const counted = await all.select((eb) => eb.fn.countAll().as('total')).executeTakeFirstOrThrow();
      return { threads: (await latest.execute()).map(threadOf), total: Number(counted.total) };
    },
    bind: (thread) => db.transaction().execute((trx) => bindThread(trx, thread)),
  };
}
