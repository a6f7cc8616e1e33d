/** What is told in the ops channel: each line waits here until it is sent. */
import { limits } from '../../limits.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { withoutNulls } from '../rows.ts';

export interface OpsLine {
  readonly seq: number;
  readonly text: string;
  /** When it was stored, milliseconds since 1970. */
  readonly at: number;
  readonly attempts: number;
  /** Its last try may have been taken: it has no known end. */
  readonly isDoubtful: boolean;
  /** It is not tried before, milliseconds since 1970. */
  readonly nextAt?: number;
  /** Why its last try failed. */
  readonly why?: string;
}

export type LineEnd =
  | { readonly kind: 'sent' }
  /** It is tried again; `isDoubtful` if it may have been taken. */
  | { readonly kind: 'later'; readonly why: string; readonly until: number; readonly isDoubtful: boolean }
  | { readonly kind: 'lost'; readonly why: string };

export interface OpsLines {
  /** What is not sent yet, oldest first. */
  waiting(): Promise<OpsLine[]>;
  /** How much was stored since then, milliseconds since 1970. */
  since(at: number): Promise<number>;
  /**
   * Marks it as being sent; false if another process has it, or it is over. If its end is not told within `outboxSendingSeconds`,
   * who began it is gone, and it can be begun again.
   */
  begin(seq: number): Promise<boolean>;
  end(seq: number, how: LineEnd): Promise<void>;
  /** Forgets what was over more than `ms` ago, by the state's own time. */
  prune(ms: number): Promise<void>;
}

function lineOf({ seq, text, at, attempts, state, next_at: nextAt, why }: RowOf<'ops_lines'>): OpsLine {
  return { seq, text, at, attempts, isDoubtful: state === 'sending', ...withoutNulls({ nextAt, why }) };
}

/** `isAlone`: no other process tells what stands here. */
export function createOpsLines(db: Db, now: () => number, isAlone: boolean): OpsLines {
  const one = (seq: number) => db.updateTable('ops_lines').where('seq', '=', seq);
  return {
    async waiting() {
      const open = db.selectFrom('ops_lines').selectAll().where('state', 'in', ['waiting', 'sending']);
      return (await open.orderBy('seq').execute()).map(lineOf);
    },
    async since(at) {
      const told = db.selectFrom('ops_lines').where('at', '>', at);
      return Number((await told.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count);
    },
    async begin(seq) {
      const until = isAlone ? null : now() + limits.outboxSendingSeconds * 1_000;
      const begun = one(seq)
        .set((eb) => ({ state: 'sending', attempts: eb('attempts', '+', 1), next_at: until }))
        .where('state', 'in', ['waiting', 'sending'])
        .where((eb) => eb.or([eb('next_at', 'is', null), eb('next_at', '<=', now())]));
      return (await begun.executeTakeFirstOrThrow()).numUpdatedRows === 1n;
    },
    async end(seq, how) {
      if (how.kind !== 'later') {
        const why = how.kind === 'lost' ? how.why : null;
        await one(seq).set({ state: how.kind, why, next_at: null }).execute();
        return;
      }
      const state = how.isDoubtful ? ('sending' as const) : ('waiting' as const);
      await one(seq).set({ state, why: how.why, next_at: how.until }).execute();
    },
    async prune(ms) {
      const over = db.deleteFrom('ops_lines').where('state', 'in', ['sent', 'lost']);
      await over.where('at', '<', now() - ms).execute();
    },
  };
}
