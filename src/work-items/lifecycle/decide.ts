/**
 * The lifecycle of a work item: the only place where a phase changes, and a pure function.
 *
 * (item, event, facts) -> {item, intents}: the caller stores both in one transaction, performs the intents, and brings
 * back their outcomes as events. An event that means nothing in a phase changes nothing there.
 */
import { type PendingTrigger, triggerTypes } from '../../broker/pending-trigger.ts';
import { awaitsBoard } from '../board-move.ts';
import type { Phase, StateMapping } from '../phase.ts';
import type { WorkItem } from '../work-item.ts';
import { onBarred, withoutTaken } from './barred.ts';
import { cancelled } from './cancelled.ts';
import { onExtra } from './commit.ts';
import { deployed } from './deployed.ts';
import { deploying } from './deploying.ts';
import type { Decision, EnginePhase, EventKind, Facts, Intent, LifecycleEvent, PhaseRules, Row } from './events.ts';
import { executing } from './executing.ts';
import { failed } from './failed.ts';
import { holdOf } from './hold.ts';
import { intake } from './intake.ts';
import { needsInfo } from './needs-info.ts';
import { planReady } from './plan-ready.ts';
import { planning } from './planning.ts';
import { prCreated } from './pr-created.ts';
import { refused } from './refused.ts';
import { onRest, withStatus } from './status.ts';

const phaseRules: Readonly<Record<Phase, PhaseRules>> = {
  intake,
  planning,
  'needs-info': needsInfo,
  'plan-ready': planReady,
  executing,
  'pr-created': prCreated,
  deploying,
  deployed,
  cancelled,
  refused,
  failed,
};

/** The status comment says what is so when it is written: one that is owed says it all. */
function withoutDoubleTell({ owed }: Facts, decision: Decision): Intent[] {
  const isOwed = !decision.callsOff && owed.some(({ intent }) => intent.kind === 'tell');
  return isOwed ? decision.intents.filter(({ kind }) => kind !== 'tell') : decision.intents;
}

export function decide(item: WorkItem, event: LifecycleEvent, facts: Facts): Decision {
  // Whether the status comment could be written changes nothing for the item.
  if ('intent' in event && event.intent.kind === 'tell') return { item, intents: [] };
  const row = phaseRules[item.phase].rows[event.kind] as Row<EventKind> | undefined;
  const anywhere = onRest(item, event) ?? onBarred(item, event) ?? onExtra(item, event);
  const next = anywhere ?? row?.(item, event, facts) ?? { item, intents: [] };
  const decision = withStatus(item, withoutTaken(item, event, next), facts.now);
  return { ...decision, intents: withoutDoubleTell(facts, decision), hold: holdOf(item, decision.item, facts.now) };
}

/** Which turn of the engine the item needs now, once all its intents are done; undefined when it rests. */
export function engineNeeded(item: WorkItem): EnginePhase | undefined {
  return awaitsBoard(item.barred) ? undefined : phaseRules[item.phase].engine?.(item);
}

/** What a waiting item waits for, as outsiders read it; `mapping` gives the tracker's names of states, ours where it has none. */
export function pendingTriggerOf(item: WorkItem, mapping: StateMapping): PendingTrigger | undefined {
  const waitsFor = phaseRules[item.phase].waitsFor?.(item);
  if (!waitsFor) return undefined;
  const common = { workItemId: item.workItemId, resumePrompt: waitsFor.resumePrompt };
  switch (waitsFor.what) {
    case 'comment':
      return { type: triggerTypes.comment, ...common };
    case 'merge':
      return { type: triggerTypes.merge, ...common, prUrl: waitsFor.url };
    case 'state':
      return { type: triggerTypes.state, ...common, targetStates: waitsFor.states.map((key) => mapping[key] ?? key) };
  }
}
