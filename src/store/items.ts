/**
 * Applies events to work items: item, phase, pending trigger and new intents are stored in one transaction.
 *
 * fence -> load -> decide -> the event's own effect is applied -> intents into the ledger -> the session's row -> audit
 */
import { digestOf } from '../base/digest.ts';
import { assert } from '../base/errors.ts';
import { type SessionId, workItemIdOf } from '../broker/session-id.ts';
import { effectKey } from '../effects/effect-key.ts';
import type { Refusal } from '../refusal.ts';
import { decide, pendingTriggerOf } from '../work-items/lifecycle/decide.ts';
import type { Decision, Facts, Intent, LifecycleEvent, LifecycleRules } from '../work-items/lifecycle/events.ts';
import { holdingPhases, overlapAsking } from '../work-items/lifecycle/overlap.ts';
import { isOver, type StateMapping } from '../work-items/phase.ts';
import type { Person } from '../work-items/tracker.ts';
import { newWorkItem, type WorkItem, workOf } from '../work-items/work-item.ts';
import { putOnHold } from './agents.ts';
import { appendAudit } from './audit.ts';
import { lock } from './database/at-once/locks.ts';
import type { Db } from './database/schema.ts';
import { dropOpenEffects, intend, intentsOf, markApplied, openEffects } from './effect-rows.ts';
import { fence, ofSession, type TurnKey } from './fence.ts';
import { jsonText, parsed } from './rows.ts';
import { dropWork } from './work.ts';

export interface ApplyOptions extends TurnKey {
  readonly event: LifecycleEvent;
  readonly rules: LifecycleRules;
  /** The tracker's names of states for the pending trigger; without them our own names are used. */
  readonly stateMapping?: StateMapping;
}

export interface Applied {
  readonly item: WorkItem;
  /** All open intents of the session, in order. */
  readonly openIntents: Intent[];
}

export interface Items {
  /** GATE_LEASE, and no change, if the turn is over. */
  apply(options: ApplyOptions): Promise<Applied | Refusal>;
}

/** The facts for the decision, in addition to the item. */
async function readFacts(trx: Db, turn: TurnKey, item: WorkItem, rules: LifecycleRules, now: number): Promise<Facts> {
  const effects = await openEffects(trx, turn).execute();
  const owed = effects.flatMap(({ intent, state, refusal }) => {
    if (state === 'applied') return [];
    return [{ intent: JSON.parse(intent) as Intent, state, refusal: parsed<Refusal>(refusal) ?? undefined }];
  });
  return { rules, now, owed, others: await readOthers(trx, turn, item) };
}

/** Read only if the decision needs them: for an agent with many open items the list is long. */
async function readOthers(trx: Db, { agentId }: TurnKey, { phase }: WorkItem): Promise<WorkItem[]> {
  if (!overlapAsking.has(phase)) return [];
  // Two items that ask at once would both begin.
  await lock(trx, `overlap/${agentId}`);
  const rows = await trx
    .selectFrom('sessions')
    .select('item')
    .where('agent_id', '=', agentId)
    .where('phase', 'in', [...holdingPhases])
    .execute();
  return rows.flatMap((row) => parsed<WorkItem>(row.item) ?? []);
}

/** Marks the event's effect as applied, and stores the intents that follow. */
async function storeIntents(trx: Db, turn: TurnKey, workItemId: number, event: LifecycleEvent, decision: Decision) {
  if (event.kind === 'effect-done' || event.kind === 'effect-refused') {
    await markApplied(trx, effectKey(turn.agentId, workItemId, event.intent));
  }
  if (decision.callsOff) await dropOpenEffects(trx, turn);
  for (const intent of decision.intents) await intend(trx, turn, workItemId, intent);
}

/** A person by their sign-in name, which people can read; by their id if they have none. */
const signedIn = ({ mail, id }: Person) => `person/${mail || id}`;

/** The person who decided, if a person did; otherwise the platform. */
function actorOf(event: LifecycleEvent): string {
  if (event.kind === 'approved') return signedIn(event.approval.by);
  if (event.kind === 'gate-refused') return event.by ? signedIn(event.by) : 'platform';
  return 'by' in event ? `person/${event.by}` : 'platform';
}

/** The outcome: the change of phase, or the refusal. */
function outcomeOf(before: WorkItem, after: WorkItem, event: LifecycleEvent): string | undefined {
  if (event.kind === 'gate-refused') return `refused ${event.refusal.refused}, ${event.refusal.why}`;
  if (before.phase === after.phase) return undefined;
  const change = `${before.phase} to ${after.phase}`;
  return event.kind === 'gave-up' ? `${change}, ${event.refusal.refused}` : change;
}

/** Each change of phase, and each approval that did not hold, is an entry. */
async function auditEvent(
  trx: Db,
  turn: TurnKey,
  before: WorkItem,
  after: WorkItem,
  event: LifecycleEvent,
  at: number,
) {
  const outcome = outcomeOf(before, after, event);
  if (outcome === undefined) return;
  const { agentId, sessionId } = turn;
  const entry = {
    agentId,
    sessionId,
    actor: actorOf(event),
    action: event.kind,
    target: sessionId,
    argsDigest: digestOf(event),
    outcome,
  };
  await appendAudit(trx, entry, at);
}

/** Whether nothing of what the item had is gone on with: it is deployed, or begins again with a new plan. */
function endsWork(before: WorkItem, after: WorkItem): boolean {
  if (workOf(before) === undefined) return false;
  return after.phase === 'deployed' || workOf(after) === undefined;
}

export function createItems(db: Db, now: () => number): Items {
  return {
    apply: ({ event, rules, stateMapping = {}, ...turn }) =>
      db.transaction().execute(async (trx) => {
        const at = now();
        const refusal = await fence(trx, turn, at);
        if (refusal) return refusal;
        const workItemId = workItemIdOf(turn.sessionId as SessionId);
        assert(workItemId !== undefined, `${turn.sessionId} is not the session of a work item`);
        const row = await trx
          .selectFrom('sessions')
          .select(['item', 'closed_at', 'title'])
          .where((eb) => eb.and(ofSession(turn)))
          .executeTakeFirstOrThrow();
        const before = parsed<WorkItem>(row.item) ?? newWorkItem(workItemId, '', '');
        const decision = decide(before, event, await readFacts(trx, turn, before, rules, at));
        const { item } = decision;
        await storeIntents(trx, turn, workItemId, event, decision);
        await trx
          .updateTable('sessions')
          .set({
            item: JSON.stringify(item),
            phase: item.phase,
            title: item.title || row.title,
            pending_trigger: jsonText(pendingTriggerOf(item, stateMapping)),
            // One whose tile does not say so yet is not done with.
            closed_at: isOver(item.phase) && !item.barred ? (row.closed_at ?? at) : null,
            // A completed effect ends a row of failed turns: only the current turn still counts.
            ...(event.kind === 'effect-done' ? { deaths: 1, dying_since: at } : {}),
          })
          .where((eb) => eb.and(ofSession(turn)))
          .execute();
        if (endsWork(before, item)) await dropWork(trx, turn);
        if (decision.hold) await putOnHold(trx, turn.agentId, decision.hold);
        await auditEvent(trx, turn, before, item, event, at);
        return { item, openIntents: intentsOf(await openEffects(trx, turn).execute()) };
      }),
  };
}
