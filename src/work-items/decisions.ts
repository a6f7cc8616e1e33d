/** What a person may decide about one work item: cancel it, let it go on, roll its deployment back. */
import { isOver } from './phase.ts';
import type { WorkItem } from './work-item.ts';

/** Why it cannot be done for this item; undefined if it can. */
type Fault = (item: WorkItem, rollbackMode: string) => string | undefined;

const faults = {
  cancel: ({ phase }) => (isOver(phase) ? `it has already ended (${phase})` : undefined),
  // A rule of the board may still keep its tile from saying so.
  retry: ({ phase, barred }) => (phase === 'deployed' && !barred ? 'it is deployed already' : undefined),
  rollback({ phase, deployment }, rollbackMode) {
    if (!isOver(phase)) return `it is in ${phase}, and only an item that has ended can be rolled back`;
    if (rollbackMode === 'never') return 'instance.deploy.rollback.mode is `never`';
    return deployment?.sent ? undefined : 'no deployment of it was sent';
  },
} satisfies Record<string, Fault>;

export type DecisionName = keyof typeof faults;

/** `rollbackMode` is the agent's. */
export function decisionFault(name: DecisionName, item: WorkItem, rollbackMode = 'never'): string | undefined {
  const fault: Fault = faults[name];
  return fault(item, rollbackMode);
}
