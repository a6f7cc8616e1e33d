/** How much of everything there is, for those who measure: none of these reads grows with the history of the platform. */
import type { Code } from '../../refusal.ts';
import type { Db } from '../database/schema.ts';
import type { Words } from '../database/words.ts';

/** How many of an agent's have this name: a code, a phase. */
export interface Count {
  readonly agentId: string;
  readonly name: string;
  readonly count: number;
}

export interface Queues {
  /** Messages that are not given to a session yet. */
  readonly unrouted: number;
  /** Sessions that have no turn yet, and shall. */
  readonly due: number;
  /** What is not sent to Slack yet. */
  readonly unsent: number;
}

export interface Counts {
  queues(): Promise<Queues>;
  /** Acts that were refused, by code, since the platform counts them. */
  refusals(): Promise<Count[]>;
  /** Sessions that wait, by the code of the reason. */
  waits(): Promise<Count[]>;
  /** Work items, by phase. */
  phases(): Promise<Count[]>;
  /** Turns that run now. */
  running(): Promise<number>;
  /** Due sessions without a turn whose reason is this code. */
  lacking(code: Code): Promise<number>;
}

async function queues(db: Db, now: number): Promise<Queues> {
  const count = db.fn.countAll<number>().as('count');
  const messages = db.selectFrom('messages').select(count).where('state', '=', 'new');
  const outbox = db.selectFrom('outbox').select(count).where('state', 'in', ['queued', 'unknown', 'sending']);
  const sessions = db
    .selectFrom('sessions')
    .select(count)
    .where((eb) =>
      eb.or([eb.and([eb('lease_until', 'is', null), eb('wake_at', '<=', now)]), eb('lease_until', '<=', now)]),
    );
  const [unrouted, due, unsent] = await Promise.all([
    messages.executeTakeFirstOrThrow(),
    sessions.executeTakeFirstOrThrow(),
    outbox.executeTakeFirstOrThrow(),
  ]);
  return { unrouted: Number(unrouted.count), due: Number(due.count), unsent: Number(unsent.count) };
}

export function createCounts(db: Db, words: Words, now: () => number): Counts {
  return {
    queues: () => queues(db, now()),
    async refusals() {
      const rows = await db.selectFrom('refusal_counts').selectAll().execute();
      return rows.map(({ agent_id: agentId, code: name, count }) => ({ agentId, name, count }));
    },
    async waits() {
      const rows = await db
        .selectFrom('sessions')
        .select(['agent_id', words.codeOf('waits', 'refused').as('code'), db.fn.countAll<number>().as('count')])
        .where('waits', 'is not', null)
        .groupBy(['agent_id', 'code'])
        .execute();
      return rows.map(({ agent_id: agentId, code, count }) => ({ agentId, name: code ?? '', count: Number(count) }));
    },
    async phases() {
      const { fn } = db;
      const rows = await db
        .selectFrom('sessions')
        .select(['agent_id', 'phase', fn.countAll<number>().as('count')])
        .where('phase', 'is not', null)
        .groupBy(['agent_id', 'phase'])
        .execute();
      return rows.map(({ agent_id: agentId, phase, count }) => ({ agentId, name: phase ?? '', count: Number(count) }));
    },
    async running() {
      const held = db.selectFrom('sessions').where('lease_until', '>', now());
      return Number((await held.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count);
    },
    async lacking(code) {
      const { count } = await db
        .selectFrom('sessions')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('wake_at', '<=', now())
        .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', now())]))
        .where('waits', 'like', `%"refused":"${code}"%`)
        .executeTakeFirstOrThrow();
      return Number(count);
    },
  };
}
