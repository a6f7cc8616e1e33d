/**
 * The lifecycle of a work item: the only place where a phase changes, and a pure function.
 *
 * (item, event) -> {item, intents}: the caller stores both in one transaction, performs the intents, and brings back
 * what came of them as events. An event that means nothing in a phase changes nothing there.
 */

import { awaitsBoard } from '../board-move.ts';
import type { Phase, StateKey } from '../phase.ts';
import type { WorkItem } from '../work-item.ts';
import { onBarred, withoutTaken } from './barred.ts';
import { deployingRows } from './deploying.ts';
import type { LifecycleEvent, LifecycleRules, Row, Rows, Transition } from './events.ts';
import { executingRows, overRows } from './executing.ts';
import { afterEndRows, inWorkRows } from './operator.ts';
import { intakeRows, needsInfoRows, planningRows, planReadyRows } from './planning.ts';
import { prCreatedRows } from './pr-created.ts';

const table: Readonly<Record<Phase, Rows>> = {
  intake: { ...intakeRows, ...inWorkRows },
  planning: { ...planningRows, ...inWorkRows },
  'needs-info': { ...needsInfoRows, ...inWorkRows },
  'plan-ready': { ...planReadyRows, ...inWorkRows },
  executing: { ...executingRows, ...inWorkRows },
  'pr-created': { ...prCreatedRows, ...inWorkRows },
  deploying: { ...inWorkRows, ...deployingRows },
  deployed: afterEndRows,
  cancelled: { ...overRows, ...afterEndRows },
  refused: { ...overRows, ...afterEndRows },
  failed: { ...overRows, ...afterEndRows },
};

export function transition(item: WorkItem, event: LifecycleEvent, rules: LifecycleRules): Transition {
  // Whatever came of telling how the item stands, it stands so.
  if ('intent' in event && event.intent.kind === 'tell') return { item, intents: [] };
  const row = table[item.phase][event.kind] as Row<LifecycleEvent['kind']> | undefined;
  const next = onBarred(item, event) ?? row?.(item, event, rules) ?? { item, intents: [] };
  return withoutTaken(item, event, next);
}

/** What goes on in a repair without the model: a merge that git makes alone, or a commit that did not get out yet. */
function owesCommit({ behind, change }: WorkItem): boolean {
  return behind?.needs === 'git' || (change !== undefined && !change.pushed);
}

export type EnginePhase = 'planning' | 'executing' | 'repair';

/** Which turn of the engine the item needs now, once all its intents are done; undefined when it rests. */
export function engineNeeded(item: WorkItem): EnginePhase | undefined {
  if (awaitsBoard(item.barred)) return undefined;
  if (item.phase === 'planning') return 'planning';
  // With no intent left, a change that is not in a pull request yet was never delivered, or not let through.
  if (item.phase === 'executing') return 'executing';
  if (item.phase !== 'pr-created') return undefined;
  return item.hint !== undefined || owesCommit(item) ? 'repair' : undefined;
}

export interface PendingTriggerDraft {
  type: string;
  workItemId: number;
  targetStates: StateKey[];
  resumePrompt: string;
}

/** What a waiting item waits for, shown to people; the lifecycle itself never reads it. */
export function pendingTriggerOf(item: WorkItem): PendingTriggerDraft | undefined {
  const { workItemId, phase } = item;
  const waits = (type: string, targetStates: StateKey[], resumePrompt: string) => ({
    type,
    workItemId,
    targetStates,
    resumePrompt,
  });
  if (phase === 'plan-ready') {
    const prompt = `Work item ${workItemId} has been approved. Execute the plan.`;
    return waits('azdo_state_change', ['approved', 'rejected'], prompt);
  }
  if (phase === 'needs-info')
    return waits('azdo_comment', [], `Your question on work item ${workItemId} was answered.`);
  if (phase === 'pr-created')
    return waits('pull_request_merge', [], `The pull request of work item ${workItemId} was merged.`);
  return undefined;
}
