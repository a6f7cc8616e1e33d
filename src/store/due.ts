/** Which sessions are due for a turn. This runs many times a minute, so it reads only the rows that it returns. */
import type { AgentId } from '../agents/agent-id.ts';
import type { SessionId } from '../broker/session-id.ts';
import type { Db } from './database/schema.ts';
import type { SessionKey } from './fence.ts';
import { platformPausedAt } from './platform.ts';
import { withoutNulls } from './rows.ts';

export interface DueSession extends SessionKey {
  readonly agentId: AgentId;
  readonly sessionId: SessionId;
  /** The order among others: lower ranks start first. */
  readonly rank?: number;
}

/**
 * The session that has been due for longest comes first. A session with an expired lease is due too: the claim had cleared its wake
 * time.
 */
function dueQuery(db: Db, now: number, max: number) {
  return db
    .selectFrom('sessions')
    .leftJoin('agents', 'agents.agent_id', 'sessions.agent_id')
    .select(['sessions.agent_id', 'sessions.session_id', 'sessions.rank'])
    .where((eb) =>
      eb.or([
        eb.and([eb('sessions.lease_until', 'is', null), eb('sessions.wake_at', '<=', now)]),
        eb('sessions.lease_until', '<=', now),
      ]),
    )
    .where((eb) => eb.or([eb('sessions.not_before', 'is', null), eb('sessions.not_before', '<=', now)]))
    .where('agents.paused_at', 'is', null)
    .orderBy((eb) => eb.fn.coalesce('sessions.lease_until', 'sessions.wake_at'))
    .limit(max);
}

/** Returns no sessions of a paused agent, and none while the platform is paused. */
export async function dueSessions(db: Db, now: number, max: number): Promise<DueSession[]> {
  if ((await platformPausedAt(db)) !== undefined) return [];
  const rows = await dueQuery(db, now, max).execute();
  return rows.map((row) => ({
    agentId: row.agent_id as AgentId,
    sessionId: row.session_id as SessionId,
    ...withoutNulls({ rank: row.rank }),
  }));
}
