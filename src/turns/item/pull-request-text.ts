/** Title and text of a pull request: the plan that was approved, who approved it, and what the host's own test run said. */
import { endOf } from '../../documents/cut.ts';
import { sanitizeLine } from '../../documents/lines.ts';
import { codeBlock } from '../../documents/sanitize.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import type { ItemTurn } from './turn.ts';

type Described = Pick<ItemTurn, 'agent' | 'connections'>;

const outputCharsMax = 3_000;

function testsText({ agent }: Described, { change }: WorkItem): string {
  const { testCommand } = agent.git;
  const { commit } = change ?? {};
  if (!commit?.tests || !testCommand) return 'No test command is configured (`git.testCommand`): **no test was run**.';
  const { sha, tests } = commit;
  const verdict = tests.passed ? 'passed' : '**failed**';
  const head = `\`${testCommand}\` ${verdict} in ${tests.seconds} s, run by the platform on commit ${sha.slice(0, 12)}.`;
  const output = endOf(tests.output, outputCharsMax).trim();
  return output ? `${head}\n\n${codeBlock(output)}` : head;
}

/** In `titleFormat` `{{id}}`, `{{title}}` and `{{mention}}`, how the code host's texts name a work item, are filled in. */
export function pullRequestText(turn: Described, item: WorkItem): { title: string; body: string } {
  const { tracker, mention } = turn.connections;
  const format = turn.agent.git.pr.titleFormat ?? '{{title}} ({{mention}})';
  const title = format
    .replaceAll('{{mention}}', () => mention(item.workItemId))
    .replaceAll('{{id}}', () => String(item.workItemId))
    .replaceAll('{{title}}', () => item.title);
  const approved = item.approval
    ? `Approved by ${sanitizeLine(item.approval.by.name)} on ${new Date(item.approval.at).toISOString()} (revision ${item.approval.rev}).`
    : '';
  const body = [
    `Work item ${mention(item.workItemId)}: ${tracker.pageOf(item.workItemId)}`,
    approved,
    '## Tests',
    testsText(turn, item),
    '## Approved plan',
    item.plan?.text,
    `Plan hash \`${item.plan?.hash ?? ''}\``,
  ];
  // As a whole, so that the end of a title makes no closing word of what follows it.
  return { title: sanitizeLine(title).slice(0, 250), body: body.filter(Boolean).join('\n\n') };
}
