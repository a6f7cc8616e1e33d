/** Sessions as people see them: page by page, the one that was active last first, and those that a status tells of. */
import { mainSession } from '../../broker/session-id.ts';
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
  /**
   * Those of an agent that something is going on with: a turn, one to come, something to wait for, a work item that is not over
   * or failed, or anything at all since `since`, milliseconds since 1970; and `main`. Sorted by name.
   */
  told(agentId: string, since: number): Promise<StoredSession[]>;
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
    async told(agentId, since) {
      const rows = await db
        .selectFrom('sessions')
        .selectAll()
        .where('agent_id', '=', agentId)
        .where((eb) =>
          eb.or([
            ...(['lease_until', 'wake_at', 'waits', 'pending_trigger'] as const).map((name) =>
              eb(name, 'is not', null),
            ),
            eb.and([eb('work_item_id', 'is not', null), eb('closed_at', 'is', null)]),
            eb('phase', '=', 'failed'),
            eb('last_active_at', '>', since),
            eb('session_id', '=', mainSession),
          ]),
        )
        .orderBy('session_id')
        .execute();
      return rows.map(sessionOf);
    },
  };
}
