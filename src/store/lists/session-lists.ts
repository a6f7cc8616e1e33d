/** Sessions as people see them: page by page, the one that was active last first, and those that a status tells of. */

import type { ExpressionBuilder } from 'kysely';
import { mainSession } from '../../broker/session-id.ts';
import type { Db, Tables } from '../database/schema.ts';
import { type StoredSession, sessionOf } from '../session-rows.ts';
import { type Calm, type CalmItems, calmItems, isNotCalm } from './calm-items.ts';

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

/** A part of a list that is sorted by name. */
export interface Part {
  readonly after: string;
  readonly max: number;
}

export interface SessionLists {
  page(query: SessionQuery): Promise<SessionPage>;
  /**
   * Those of an agent that something is going on with: a turn, one to come, something to wait for, a work item that is not over
   * or failed, or anything at all since `since`, milliseconds since 1970; and `main`. Sorted by name.
   */
  told(agentId: string, since: number): Promise<StoredSession[]>;
  /** A part of these: work items alone, of those whose name comes after `after`, without those that `calmItems` counts. */
  toldItems(agentId: string, since: number, part: Part & Calm): Promise<StoredSession[]>;
  /** Those of an agent's work items, whatever they do. */
  items(agentId: string, part: Part): Promise<StoredSession[]>;
  /** How many of an agent's work items only wait for people, by phase. */
  calmItems(agentId: string, calm: Calm): Promise<CalmItems[]>;
  /** Those that tell how an agent stands: no work item, or one that has a turn or was told what it waits for. */
  ofAgent(agentId: string): Promise<StoredSession[]>;
  /** Those that this owner has claimed. */
  claimedBy(owner: string): Promise<StoredSession[]>;
  /** Those of an agent, or of all, whose last turn said what they wait for. */
  waiting(agentId?: string): Promise<StoredSession[]>;
  /** Those of an agent, or of all, whose work item is in this phase. */
  inPhase(phase: string, agentId?: string): Promise<StoredSession[]>;
  /** The names of all of an agent. */
  names(agentId: string): Promise<string[]>;
  /** Those of an agent without activity for longer than `ms`, by the state's own time, that are no open work item. */
  inactive(agentId: string, ms: number): Promise<StoredSession[]>;
}

export function createSessionLists(db: Db, now: () => number): SessionLists {
  const of = (agentId: string | undefined) => {
    const all = db.selectFrom('sessions').selectAll();
    return agentId === undefined ? all : all.where('agent_id', '=', agentId);
  };
  const toldOf = (agentId: string, since: number) =>
    of(agentId)
      .where((eb) =>
        eb.or([
          ...(['lease_until', 'wake_at', 'waits', 'pending_trigger'] as const).map((name) => eb(name, 'is not', null)),
          eb.and([eb('work_item_id', 'is not', null), eb('closed_at', 'is', null)]),
          eb('phase', '=', 'failed'),
          eb('last_active_at', '>', since),
          eb('session_id', '=', mainSession),
        ]),
      )
      .orderBy('session_id');
  return {
    async claimedBy(owner) {
      const claimed = of(undefined).where('lease_until', 'is not', null).where('lease_owner', '=', owner);
      return (await claimed.execute()).map(sessionOf);
    },
    waiting: async (agentId) => (await of(agentId).where('waits', 'is not', null).execute()).map(sessionOf),
    inPhase: async (phase, agentId) => (await of(agentId).where('phase', '=', phase).execute()).map(sessionOf),
    async inactive(agentId, ms) {
      const isNoOpenItem = (eb: ExpressionBuilder<Tables, 'sessions'>) =>
        eb.or([eb('work_item_id', 'is', null), eb('closed_at', 'is not', null)]);
      const silent = of(agentId).where('last_active_at', '<', now() - ms);
      return (await silent.where(isNoOpenItem).execute()).map(sessionOf);
    },
    async names(agentId) {
      const rows = await db.selectFrom('sessions').select('session_id').where('agent_id', '=', agentId).execute();
      return rows.map((row) => row.session_id);
    },
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
    told: async (agentId, since) => (await toldOf(agentId, since).execute()).map(sessionOf),
    async toldItems(agentId, since, { after, max, ...calm }) {
      const items = toldOf(agentId, since).where('work_item_id', 'is not', null).where('session_id', '>', after);
      const wanted = items.where((eb) => isNotCalm(eb, agentId, calm));
      return (await wanted.limit(max).execute()).map(sessionOf);
    },
    async items(agentId, { after, max }) {
      const all = of(agentId).where('work_item_id', 'is not', null).where('session_id', '>', after);
      return (await all.orderBy('session_id').limit(max).execute()).map(sessionOf);
    },
    calmItems: (agentId, calm) => calmItems(db, agentId, calm),
    async ofAgent(agentId) {
      const rows = await of(agentId)
        .where((eb) =>
          eb.or([eb('work_item_id', 'is', null), eb('waits', 'is not', null), eb('lease_until', 'is not', null)]),
        )
        .execute();
      return rows.map(sessionOf);
    },
  };
}
