/** `jvagent explain`: why a work item is not moving, what to do about it, and when it is looked at next. */
import { Command } from 'commander';
import { foundText } from '../../status/found.ts';
import { waitedFor } from '../../status/item-standing.ts';
import { sentenceOf } from '../../views/sentence.ts';
import type { Context } from '../context.ts';
import { explain } from '../explanation.ts';
import { timeText } from '../print.ts';
import { isUp } from '../status-facts.ts';
import { workItemIdOf } from '../work-item-argument.ts';

export function explainCommand(context: Context): Command {
  return new Command('explain')
    .description('why a work item is not moving, what to do about it, and when it is looked at next')
    .argument('<id>', 'the agent')
    .argument('<workitem>', 'the number of the work item', workItemIdOf)
    .option('--json', 'print one JSON document')
    .action(async (id: string, workItemId: number, { json = false }) => {
      const { during } = context.print;
      const explanation = await during(`Looking at work item ${workItemId}`, () => explain(context, id, workItemId));
      if (json) return context.print.json(explanation);
      const { phase, waitingFor, code, why, fix, nextLookAt, findings } = explanation;
      const { line } = context.print;
      const isSaid = fix?.includes('`jvagent start`');
      if (!isSaid && !(await isUp(context))) line('The platform is not running: run `jvagent start`.');
      // Of one that is not on the board, that alone is said.
      if (phase) line(`Work item ${workItemId} is in ${phase}.`);
      else if (waitingFor !== null) line(`Work item ${workItemId} has not been started.`);
      if (waitingFor) line(`It waits for ${waitedFor(waitingFor)}.`);
      if (why) line(sentenceOf([code, why].filter(Boolean).join(': ')));
      if (fix) line(fix);
      if (nextLookAt !== null) line(`Next look: ${timeText(nextLookAt)} UTC.`);
      for (const finding of findings) line(`The agent has a fault: ${foundText(finding)}.\n${finding.fix}`);
    });
}
