/** Indexes for every query that the platform makes often or over rows that grow; `test/store/database/plans.test.ts` holds it to that. */
import type { Kysely } from 'kysely';

/** By index: its table, its columns, and the column that is null in rows which it leaves out. */
const indexes: Readonly<Record<string, [table: string, columns: string[], unlessNull?: string]>> = {
  sessions_leased: ['sessions', ['takes_place', 'lease_until', 'agent_id'], 'lease_until'],
  sessions_phase: ['sessions', ['phase', 'last_active_at desc', 'agent_id', 'session_id']],
  sessions_of_phase: ['sessions', ['agent_id', 'phase']],
  sessions_waits: ['sessions', ['agent_id'], 'waits'],
  sessions_closed: ['sessions', ['closed_at'], 'closed_at'],
  sessions_not_before: ['sessions', ['not_before'], 'not_before'],
  slack_threads_at: ['slack_threads', ['at desc', 'root desc']],
  slack_inbox_at: ['slack_inbox', ['at']],
  usage_day: ['usage', ['day', 'agent_id']],
  buttons_outbox: ['buttons', ['outbox_id']],
  buttons_session: ['buttons', ['agent_id', 'session_id']],
  phase_usage_day: ['phase_usage', ['day', 'agent_id', 'phase']],
  proposals_state: ['proposals', ['state', 'expires_at']],
};

/** What a session's turn finds by it are its own messages, however many wait for the agent; one that is finished is no longer in it. */
export async function indexUnfinished({ schema }: Kysely<unknown>): Promise<void> {
  const columns = ['agent_id', 'session_id', 'seq'];
  const unfinished = schema.createIndex('deliveries_unfinished').on('deliveries').columns(columns);
  await unfinished.where('finished_at' as never, 'is', null).execute();
  await schema.dropIndex('deliveries_inbox').execute();
}

/** Of the many effects of all parked sessions, the few that were refused. */
export async function indexRefused({ schema }: Kysely<unknown>): Promise<void> {
  const refused = schema.createIndex('effects_refused').on('effects').columns(['agent_id', 'session_id']);
  await refused.where('refusal' as never, 'is not', null).execute();
}

export async function indexQueries({ schema }: Kysely<unknown>): Promise<void> {
  for (const [name, [table, columns, unlessNull]] of Object.entries(indexes)) {
    const index = schema.createIndex(name).on(table).columns(columns);
    await (unlessNull === undefined ? index : index.where(unlessNull as never, 'is not', null)).execute();
  }
}
