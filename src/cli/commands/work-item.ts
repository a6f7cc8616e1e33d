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
  description: string;
  /** Why it makes no sense for this item, in words. */
  fault: (item: WorkItem, rollbackMode: string) => string | undefined;
}

const decisions: Record<Decision['name'], Decision> = {
  cancel: {
    name: 'cancel',
    description: 'stop a work item; its work is kept',
    fault: ({ phase }) => (isOver(phase) ? `it has ended already: ${phase}` : undefined),
  },
  retry: {
    name: 'retry',
    description:
      'continue a work item: from its merge, from its plan and work after a new approval, or with a new plan',
    // A rule of the board may still keep its tile from saying so.
    fault: ({ phase, barred }) => (phase === 'deployed' && !barred ? 'it is deployed' : undefined),
  },
  rollback: {
    name: 'rollback',
    description: "take a work item's deployment back; its instance is on hold then",
    fault({ phase, deployment }, rollbackMode) {
      if (!isOver(phase)) return `it is in ${phase}: only what has ended can be taken back`;
      if (rollbackMode === 'never') return 'instance.deploy.rollback.mode is never';
      return deployment?.sent ? undefined : 'no deployment of it is known that could be taken back';
    },
  },
};

async function itemOf(context: Context, agentId: string, workItemId: number): Promise<WorkItem> {
  const { sessions } = await context.store();
  const item = (await sessions.get(agentId, workItemSession(workItemId)))?.item;
  if (item) return item;
  throw new CommandFailure(`${agentId} has not taken up work item ${workItemId}. See \`jvagent sessions ${agentId}\`.`);
}

async function decide(context: Context, { name, fault }: Decision, agentId: string, workItemId: number): Promise<void> {
  const state = context.agent(agentId);
  const deploy = 'agent' in state ? state.agent.config.instance?.deploy : undefined;
  if ('agent' in state && state.agent.kind === 'conversation') throw noBoard(agentId);
  const item = await itemOf(context, agentId, workItemId);
  const why = fault(item, deploy?.rollback.mode ?? 'never');
  if (why) throw new CommandFailure(`No ${name} of work item ${workItemId}: ${why}.`);
  await publish(context, { to: `agent/${agentId}`, command: `work.${name}`, payload: { workItemId } });
  context.print.line(`${name} of work item ${workItemId}: at once, or when the platform runs and is not paused.`);
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
