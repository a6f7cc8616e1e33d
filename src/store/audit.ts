/** Keeps the audit chains: an entry is written in the transaction of what it tells of, and the head beside the log. */
import {
  type AuditDraft,
  type AuditEntry,
  type AuditHead,
  type ChainVerdict,
  chain,
  emptyHead,
  verifyChain,
} from './audit-chain.ts';
import { atOneMoment } from './database/at-once/locks.ts';
import type { Db, RowOf } from './database/schema.ts';
import { withoutNulls } from './rows.ts';

/** What the caller knows; the time and the agent's trusted configuration are added. */
export type AuditWish = Omit<AuditDraft, 'at' | 'configDigest'>;

export interface AuditLog {
  append(entry: AuditWish): Promise<AuditEntry>;
  /** Oldest first, after `afterSeq`, at most `max`. */
  list(agentId: string, afterSeq: number, max: number): Promise<AuditEntry[]>;
  /** The last `max` of one agent or of all, oldest first. */
  tail(agentId: string | undefined, max: number): Promise<AuditEntry[]>;
  /** The last `max` that concern one session, oldest first. */
  ofSession(agentId: string, sessionId: string, max: number): Promise<AuditEntry[]>;
  /** The newest `max` of one agent or of all, newest first; older ones with `before`. */
  page(
    agentId: string | undefined,
    query: { readonly before?: number | undefined; readonly max: number },
  ): Promise<AuditPage>;
  /** How long each log is, and up to where `verifyNew` found it whole; of one agent or of all, sorted by agent. */
  checked(agentId?: string): Promise<CheckedChain[]>;
  /** Whether nothing was changed, removed or cut off. */
  verify(agentId: string): Promise<ChainVerdict>;
  /** Checks what was added to each log since this was last asked, at most `max` entries of each. Those that are not whole. */
  verifyNew(max: number): Promise<BrokenChain[]>;
}

export interface BrokenChain {
  readonly agentId: string;
  readonly brokenAt: number;
  readonly why: string;
}

export interface AuditPage {
  readonly entries: AuditEntry[];
  /** What to ask for with `before`, where there are older entries. */
  readonly older?: number;
}

export interface CheckedChain {
  readonly agentId: string;
  readonly entries: number;
  readonly checked: number;
}

function entryOf(row: RowOf<'audit_entries'>): AuditEntry {
  const { id, agent_id, session_id, args_digest, config_digest, ...rest } = withoutNulls(row);
  return { ...rest, agentId: agent_id, sessionId: session_id, argsDigest: args_digest, configDigest: config_digest };
}

/** `refused CODE`, perhaps with why or how often. */
const refusedForm = /^refused (\w+)(?:, (\d+) times$)?/;

async function countRefusal(trx: Db, { agentId, outcome }: AuditEntry): Promise<void> {
  const [, code, times = '1'] = refusedForm.exec(outcome) ?? [];
  if (code === undefined) return;
  const count = Number(times);
  await trx
    .insertInto('refusal_counts')
    .values({ agent_id: agentId, code, count })
    .onConflict((conflict) =>
      conflict.columns(['agent_id', 'code']).doUpdateSet((eb) => ({ count: eb('refusal_counts.count', '+', count) })),
    )
    .execute();
}

/**
 * Appends within the caller's transaction, as the last that it does. Writing the head first keeps appends of one agent apart: each
 * waits until the transaction before it has ended, and then reads the head that this one left.
 */
export async function appendAudit(trx: Db, wish: AuditWish, at: number): Promise<AuditEntry> {
  const { agentId } = wish;
  await trx
    .insertInto('audit_heads')
    .values({ agent_id: agentId, ...emptyHead })
    .onConflict((conflict) => conflict.column('agent_id').doUpdateSet({ agent_id: agentId }))
    .execute();
  const head = await trx
    .selectFrom('audit_heads')
    .selectAll()
    .where('agent_id', '=', agentId)
    .executeTakeFirstOrThrow();
  const agent = await trx
    .selectFrom('agents')
    .select('trusted_digest')
    .where('agent_id', '=', agentId)
    .executeTakeFirst();
  const entry = chain(head, { ...wish, at, configDigest: agent?.trusted_digest ?? '' });
  const { sessionId, argsDigest, configDigest, permit = null, agentId: _, ...rest } = entry;
  const columns = { agent_id: agentId, session_id: sessionId, args_digest: argsDigest, config_digest: configDigest };
  await trx
    .insertInto('audit_entries')
    .values({ ...rest, ...columns, permit })
    .execute();
  await countRefusal(trx, entry);
  const { seq, hash } = entry;
  await trx.updateTable('audit_heads').set({ seq, hash }).where('agent_id', '=', agentId).execute();
  return entry;
}

/** What was added since the last check, at most `max` entries, and the last of them that is whole. */
async function newOf(trx: Db, agentId: string, max: number): Promise<{ verdict: ChainVerdict; last: AuditHead }> {
  const of = <T extends 'audit_heads' | 'audit_checks'>(table: T) =>
    trx
      .selectFrom(table as 'audit_heads')
      .select(['seq', 'hash'])
      .where('agent_id', '=', agentId)
      .executeTakeFirst();
  const [head = emptyHead, checked = emptyHead] = [await of('audit_heads'), await of('audit_checks')];
  const added = trx
    .selectFrom('audit_entries')
    .selectAll()
    .where('agent_id', '=', agentId)
    .where('seq', '>', checked.seq);
  const entries = (await added.orderBy('seq').limit(max).execute()).map(entryOf);
  const last = entries.at(-1) ?? checked;
  return { verdict: verifyChain(entries, entries.length < max ? head : last, checked), last };
}

/** A longer log is checked up to `max`, and further on the next time. */
async function checkOn(db: Db, agentId: string, max: number): Promise<ChainVerdict> {
  const { verdict, last } = await atOneMoment(db, (trx) => newOf(trx, agentId, max));
  if (!verdict.ok) return verdict;
  const { seq, hash } = last;
  await db
    .insertInto('audit_checks')
    .values({ agent_id: agentId, seq, hash })
    .onConflict((conflict) =>
      conflict.column('agent_id').doUpdateSet({ seq, hash }).where('audit_checks.seq', '<', seq),
    )
    .execute();
  return verdict;
}

async function verifyNew(db: Db, max: number): Promise<BrokenChain[]> {
  const changed = db
    .selectFrom('audit_heads')
    .leftJoin('audit_checks', 'audit_checks.agent_id', 'audit_heads.agent_id')
    .select('audit_heads.agent_id')
    .where((eb) =>
      eb.or([eb('audit_checks.hash', 'is', null), eb('audit_checks.hash', '!=', eb.ref('audit_heads.hash'))]),
    );
  const broken: BrokenChain[] = [];
  for (const { agent_id: agentId } of await changed.orderBy('audit_heads.agent_id').execute()) {
    const verdict = await checkOn(db, agentId, max);
    if (!verdict.ok) broken.push({ agentId, brokenAt: verdict.brokenAt, why: verdict.why });
  }
  return broken;
}

/** The place is the entry's own in the log of its agent, or in all logs together. */
async function pageOf(
  db: Db,
  agentId: string | undefined,
  { before, max }: { readonly before?: number | undefined; readonly max: number },
): Promise<AuditPage> {
  const place = agentId === undefined ? 'id' : 'seq';
  let wanted = db.selectFrom('audit_entries').selectAll();
  if (agentId !== undefined) wanted = wanted.where('agent_id', '=', agentId);
  if (before !== undefined) wanted = wanted.where(place, '<', before);
  const rows = await wanted
    .orderBy(place, 'desc')
    .limit(max + 1)
    .execute();
  const shown = rows.slice(0, max);
  const last = shown.at(-1);
  return { entries: shown.map(entryOf), ...(last && rows.length > max ? { older: last[place] } : {}) };
}

async function checkedOf(db: Db, agentId: string | undefined): Promise<CheckedChain[]> {
  const heads = db
    .selectFrom('audit_heads')
    .leftJoin('audit_checks', 'audit_checks.agent_id', 'audit_heads.agent_id')
    .select(['audit_heads.agent_id', 'audit_heads.seq', 'audit_checks.seq as checked'])
    .orderBy('audit_heads.agent_id');
  const rows = await (agentId === undefined ? heads : heads.where('audit_heads.agent_id', '=', agentId)).execute();
  return rows.map((row) => ({ agentId: row.agent_id, entries: row.seq, checked: row.checked ?? 0 }));
}

export function createAuditLog(db: Db, now: () => number): AuditLog {
  const all = (on: Db) => on.selectFrom('audit_entries').selectAll();
  const ofAgent = (agentId: string) => all(db).where('agent_id', '=', agentId).orderBy('seq', 'desc');
  return {
    append: (entry) => db.transaction().execute((trx) => appendAudit(trx, entry, now())),
    async list(agentId, afterSeq, max) {
      const rows = await all(db)
        .where('agent_id', '=', agentId)
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .limit(max)
        .execute();
      return rows.map(entryOf);
    },
    async tail(agentId, max) {
      const latest = agentId === undefined ? all(db).orderBy('id', 'desc') : ofAgent(agentId);
      const rows = await latest.limit(max).execute();
      return rows.map(entryOf).reverse();
    },
    async ofSession(agentId, sessionId, max) {
      const rows = await ofAgent(agentId).where('session_id', '=', sessionId).limit(max).execute();
      return rows.map(entryOf).reverse();
    },
    page: (agentId, query) => pageOf(db, agentId, query),
    checked: (agentId) => checkedOf(db, agentId),
    verifyNew: (max) => verifyNew(db, max),
    verify: (agentId) =>
      atOneMoment(db, async (trx) => {
        const rows = await all(trx).where('agent_id', '=', agentId).orderBy('seq').execute();
        const head = trx.selectFrom('audit_heads').selectAll().where('agent_id', '=', agentId);
        return verifyChain(rows.map(entryOf), (await head.executeTakeFirst()) ?? emptyHead);
      }),
  };
}
