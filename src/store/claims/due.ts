/** Which sessions are due for a turn. This runs many times a minute, so it reads only the rows that it returns. */
import { sql } from 'kysely';
import type { AgentId } from '../../agents/agent-id.ts';
import { mainSession, type SessionId } from '../../broker/session-id.ts';
import { together } from '../database/at-once/together.ts';
import type { Db } from '../database/schema.ts';
import type { Words } from '../database/words.ts';
import { pausedQuery } from '../platform.ts';
import { withoutNulls } from '../rows.ts';
import type { DueOptions, DueSession } from './port.ts';

/** Sessions that wait for their time, and sessions whose lease is over: the claim had cleared their wake time. */
function dueQuery(
  db: Db,
  { time }: Words,
  { max, without = [], onlyMain = [] }: DueOptions,
  dated: 'wake_at' | 'lease_until',
) {
  const due = db
    .selectFrom('sessions')
    .leftJoin('agents', 'agents.agent_id', 'sessions.agent_id')
    .select(['sessions.agent_id', 'sessions.session_id', 'sessions.epoch', 'sessions.rank', 'sessions.lease_owner'])
    .select(sql<number>`${time()} - ${sql.ref(`sessions.${dated}`)}`.as('late'))
    .where(`sessions.${dated}`, '<=', time())
    .where((eb) => eb.or([eb('sessions.not_before', 'is', null), eb('sessions.not_before', '<=', time())]))
    .where('agents.paused_at', 'is', null);
  const free = dated === 'wake_at' ? due.where('sessions.lease_until', 'is', null) : due;
  const others = without.length === 0 ? free : free.where('sessions.agent_id', 'not in', without);
  const wanted = others.where((eb) =>
    eb.or([eb('sessions.agent_id', 'not in', onlyMain), eb('sessions.session_id', '=', mainSession)]),
  );
  return (onlyMain.length === 0 ? others : wanted).orderBy(`sessions.${dated}`).limit(max);
}

/** The one that has been due for longest comes first. None of a paused agent, and none while the platform is paused. */
export async function dueSessions(db: Db, words: Words, options: DueOptions): Promise<DueSession[]> {
  const [paused, leased, woken] = await together(
    db,
    pausedQuery(db),
    dueQuery(db, words, options, 'lease_until'),
    dueQuery(db, words, options, 'wake_at'),
  );
  if (paused.rows.length > 0) return [];
  const rows = [...leased.rows, ...woken.rows];
  rows.sort((a, b) => b.late - a.late);
  return rows.slice(0, options.max).map((row) => ({
    agentId: row.agent_id as AgentId,
    sessionId: row.session_id as SessionId,
    epoch: row.epoch,
    lateMs: row.late,
    ...withoutNulls({ rank: row.rank, lostBy: row.lease_owner }),
  }));
}
