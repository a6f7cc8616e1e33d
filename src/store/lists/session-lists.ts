/** Sessions as lists that people page through: the one that was active last comes first. */
import type { Db } from '../database/schema.ts';
import { type StoredSession, sessionOf } from '../session-rows.ts';

export interface SessionQuery {
  readonly agentId?: string | undefined;
  /** Only of work items that are in this phase. */
  readonly phase?: string | undefined;
  /** Only sessions of work items. */
  readonly isItem?: boolean;
  /** How many of the list are left out, and how many are wanted. */
  readonly skip: number;
  readonly max: number;
}

export interface SessionPage {
  readonly sessions: StoredSession[];
  /** How many the whole list has. */
  readonly total: number;
}

export interface SessionLists {
  page(query: SessionQuery): Promise<SessionPage>;
}

export function createSessionLists(db: Db): SessionLists {
  return {
    async page({ agentId, phase, isItem = false, skip, max }) {
      let all = db.selectFrom('sessions');
      if (agentId !== undefined) all = all.where('agent_id', '=', agentId);
      if (phase !== undefined) all = all.where('phase', '=', phase);
      if (isItem) all = all.where('work_item_id', 'is not', null);
      const latest = all.selectAll().orderBy('last_active_at', 'desc').orderBy('agent_id').orderBy('session_id');
      const [rows, counted] = await Promise.all([
        latest.limit(max).offset(skip).execute(),
        all.select((eb) => eb.fn.countAll().as('total')).executeTakeFirstOrThrow(),
      ]);
      return { sessions: rows.map(sessionOf), total: Number(counted.total) };
    },
  };
}
