/**
 * `jvagent cancel`, `jvagent retry` and `jvagent rollback`: what a person decides about one work item.
 *
 * session -> is there something to decide? -> message to the agent; the lifecycle does it in the item's next turn
 */
import { Command } from 'commander';
import { workItemSession } from '../../broker/session-id.ts';
import { isOver } from '../../work-items/phase.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import type { Context } from '../context.ts';
import { CommandFailure, noBoard } from '../failure.ts';
import { publish } from '../publish.ts';
import { workItemIdOf } from '../work-item-argument.ts';

interface Decision {
  name: 'cancel' | 'retry' | 'rollback';
  /** What is done, as in "Cannot cancel", and what becomes of the item, as in "will be cancelled". */
  verb: string;
  done: string;
  description: string;
  /** Why it cannot be done for this item; undefined if it can. */
  fault: (item: WorkItem, rollbackMode: string) => string | undefined;
}

const decisions: Record<Decision['name'], Decision> = {
  cancel: {
    ...{ name: 'cancel', verb: 'cancel', done: 'cancelled' },
    description: 'stop a work item and keep its work',
    fault: ({ phase }) => (isOver(phase) ? `it has already ended (${phase})` : undefined),
  },
  retry: {
    ...{ name: 'retry', verb: 'retry', done: 'continued' },
    description:
      'continue a work item that stopped: from its merge, from its plan after a new approval, or with a new plan',
    // A rule of the board may still keep its tile from saying so.
    fault: ({ phase, barred }) => (phase === 'deployed' && !barred ? 'it is deployed already' : undefined),
  },
  rollback: {
    ...{ name: 'rollback', verb: 'roll back', done: 'rolled back' },
    description: "roll back a work item's deployment and put its instance on hold",
    fault({ phase, deployment }, rollbackMode) {
      if (!isOver(phase)) return `it is in ${phase}, and only an item that has ended can be rolled back`;
      if (rollbackMode === 'never') return 'instance.deploy.rollback.mode is `never`';
      return deployment?.sent ? undefined : 'no deployment of it was sent';
    },
  },
};

async function itemOf(context: Context, agentId: string, workItemId: number): Promise<WorkItem> {
  const { sessions } = await context.store();
  const item = (await sessions.get(agentId, workItemSession(workItemId)))?.item;
  if (item) return item;
  throw new CommandFailure(
    `${agentId} has not started work item ${workItemId}. See \`jvagent sessions ${agentId}\` for the ones that it has.`,
  );
}

async function decide(
  context: Context,
  { name, verb, done, fault }: Decision,
  agentId: string,
  workItemId: number,
): Promise<void> {
  const state = context.agent(agentId);
  const deploy = 'agent' in state ? state.agent.config.instance?.deploy : undefined;
  if ('agent' in state && state.agent.kind === 'conversation') throw noBoard(agentId);
  const item = await itemOf(context, agentId, workItemId);
  const why = fault(item, deploy?.rollback.mode ?? 'never');
  if (why) throw new CommandFailure(`Cannot ${verb} work item ${workItemId}: ${why}.`);
  await publish(context, { to: `agent/${agentId}`, command: `work.${name}`, payload: { workItemId } });
  context.print.line(
    `Work item ${workItemId} will be ${done} within a second, or as soon as the platform runs and is not paused.`,
  );
}

const commandOf = (decision: Decision) => (context: Context) =>
  new Command(decision.name)
    .description(decision.description)
    .argument('<id>', 'the agent')
    .argument('<workitem>', 'its number', workItemIdOf)
    .action((id: string, workItemId: number) => decide(context, decision, id, workItemId));

export const cancelCommand = commandOf(decisions.cancel);
export const retryCommand = commandOf(decisions.retry);
export const rollbackCommand = commandOf(decisions.rollback);
