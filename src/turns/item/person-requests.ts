/**
 * What people asked of a work item at the command line, as events of its lifecycle.
 *
 * message from a person to this agent -> the facts that its row wants, read live -> event
 */
import { agentOf } from '../../broker/address.ts';
import { type Message, personOf } from '../../broker/message.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import type { Instance } from '../../work-items/instance.ts';
import type { LifecycleEvent } from '../../work-items/lifecycle/events.ts';
import type { TrackerReads } from '../../work-items/tracker.ts';
import type { WorkItem } from '../../work-items/work-item.ts';

export interface PersonRequestsOptions {
  agentId: string;
  tracker: Pick<TrackerReads, 'lastStateChange'>;
  instance: Pick<Instance, 'version'> | undefined;
}

/** The event that a message asks for; undefined for one that asks for nothing, or not this agent. */
export type PersonRequests = (message: Message, item: WorkItem) => Promise<LifecycleEvent | undefined>;

/** Going back from a merge that others were deployed upon would take them back too. */
async function notOnTop(
  instance: PersonRequestsOptions['instance'],
  { deployment }: WorkItem,
): Promise<Refusal | undefined> {
  const commit = (await instance?.version())?.commit;
  if (commit === undefined || commit === deployment?.mergedSha || commit === deployment?.sent?.before) return undefined;
  const why = `the instance runs ${commit.slice(0, 12)} by now, not the merge of this work item`;
  return refuse('DRIFT', why, 'Roll back what was deployed after it first, or revert its merge.');
}

export function createPersonRequests({ agentId, tracker, instance }: PersonRequestsOptions): PersonRequests {
  return async ({ to, from, command }, item) => {
    const by = personOf(from);
    if (by === undefined || agentOf(to) !== agentId) return undefined;
    switch (command) {
      case 'work.cancel': {
        const change = await tracker.lastStateChange(item.workItemId);
        return { kind: 'cancelled-by', by, rev: change?.rev ?? 0 };
      }
      case 'work.retry':
        return { kind: 'retried-by', by };
      case 'work.rollback': {
        const refusal = await notOnTop(instance, item);
        return { kind: 'rolled-back-by', by, ...(refusal ? { refusal } : {}) };
      }
      default:
        return undefined;
    }
  };
}
