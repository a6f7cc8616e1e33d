/** The platform's word that a work item comes out of a backup, as an event of where the item really is. */
import type { Message } from '../../broker/message.ts';
import type { LifecycleEvent } from '../../work-items/lifecycle/events.ts';
import { observeRestored } from '../../work-items/observe/restored.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import { branchOf } from '../own-items.ts';
import type { ItemTurn } from './turn.ts';

/** Undefined for any other message. */
export async function restoredEvent(
  { agent, connections, gate }: Pick<ItemTurn, 'agent' | 'connections' | 'gate'>,
  { command, from }: Message,
  item: WorkItem,
): Promise<LifecycleEvent | undefined> {
  if (command !== 'work.restored' || !from.startsWith('platform/')) return undefined;
  const { tracker, codeHost, repository } = connections;
  const { targetBranch } = repository;
  const rules = { mapping: agent.devops.stateMapping, targetBranch, branchOf: (of: WorkItem) => branchOf(agent, of) };
  return observeRestored({ tracker, codeHost, gate, rules }, item);
}
