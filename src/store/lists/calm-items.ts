/** Work items that only wait for people: the database counts them, so that no memory grows with how many there are. */
import { type ExpressionBuilder, type ExpressionWrapper, type SqlBool, sql } from 'kysely';
import type { Phase } from '../../work-items/phase.ts';
import type { Db, Tables } from '../database/schema.ts';

/** Of an agent's work items in one phase. */
export interface CalmItems {
  readonly phase: Phase;
  readonly count: number;
  /** One of them; the others stand as it does. */
  readonly sessionId: string;
}

/** Which of them are counted: those created after `createdAfter`; both are milliseconds since 1970. */
export interface Calm {
  readonly now: number;
  readonly createdAfter: number;
}

/** Phases in which people act next, and nothing has failed. */
const phases: readonly Phase[] = ['plan-ready', 'needs-info', 'pr-created'];

type Wanted = ExpressionWrapper<Tables, 'sessions', SqlBool>;

/**
 * No turn, none that is due, and nothing refused. A refusal in an item is found by its name: within a text of JSON its quotes would be
 * escaped.
 */
function isCalm(eb: ExpressionBuilder<Tables, 'sessions'>, agentId: string, { now, createdAfter }: Calm): Wanted {
  const refused = eb
    .selectFrom('effects')
    .select('session_id')
    .where('agent_id', '=', agentId)
    .where('refusal', 'is not', null)
    .where('state', '!=', 'applied');
  return eb.and([
    eb('phase', 'in', phases),
    eb('created_at', '>', createdAfter),
    eb('waits', 'is', null),
    eb('lease_until', 'is', null),
    eb.or([eb('wake_at', 'is', null), eb('wake_at', '>', now)]),
    eb('item', 'not like', '%"refusal":%'),
    eb('session_id', 'not in', refused),
  ]);
}

/** The opposite, also where a column is null. */
export const isNotCalm = (eb: ExpressionBuilder<Tables, 'sessions'>, agentId: string, calm: Calm) =>
  eb(sql<number>`case when ${isCalm(eb, agentId, calm)} then 1 else 0 end`, '=', 0);

export async function calmItems(db: Db, agentId: string, calm: Calm): Promise<CalmItems[]> {
  const rows = await db
    .selectFrom('sessions')
    .select(['phase', (eb) => eb.fn.countAll().as('count'), (eb) => eb.fn.min('session_id').as('one')])
    .where('agent_id', '=', agentId)
    .where((eb) => isCalm(eb, agentId, calm))
    .groupBy('phase')
    .execute();
  return rows.map(({ phase, count, one }) => ({ phase: phase as Phase, count: Number(count), sessionId: one }));
}
