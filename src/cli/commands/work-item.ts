/** `jvagent cancel`, `jvagent retry` and `jvagent rollback`: what a person decides about one work item. */
import { Command } from 'commander';
import { decideItem } from '../../operate/work-item.ts';
import { isRefusal } from '../../refusal.ts';
import type { DecisionName } from '../../work-items/decisions.ts';
import type { Context } from '../context.ts';
import { CommandFailure, failureOf } from '../failure.ts';
import { operatorOf } from '../operator-of.ts';
import { workItemIdOf } from '../work-item-argument.ts';

async function decide(context: Context, name: DecisionName, agentId: string, workItemId: number): Promise<void> {
  const decided = await decideItem(await operatorOf(context), name, agentId, workItemId);
  if (isRefusal(decided)) throw failureOf(decided);
  if ('cannot' in decided) throw new CommandFailure(decided.cannot);
  context.print.line(decided.done);
}

const commandOf = (name: DecisionName, description: string) => (context: Context) =>
  new Command(name)
    .description(description)
    .argument('<id>', 'the agent')
    .argument('<workitem>', 'its number', workItemIdOf)
    .action((id: string, workItemId: number) => decide(context, name, id, workItemId));

export const cancelCommand = commandOf('cancel', 'stop a work item and keep its work');
export const retryCommand = commandOf(
  'retry',
  'continue a work item that stopped: from its merge, from its plan after a new approval, or with a new plan',
);
export const rollbackCommand = commandOf('rollback', "roll back a work item's deployment and put its instance on hold");
