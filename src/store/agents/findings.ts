/** What the last look at each agent's systems found wrong, so that everybody who asks later is told the same. */

import type { Code } from '../../refusal.ts';
import type { Finding, SeenFinding } from '../../status/finding.ts';
import { lock } from '../database/at-once/locks.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { withoutNulls } from '../rows.ts';

/** The configuration that was looked at. */
export interface LookedAt {
  readonly agentId: string;
  readonly digest: string;
}

export interface Findings {
  /** What did not pass; nothing if the configuration has changed since. */
  list(looked: LookedAt): Promise<SeenFinding[]>;
  /** When this configuration was last looked at, milliseconds since 1970. */
  lookedAt(looked: LookedAt): Promise<number | undefined>;
  /**
   * Stores one look. It replaces what was known of each check that was made, and of other configurations. A check that could not
   * be made changes nothing.
   */
  keep(looked: LookedAt, seenBy: SeenFinding['seenBy'], findings: readonly Finding[]): Promise<void>;
  /** Drops what one check found, because something else has shown that it no longer holds. */
  drop(agentId: string, checkId: string): Promise<void>;
}

function findingOf(row: RowOf<'findings'>): SeenFinding {
  const { what, fix, at, file, line } = row;
  return {
    ...{ id: row.check_id, what, fix, at },
    status: row.status as SeenFinding['status'],
    seenBy: row.seen_by as SeenFinding['seenBy'],
    ...withoutNulls({ code: row.code as Code | null, file, line }),
  };
}

/** The row that says when a look was made; no check has this id. */
const lookId = 'look';

export function createFindings(db: Db, now: () => number): Findings {
  return {
    async list({ agentId, digest }) {
      const rows = db.selectFrom('findings').selectAll().where('agent_id', '=', agentId).where('digest', '=', digest);
      return (await rows.where('check_id', '!=', lookId).orderBy('seq').execute()).map(findingOf);
    },
    async lookedAt({ agentId, digest }) {
      const of = db.selectFrom('findings').where('agent_id', '=', agentId).where('digest', '=', digest);
      const row = await of.select('at').where('check_id', '=', lookId).executeTakeFirst();
      return row?.at;
    },
    async keep({ agentId, digest }, seenBy, findings) {
      const look: Finding = { id: lookId, status: 'ok', what: '', fix: '' };
      const made = [...findings.filter(({ isUnread }) => !isUnread), look];
      const checks = made.map(({ id }) => id);
      const wrong = made.filter(({ id, status }) => status !== 'ok' || id === lookId);
      await db.transaction().execute(async (trx) => {
        await lock(trx, `findings/${agentId}`);
        await trx
          .deleteFrom('findings')
          .where('agent_id', '=', agentId)
          .where((row) => row.or([row('digest', '!=', digest), row('check_id', 'in', checks)]))
          .execute();
        for (const { id, status, what, fix, code = null, file = null, line = null } of wrong) {
          const row = { agent_id: agentId, check_id: id, status, what, fix, code, file, line };
          await trx
            .insertInto('findings')
            .values({ ...row, at: now(), seen_by: seenBy, digest })
            .execute();
        }
      });
    },
    async drop(agentId, checkId) {
      await db.deleteFrom('findings').where('agent_id', '=', agentId).where('check_id', '=', checkId).execute();
    },
  };
}
