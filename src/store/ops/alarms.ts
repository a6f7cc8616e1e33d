/** The alarms that are known, so that each is told once and its end once, whatever is restarted in between. */
import type { Code } from '../../refusal.ts';
import type { Alarm, AlarmKind } from '../../status/alarm.ts';
import { lock } from '../database/at-once/locks.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { withoutNulls } from '../rows.ts';

/** Times are milliseconds since 1970. */
export interface KnownAlarm extends Alarm {
  /** When it was seen first. */
  readonly seenAt: number;
  /** When it was first seen to be over. */
  readonly goneAt?: number;
  readonly saidAt?: number;
  /** Only its number was told, among others. */
  readonly isSummed: boolean;
}

/** What changes at once. */
export interface AlarmStep {
  /** New ones, and those that changed. */
  readonly put: readonly KnownAlarm[];
  /** The keys of those that are over. */
  readonly drop: readonly string[];
  /** What is to be told, in this order. */
  readonly lines: readonly string[];
}

export interface Alarms {
  /** In the order in which they were seen. */
  list(): Promise<KnownAlarm[]>;
  /** False, and nothing is stored, if others have stored since `from` was listed, from which the step follows. */
  store(step: AlarmStep, from?: readonly KnownAlarm[]): Promise<boolean>;
}

function alarmOf(row: RowOf<'alarms'>): KnownAlarm {
  const { key, agent_id: agentId, why, fix, since, next_look_at: nextLookAt, seen_at: seenAt } = row;
  return {
    ...{ key, agentId, why, fix, since, nextLookAt, seenAt },
    kind: row.kind as AlarmKind,
    code: row.code as Code | null,
    isSummed: row.is_summed === 1,
    ...withoutNulls({ workItemId: row.work_item_id, goneAt: row.gone_at, saidAt: row.said_at }),
  };
}

function columnsOf(alarm: KnownAlarm) {
  const { kind, agentId, code, why, fix, since, seenAt, isSummed } = alarm;
  const { workItemId = null, nextLookAt, goneAt = null, saidAt = null } = alarm;
  const what = { kind, agent_id: agentId, work_item_id: workItemId, code, why, fix, is_summed: isSummed ? 1 : 0 };
  return { ...what, since, next_look_at: nextLookAt, seen_at: seenAt, gone_at: goneAt, said_at: saidAt };
}

const list = async (from: Db): Promise<KnownAlarm[]> =>
  (await from.selectFrom('alarms').selectAll().orderBy('seen_at').orderBy('key').execute()).map(alarmOf);

export function createAlarms(db: Db, now: () => number): Alarms {
  return {
    list: () => list(db),
    async store({ put, drop, lines }, from) {
      if (put.length + drop.length + lines.length === 0) return true;
      return db.transaction().execute(async (trx) => {
        await lock(trx, 'alarms');
        if (from && JSON.stringify(from) !== JSON.stringify(await list(trx))) return false;
        for (const alarm of put) {
          const columns = columnsOf(alarm);
          await trx
            .insertInto('alarms')
            .values({ key: alarm.key, ...columns })
            .onConflict((conflict) => conflict.column('key').doUpdateSet(columns))
            .execute();
        }
        for (const key of drop) await trx.deleteFrom('alarms').where('key', '=', key).execute();
        for (const text of lines) {
          await trx
            .insertInto('ops_lines')
            .values({ text, at: now(), next_at: null, why: null, state: 'waiting' })
            .execute();
        }
        return true;
      });
    },
  };
}
