/** Which sessions want a turn now: asked many times a minute, so it reads no more rows than it answers. */
import type { AgentId } from '../agents/agent-id.ts';
import type { SessionId } from '../broker/session-id.ts';
import type { Db } from './database/schema.ts';
import type { SessionKey } from './fence.ts';
import { platformPausedAt } from './platform.ts';
import { withoutNulls } from './rows.ts';

export interface DueSession extends SessionKey {
  readonly agentId: AgentId;
  readonly sessionId: SessionId;
  /** How soon it shall start among others, the lower the sooner. */
  readonly rank?: number;
}

/** The longest due first; a lease that ran out makes its session due, for its turn had taken the wish for it. */
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

/** None of a paused agent, none at all while the platform is paused. */
export async function dueSessions(db: Db, now: number, max: number): Promise<DueSession[]> {
  if ((await platformPausedAt(db)) !== undefined) return [];
  const rows = await dueQuery(db, now, max).execute();
  return rows.map((row) => ({
    agentId: row.agent_id as AgentId,
    sessionId: row.session_id as SessionId,
    ...withoutNulls({ rank: row.rank }),
  }));
}
