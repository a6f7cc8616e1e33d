/** Items that would change the same files run one after another: which one must wait, and for which. */
import { type Refusal, refuse } from '../../refusal.ts';
import type { Phase } from '../phase.ts';
import { plannedPaths } from '../plan.ts';
import type { WorkItem } from '../work-item.ts';

/** Phases in which an item's planned files are its own: what it does to them is not merged yet. */
export const holdingPhases: readonly Phase[] = ['executing', 'pr-created'];

/** Phases in which the decision asks for the agent's other items. */
export const overlapAsking: ReadonlySet<Phase> = new Set(['plan-ready']);

/** Why the item may not begin now, naming the first of the others that holds files of its plan. */
export function overlapOf(item: WorkItem, others: readonly WorkItem[]): Refusal | undefined {
  const paths = item.plan ? plannedPaths(item.plan.plan) : new Set<string>();
  for (const { workItemId, phase, plan } of others) {
    if (workItemId === item.workItemId || !holdingPhases.includes(phase) || !plan) continue;
    const shared = [...plannedPaths(plan.plan)].filter((path) => paths.has(path));
    if (shared.length === 0) continue;
    const where = phase === 'executing' ? 'worked on' : 'in review';
    return refuse(
      'OVERLAP',
      `work item ${workItemId}, which is ${where}, changes ${shared.slice(0, 3).join(', ')} too`,
    );
  }
  return undefined;
}
