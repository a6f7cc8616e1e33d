/**
 * What people asked of a work item at the command line or in Slack, as events of its lifecycle.
 *
 * message from a person to this agent -> the facts that its row wants, read live -> event
 */
import { z } from 'zod';
import { agentOf } from '../../broker/address.ts';
import { type Message, personOf } from '../../broker/message.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { shortenedCommit } from '../../work-items/gate/merge-rules.ts';
import type { LifecycleEvent } from '../../work-items/lifecycle/events.ts';
import { isOver } from '../../work-items/phase.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import type { ItemTurn } from './turn.ts';

/** A plan that a person turned down, with their words. */
const rejection = z.object({ hash: z.string(), feedback: z.string() });

type Asked = Pick<ItemTurn, 'agent' | 'connections' | 'gate'>;

/** Going back from a merge that others were deployed upon would take them back too. */
async function notOnTop({ connections }: Asked, { deployment }: WorkItem): Promise<Refusal | undefined> {
  const commit = (await connections.instance?.version())?.commit;
  if (commit === undefined || commit === deployment?.mergedSha || commit === deployment?.sent?.before) return undefined;
  const why = `the instance runs ${commit.slice(0, 12)} by now, not the merge of this work item`;
  const drift = refuse('DRIFT', why, 'Roll back what was deployed after it first, or revert its merge.');
  return shortenedCommit(commit) ?? drift;
}

/** The merge of an ended item's pull request, where people made one that may be deployed. */
async function mergeOf({ connections, gate }: Asked, item: WorkItem): Promise<string | undefined> {
  if (!isOver(item.phase) || !item.review) return undefined;
  const { state } = await connections.codeHost.get(item.review.number);
  if (state !== 'merged') return undefined;
  const merge = await gate.merge(item);
  return isRefusal(merge) ? undefined : merge.mergedSha;
}

/** The event that a message asks for; undefined for one that asks for nothing, or not this agent. */
export async function requestedEvent(
  turn: Asked,
  { to, from, command, payload }: Message,
  item: WorkItem,
): Promise<LifecycleEvent | undefined> {
  const by = personOf(from);
  if (by === undefined || agentOf(to) !== turn.agent.id) return undefined;
  switch (command) {
    case 'work.cancel': {
      const change = await turn.connections.tracker.lastStateChange(item.workItemId);
      return { kind: 'cancelled-by', by, rev: change?.rev ?? 0 };
    }
    case 'work.retry': {
      const mergedSha = await mergeOf(turn, item);
      return { kind: 'retried-by', by, ...(mergedSha ? { mergedSha } : {}) };
    }
    case 'work.reject': {
      const { data } = rejection.safeParse(payload);
      return data && { kind: 'rejected', by, ...data };
    }
    case 'work.rollback': {
      const refusal = await notOnTop(turn, item);
      return { kind: 'rolled-back-by', by, ...(refusal ? { refusal } : {}) };
    }
    default:
      return undefined;
  }
}
