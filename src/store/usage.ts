/** What turns cost: by session, and by agent, day (UTC) and phase. Turns that lost their session count too, because the money is spent. */
import { sql } from 'kysely';
import { limits } from '../limits.ts';
import type { EarlierItem } from '../work-items/plan-cost.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Db } from './database/schema.ts';
import { ofSession, type SessionKey } from './fence.ts';
import { parsed } from './rows.ts';

export interface UsageAmount {
  readonly usd: number;
  readonly tokens: { readonly input: number; readonly cached: number; readonly output: number };
  readonly turns: number;
}

export interface DayUsage extends UsageAmount {
  readonly agentId: string;
  /** `2026-11-20`, UTC. */
  readonly day: string;
}

/** A phase of work items; `conversation` for what belongs to none. */
export interface PhaseUsage extends DayUsage {
  readonly phase: string;
}

export interface Usage {
  /** `phase`: that of the work item for which it was spent; without it, it belongs to a conversation. */
  add(session: SessionKey, amount: UsageAmount, phase?: string): Promise<void>;
  /** Since 0:00 UTC. */
  usdToday(agentId: string): Promise<number>;
  /** The same for the agent and all its descendants. */
  usdTodayOfBranch(agentId: string): Promise<number>;
  usdOfSession(session: SessionKey): Promise<number>;
  /** Of the agent's work items that were carried out, those that ended last. */
  earlierItems(agentId: string): Promise<EarlierItem[]>;
  /** From `fromDay` on, sorted by day. */
  list(fromDay?: string): Promise<DayUsage[]>;
  /** The same by phase; it begins with the version that began to keep it. */
  listPhases(fromDay?: string): Promise<PhaseUsage[]>;
  /** Of each agent, all days before `day`. */
  before(day: string): Promise<Omit<DayUsage, 'day'>[]>;
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

const columnsOf = ({ usd, tokens, turns }: UsageAmount) => ({
  usd,
  tokens_input: tokens.input,
  tokens_cached: tokens.cached,
  tokens_output: tokens.output,
  turns,
});

type Columns = ReturnType<typeof columnsOf>;

const amountOf = (row: Columns): UsageAmount => ({
  usd: row.usd,
  tokens: { input: row.tokens_input, cached: row.tokens_cached, output: row.tokens_output },
  turns: row.turns,
});

async function addToDay(trx: Db, agentId: string, day: string, amount: UsageAmount): Promise<void> {
  const columns = columnsOf(amount);
  await trx
    .insertInto('usage')
    .values({ agent_id: agentId, day, ...columns })
    .onConflict((conflict) =>
      conflict.columns(['agent_id', 'day']).doUpdateSet((eb) => ({
        usd: eb('usage.usd', '+', columns.usd),
        tokens_input: eb('usage.tokens_input', '+', columns.tokens_input),
        tokens_cached: eb('usage.tokens_cached', '+', columns.tokens_cached),
        tokens_output: eb('usage.tokens_output', '+', columns.tokens_output),
        turns: eb('usage.turns', '+', columns.turns),
      })),
    )
    .execute();
}

async function addToPhase(trx: Db, agentId: string, day: string, phase: string, amount: UsageAmount): Promise<void> {
  const columns = columnsOf(amount);
  await trx
    .insertInto('phase_usage')
    .values({ agent_id: agentId, day, phase, ...columns })
    .onConflict((conflict) =>
      conflict.columns(['agent_id', 'day', 'phase']).doUpdateSet((eb) => ({
        usd: eb('phase_usage.usd', '+', columns.usd),
        tokens_input: eb('phase_usage.tokens_input', '+', columns.tokens_input),
        tokens_cached: eb('phase_usage.tokens_cached', '+', columns.tokens_cached),
        tokens_output: eb('phase_usage.tokens_output', '+', columns.tokens_output),
        turns: eb('phase_usage.turns', '+', columns.turns),
      })),
    )
    .execute();
}

async function addToSession(trx: Db, session: SessionKey, amount: UsageAmount): Promise<void> {
  const columns = columnsOf(amount);
  await trx
    .updateTable('sessions')
    .set((eb) => ({
      usd: eb('usd', '+', columns.usd),
      tokens_input: eb('tokens_input', '+', columns.tokens_input),
      tokens_cached: eb('tokens_cached', '+', columns.tokens_cached),
      tokens_output: eb('tokens_output', '+', columns.tokens_output),
      turns: eb('turns', '+', columns.turns),
    }))
    .where((eb) => eb.and(ofSession(session)))
    .execute();
}

/** Adds to the day, the phase and the session, within the caller's transaction. */
export async function addUsage(
  trx: Db,
  session: SessionKey,
  amount: UsageAmount,
  phase: string | undefined,
  now: number,
): Promise<void> {
  const day = dayOf(now);
  await addToSession(trx, session, amount);
  await addToDay(trx, session.agentId, day, amount);
  await addToPhase(trx, session.agentId, day, phase ?? 'conversation', amount);
}

/** What these agents and their descendants have spent since 0:00 UTC, by agent. */
export async function todayOf(db: Db, branches: readonly string[], now: number) {
  const today = db.selectFrom('usage').select(['agent_id', 'usd']).where('day', '=', dayOf(now));
  const within = today.where((eb) =>
    eb.or(
      branches.flatMap((branch) => [
        eb('agent_id', '=', branch),
        eb(sql<string>`substr(agent_id, 1, ${branch.length + 1})`, '=', `${branch}/`),
      ]),
    ),
  );
  return within.execute();
}

export function createUsage(db: Db, now: () => number): Usage {
  const today = () => db.selectFrom('usage').select(['agent_id', 'usd']).where('day', '=', dayOf(now()));
  return {
    add: (session, amount, phase) => db.transaction().execute((trx) => addUsage(trx, session, amount, phase, now())),
    async usdToday(agentId) {
      return (await today().where('agent_id', '=', agentId).executeTakeFirst())?.usd ?? 0;
    },
    async usdTodayOfBranch(agentId) {
      return (await todayOf(db, [agentId], now())).reduce((sum, { usd }) => sum + usd, 0);
    },
    async usdOfSession(session) {
      const row = db
        .selectFrom('sessions')
        .select('usd')
        .where((eb) => eb.and(ofSession(session)));
      return (await row.executeTakeFirst())?.usd ?? 0;
    },
    async earlierItems(agentId) {
      const rows = db.selectFrom('sessions').select(['item', 'usd']).where('agent_id', '=', agentId);
      const ended = rows.where('closed_at', 'is not', null).orderBy('closed_at', 'desc').limit(limits.earlierItemsMax);
      return (await ended.execute()).flatMap(({ item, usd }) => {
        const { plan, change } = parsed<WorkItem>(item) ?? {};
        return plan && change ? [{ files: plan.plan.files.length, usd }] : [];
      });
    },
    async list(fromDay = '') {
      const rows = db.selectFrom('usage').selectAll().where('day', '>=', fromDay).orderBy('day').orderBy('agent_id');
      return (await rows.execute()).map((row) => ({ agentId: row.agent_id, day: row.day, ...amountOf(row) }));
    },
    async listPhases(fromDay = '') {
      const rows = db.selectFrom('phase_usage').selectAll().where('day', '>=', fromDay);
      const sorted = await rows.orderBy('day').orderBy('agent_id').orderBy('phase').execute();
      return sorted.map((row) => ({ agentId: row.agent_id, day: row.day, phase: row.phase, ...amountOf(row) }));
    },
    async before(day) {
      const { fn } = db;
      const rows = await db
        .selectFrom('usage')
        .select(['agent_id', fn.sum<number>('usd').as('usd'), fn.sum<number>('turns').as('turns')])
        .select([
          fn.sum<number>('tokens_input').as('tokens_input'),
          fn.sum<number>('tokens_cached').as('tokens_cached'),
        ])
        .select(fn.sum<number>('tokens_output').as('tokens_output'))
        .where('day', '<', day)
        .groupBy('agent_id')
        .execute();
      return rows.map((row) => ({ agentId: row.agent_id, ...amountOf(row) }));
    },
  };
}
