/** What turns cost, by session and by agent and day (UTC). Turns that lost their session count too, because the money is spent. */
import { type AgentId, isWithin } from '../agents/agent-id.ts';
import type { Db } from './database/schema.ts';
import { ofSession, type SessionKey } from './fence.ts';

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

export interface Usage {
  add(session: SessionKey, amount: UsageAmount): Promise<void>;
  /** Since 0:00 UTC. */
  usdToday(agentId: string): Promise<number>;
  /** The same for the agent and all its descendants. */
  usdTodayOfBranch(agentId: string): Promise<number>;
  usdOfSession(session: SessionKey): Promise<number>;
  /** From `fromDay` on, sorted by day. */
  list(fromDay?: string): Promise<DayUsage[]>;
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

async function addToDay(trx: Db, agentId: string, day: string, { usd, tokens, turns }: UsageAmount): Promise<void> {
  const columns = {
    usd,
    tokens_input: tokens.input,
    tokens_cached: tokens.cached,
    tokens_output: tokens.output,
    turns,
  };
  await trx
    .insertInto('usage')
    .values({ agent_id: agentId, day, ...columns })
    .onConflict((conflict) =>
      conflict.columns(['agent_id', 'day']).doUpdateSet((eb) => ({
        usd: eb('usage.usd', '+', usd),
        tokens_input: eb('usage.tokens_input', '+', tokens.input),
        tokens_cached: eb('usage.tokens_cached', '+', tokens.cached),
        tokens_output: eb('usage.tokens_output', '+', tokens.output),
        turns: eb('usage.turns', '+', turns),
      })),
    )
    .execute();
}

async function addToSession(trx: Db, session: SessionKey, { usd, tokens, turns }: UsageAmount): Promise<void> {
  await trx
    .updateTable('sessions')
    .set((eb) => ({
      usd: eb('usd', '+', usd),
      tokens_input: eb('tokens_input', '+', tokens.input),
      tokens_cached: eb('tokens_cached', '+', tokens.cached),
      tokens_output: eb('tokens_output', '+', tokens.output),
      turns: eb('turns', '+', turns),
    }))
    .where((eb) => eb.and(ofSession(session)))
    .execute();
}

export function createUsage(db: Db, now: () => number): Usage {
  const today = () => db.selectFrom('usage').select(['agent_id', 'usd']).where('day', '=', dayOf(now()));
  return {
    add: (session, amount) =>
      db.transaction().execute(async (trx) => {
        await addToDay(trx, session.agentId, dayOf(now()), amount);
        await addToSession(trx, session, amount);
      }),
    async usdToday(agentId) {
      return (await today().where('agent_id', '=', agentId).executeTakeFirst())?.usd ?? 0;
    },
    async usdTodayOfBranch(agentId) {
      const rows = await today().execute();
      return rows
        .filter((row) => isWithin(row.agent_id as AgentId, agentId as AgentId))
        .reduce((sum, { usd }) => sum + usd, 0);
    },
    async usdOfSession(session) {
      const row = db
        .selectFrom('sessions')
        .select('usd')
        .where((eb) => eb.and(ofSession(session)));
      return (await row.executeTakeFirst())?.usd ?? 0;
    },
    async list(fromDay = '') {
      const rows = db.selectFrom('usage').selectAll().where('day', '>=', fromDay).orderBy('day').orderBy('agent_id');
      return (await rows.execute()).map((row) => ({
        agentId: row.agent_id,
        day: row.day,
        usd: row.usd,
        tokens: { input: row.tokens_input, cached: row.tokens_cached, output: row.tokens_output },
        turns: row.turns,
      }));
    },
  };
}
