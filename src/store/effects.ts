/** The ledger of effects, for one turn: what is about to be done outside and its outcome, each with an audit entry. */
import { digestOf } from '../base/digest.ts';
import { assert } from '../base/errors.ts';
import { known } from '../base/known.ts';
import type { EffectOutcome, Ledger, Tried } from '../effects/ledger.ts';
import type { Refusal } from '../refusal.ts';
import type { EffectResult, Intent } from '../work-items/lifecycle/events.ts';
import { appendAudit } from './audit.ts';
import type { Db } from './database/schema.ts';
import { type EffectRow, effectRow, insertEffect, openEffects, resultOf, setOutcome } from './effect-rows.ts';
import { mustHold, type SessionKey, type TurnKey } from './fence.ts';
import { parsed, withoutNulls } from './rows.ts';

/** An effect that is not completed yet. */
export interface OpenEffect {
  readonly key: string;
  readonly intent: Intent;
  readonly state: Exclude<EffectRow['state'], 'applied'>;
  /** When to try again, milliseconds since 1970. */
  readonly nextAt?: number;
  /** Why it has not happened yet, or will not happen. */
  readonly refusal?: Refusal;
}

export interface Effects {
  /** The ledger for one turn; its calls throw StaleTurnError after the turn is over. */
  ledgerOf(turn: TurnKey): Ledger;
  /** The open effects of the session, in the order in which they were requested. */
  open(session: SessionKey): Promise<OpenEffect[]>;
}

function auditOf(turn: TurnKey, row: EffectRow, outcome: string, permitId?: string) {
  const { agentId, sessionId } = turn;
  const intent = JSON.parse(row.intent) as Intent;
  return known({
    agentId,
    sessionId,
    actor: row.origin === 'tool' ? `agent/${agentId}` : 'platform',
    action: intent.kind,
    target: sessionId,
    argsDigest: digestOf(intent),
    outcome,
    permit: permitId,
  });
}

/** The new columns of the row. Nobody waits for the outcome of a tool's effect, so it becomes `applied` at once. */
function columnsOf(outcome: EffectOutcome, origin: EffectRow['origin']) {
  const over = (state: 'done' | 'refused') => ({
    state: origin === 'tool' ? ('applied' as const) : state,
    next_at: null,
  });
  switch (outcome.kind) {
    case 'done':
      return { ...over('done'), result: outcome.result };
    case 'refused':
      return { ...over('refused'), refusal: outcome.refusal };
    case 'later':
      return { state: 'begun' as const, next_at: outcome.until, refusal: outcome.refusal };
  }
}

function openEffectOf({ key, intent, state, next_at: nextAt, refusal }: EffectRow): OpenEffect {
  assert(state !== 'applied', 'an applied effect is not open');
  const parts = withoutNulls({ nextAt, refusal: parsed<Refusal>(refusal) });
  return { key, intent: JSON.parse(intent) as Intent, state, ...parts };
}

export function createEffects(db: Db, now: () => number): Effects {
  const ledgerOf = (turn: TurnKey): Ledger => ({
    async tried(key): Promise<Tried | undefined> {
      const row = await effectRow(db, key);
      const refusal = parsed<Refusal>(row?.refusal ?? null);
      return refusal && row?.next_at ? { refusal, until: row.next_at } : undefined;
    },
    begin: (key, intent) =>
      db.transaction().execute(async (trx) => {
        await mustHold(trx, turn, now());
        const row = (await effectRow(trx, key)) ?? (await insertEffect(trx, turn, { key, intent, origin: 'tool' }));
        const before = resultOf<EffectResult>(row);
        if (before) return before;
        await setOutcome(trx, key, { state: 'begun', next_at: null });
        await appendAudit(trx, auditOf(turn, row, 'intended'), now());
        return undefined;
      }),
    end: (key, outcome, permitId) =>
      db.transaction().execute(async (trx) => {
        await mustHold(trx, turn, now());
        const row = await effectRow(trx, key);
        assert(row, `the effect ${key} ended, but it was never stored`);
        await setOutcome(trx, key, { ...columnsOf(outcome, row.origin), permit_id: permitId ?? null });
        const words = outcome.kind === 'done' ? 'done' : `${outcome.kind} ${outcome.refusal.refused}`;
        await appendAudit(trx, auditOf(turn, row, words, permitId), now());
      }),
  });
  return {
    ledgerOf,
    open: async (session) => (await openEffects(db, session).execute()).map(openEffectOf),
  };
}
