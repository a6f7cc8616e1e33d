/** The log of each session for people: what was said, which tools were used, and the results. */

import { known } from '../base/known.ts';
import { atOneMoment } from './database/at-once/locks.ts';
import type { Db, RowOf } from './database/schema.ts';
import type { SessionKey } from './fence.ts';
import { type LogNews, openLogNews } from './lists/log-news.ts';
import { jsonText, parsed, withoutNulls } from './rows.ts';

export interface LogEntry {
  /** Milliseconds since 1970 (UTC). */
  readonly at: number;
  readonly kind: string;
  readonly text?: string;
  readonly tool?: string;
  /** Any JSON value, redacted, as is the next. */
  readonly input?: unknown;
  readonly result?: unknown;
}

export interface StoredLogEntry extends LogEntry, SessionKey {
  /** Rises over the whole platform; what `after` takes. */
  readonly id: number;
}

export interface LogQuery {
  readonly agentId?: string | undefined;
  /** Of this agent and of all below it. */
  readonly branch?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Only entries after this id. */
  readonly after?: number | undefined;
  /** Only entries before this id. */
  readonly before?: number | undefined;
  readonly max: number;
}

export interface SessionLog {
  append(session: SessionKey, entries: readonly LogEntry[]): Promise<void>;
  /** Oldest first. */
  list(query: LogQuery): Promise<StoredLogEntry[]>;
  /** The last `max`, oldest first. */
  tail(query: LogQuery): Promise<StoredLogEntry[]>;
  /** The same, and all that comes after that; with `after` only what comes after it. */
  follow(query: LogQuery): Promise<{ tail: StoredLogEntry[]; news: LogNews<StoredLogEntry> }>;
}

function entryOf(row: RowOf<'log_entries'>): StoredLogEntry {
  const { id, at, kind, text, tool } = row;
  const values = { input: parsed<NonNullable<unknown>>(row.input), result: parsed<NonNullable<unknown>>(row.result) };
  return { id, at, kind, agentId: row.agent_id, sessionId: row.session_id, ...withoutNulls({ text, tool, ...values }) };
}

export function createSessionLog(db: Db, now: () => number): SessionLog {
  function wantedOf(from: Db, { agentId, branch, sessionId }: LogQuery) {
    const wanted = known({ agent_id: agentId, session_id: sessionId });
    return from
      .selectFrom('log_entries')
      .selectAll()
      .where((eb) => eb.and(wanted))
      .$if(branch !== undefined, (all) =>
        all.where((eb) => eb.or([eb('agent_id', '=', branch ?? ''), eb('agent_id', 'like', `${branch}/%`)])),
      )
      .orderBy('id');
  }
  function matching(from: Db, query: LogQuery) {
    const { after = 0, before, max } = query;
    return wantedOf(from, query)
      .where('id', '>', after)
      .$if(before !== undefined, (all) => all.where('id', '<', before ?? 0))
      .limit(max);
  }
  const tail = async (from: Db, query: LogQuery) =>
    (await matching(from, query).clearOrderBy().orderBy('id', 'desc').execute()).map(entryOf).reverse();
  return {
    async append({ agentId, sessionId }, entries) {
      if (entries.length === 0) return;
      const rows = entries.map(({ at, kind, text = null, tool = null, input, result }) => ({
        agent_id: agentId,
        session_id: sessionId,
        at,
        kind,
        text,
        tool,
        input: jsonText(input),
        result: jsonText(result),
      }));
      await db.insertInto('log_entries').values(rows).execute();
    },
    list: async (query) => (await matching(db, query).execute()).map(entryOf),
    tail: (query) => tail(db, query),
    follow: (query) =>
      atOneMoment(db, async (trx) => {
        const read = async (ids: readonly number[]) =>
          (await wantedOf(db, query).where('id', 'in', ids).execute()).map(entryOf);
        const news = await openLogNews(trx, db, query.after, { now, read });
        return { tail: query.after === undefined ? await tail(trx, query) : [], news };
      }),
  };
}
