/**
 * Applies events to work items: item, phase, pending trigger and new intents are stored in one transaction, or none of them.
 *
 * fence -> load -> transition -> the event's own effect is over -> intents into the ledger -> session's row -> audit
 */
import { digestOf } from '../audit/canonical.ts';
import { assert } from '../base/errors.ts';
import type { PendingTrigger } from '../broker/pending-trigger.ts';
import { type SessionId, workItemIdOf } from '../broker/session-id.ts';
import { effectKey } from '../effects/effect-key.ts';
import type { Refusal } from '../refusal.ts';
import type { Intent, LifecycleEvent, LifecycleRules } from '../work-items/lifecycle/events.ts';
import { holdOf } from '../work-items/lifecycle/hold.ts';
import { pendingTriggerOf, transition } from '../work-items/lifecycle/lifecycle.ts';
import { holdingPhases, overlapOf } from '../work-items/lifecycle/overlap.ts';
import { withStatus } from '../work-items/lifecycle/status.ts';
import { isOver, type StateMapping } from '../work-items/phase.ts';
import { newWorkItem, type WorkItem } from '../work-items/work-item.ts';
import { putOnHold } from './agents.ts';
import { appendAudit } from './audit.ts';
import type { Db } from './database/schema.ts';
import { dropOpenEffects, intend, markApplied, mayHaveSent, openIntents } from './effect-rows.ts';
import { fence, ofSession, type TurnKey } from './fence.ts';
import { jsonText, parsed } from './rows.ts';

export interface ApplyOptions extends TurnKey {
  readonly event: LifecycleEvent;
  readonly rules: LifecycleRules;
  /** The tracker's own names of states, shown in the pending trigger; ours where there are none. */
  readonly stateMapping?: StateMapping;
}

export interface Applied {
  readonly item: WorkItem;
  /** All that the session still owes, in order. */
  readonly openIntents: Intent[];
}

export interface Items {
  /** GATE_LEASE, with nothing changed, when the turn is over. */
  apply(options: ApplyOptions): Promise<Applied | Refusal>;
}

/** The stored form of what a waiting item waits for. */
function triggerOf(item: WorkItem, mapping: StateMapping): PendingTrigger | undefined {
  const draft = pendingTriggerOf(item);
  if (!draft) return undefined;
  const { type, workItemId, targetStates, resumePrompt } = draft;
  const common = { workItemId, resumePrompt };
  if (type === 'azdo_comment') return { type, ...common };
  if (type === 'pull_request_merge') return { type, ...common, prUrl: item.pullRequest?.url ?? '' };
  return { type: 'azdo_state_change', ...common, targetStates: targetStates.map((key) => mapping[key] ?? key) };
}

/** The outcome of an effect is seen; then what follows from it is owed. */
async function storeIntents(
  trx: Db,
  turn: TurnKey,
  { workItemId, phase }: WorkItem,
  event: LifecycleEvent,
  intents: Intent[],
) {
  if (event.kind === 'effect-done' || event.kind === 'effect-refused') {
    await markApplied(trx, effectKey(turn.agentId, workItemId, event.intent));
  }
  if (event.kind === 'cancelled-by' && isOver(phase)) await dropOpenEffects(trx, turn);
  // The status comment says what is so when it is written: one that is owed says it all.
  const tells = (await openIntents(trx, turn)).some(({ kind }) => kind === 'tell');
  const owed = tells ? intents.filter(({ kind }) => kind !== 'tell') : intents;
  for (const intent of owed) await intend(trx, turn, workItemId, intent);
}

/** The person whose decision it was, where it was one. */
function actorOf(event: LifecycleEvent): string {
  if (event.kind === 'approved') return `person/${event.approval.by.id}`;
  return 'by' in event ? `person/${event.by}` : 'platform';
}

async function auditPhase(
  trx: Db,
  turn: TurnKey,
  before: WorkItem,
  after: WorkItem,
  event: LifecycleEvent,
  at: number,
) {
  if (before.phase === after.phase) return;
  const { agentId, sessionId } = turn;
  const entry = {
    agentId,
    sessionId,
    actor: actorOf(event),
    action: event.kind,
    target: sessionId,
    argsDigest: digestOf(event),
    outcome: `${before.phase} to ${after.phase}`,
  };
  await appendAudit(trx, entry, at);
}

/**
 * The event, with what only the store knows of it: an approval is not made use of while another item of the agent changes
 * files of the same plan, and a cancel may come when a deployment has gone out that nobody has an answer to.
 */
async function asItMay(trx: Db, turn: TurnKey, item: WorkItem, event: LifecycleEvent): Promise<LifecycleEvent> {
  if (event.kind === 'cancelled-by' && item.phase === 'deploying') {
    return (await mayHaveSent(trx, turn)) ? { ...event, maySent: true } : event;
  }
  if (event.kind !== 'approved' || item.phase !== 'plan-ready') return event;
  const rows = await trx
    .selectFrom('sessions')
    .select('item')
    .where('agent_id', '=', turn.agentId)
    .where('phase', 'in', [...holdingPhases])
    .execute();
  const refusal = overlapOf(
    item,
    rows.flatMap((row) => parsed<WorkItem>(row.item) ?? []),
  );
  return refusal ? { kind: 'must-wait', refusal } : event;
}

export function createItems(db: Db, now: () => number): Items {
  return {
    apply: ({ event: asked, rules, stateMapping = {}, ...turn }) =>
      db.transaction().execute(async (trx) => {
        const at = now();
        const refusal = await fence(trx, turn, at);
        if (refusal) return refusal;
        const workItemId = workItemIdOf(turn.sessionId as SessionId);
        assert(workItemId !== undefined, `${turn.sessionId} is no session of a work item`);
        const row = await trx
          .selectFrom('sessions')
          .select(['item', 'closed_at', 'title'])
          .where((eb) => eb.and(ofSession(turn)))
          .executeTakeFirstOrThrow();
        const before = parsed<WorkItem>(row.item) ?? newWorkItem(workItemId, '', '');
        const event = await asItMay(trx, turn, before, asked);
        const { item, intents } = withStatus(before, transition(before, event, rules), at);
        await storeIntents(trx, turn, item, event, intents);
        await trx
          .updateTable('sessions')
          .set({
            item: JSON.stringify(item),
            phase: item.phase,
            title: item.title || row.title,
            pending_trigger: jsonText(triggerOf(item, stateMapping)),
            closed_at: isOver(item.phase) ? (row.closed_at ?? at) : null,
            // What came through is no death in a row: only the present turn counts still.
            ...(event.kind === 'effect-done' ? { deaths: 1, dying_since: at } : {}),
          })
          .where((eb) => eb.and(ofSession(turn)))
          .execute();
        const hold = holdOf(before, item);
        if (hold) await putOnHold(trx, turn.agentId, hold);
        await auditPhase(trx, turn, before, item, event, at);
        return { item, openIntents: await openIntents(trx, turn) };
      }),
  };
}
