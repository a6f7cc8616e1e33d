/** Title and text of a pull request: the plan that was approved, who approved it, and what the host's own test run said. */
import { planText } from '../../work-items/plan.ts';
import { sanitize, sanitizeLine } from '../../work-items/sanitize.ts';
import type { WorkItem } from '../../work-items/work-item.ts';

export interface PullRequestTextOptions {
  /** `{{id}}`, `{{title}}` and `{{mention}}` are filled in. */
  titleFormat: string | undefined;
  testCommand: string | undefined;
  /** The work item's page. */
  pageOf: (workItemId: number) => string;
  /** How the code host's texts name a work item so that it is linked: `AB#7`, `#7`. */
  mention: (workItemId: number) => string;
  linkHosts: readonly string[];
}

const outputCharsMax = 3_000;

function testsText({ change }: WorkItem, { testCommand, linkHosts }: PullRequestTextOptions): string {
  const { commit } = change ?? {};
  if (!commit?.tests || !testCommand) return 'No test command is configured (`git.testCommand`): **no test was run**.';
  const { sha, tests } = commit;
  const verdict = tests.passed ? 'passed' : '**failed**';
  const head = `\`${testCommand}\` ${verdict} in ${tests.seconds} s, run by the platform on commit ${sha.slice(0, 12)}.`;
  const output = sanitize(tests.output.slice(-outputCharsMax), { hosts: [...linkHosts] })
    .replaceAll('```', "'''")
    .trim();
  return output ? `${head}\n\n\`\`\`\n${output}\n\`\`\`` : head;
}

export function createPullRequestText(options: PullRequestTextOptions) {
  const { titleFormat, pageOf, mention } = options;
  return (item: WorkItem): { title: string; body: string } => {
    const format = titleFormat ?? '{{title}} ({{mention}})';
    const title = format
      .replaceAll('{{mention}}', () => mention(item.workItemId))
      .replaceAll('{{id}}', () => String(item.workItemId))
      .replaceAll('{{title}}', () => item.title);
    const approved = item.approval
      ? `Approved by ${sanitizeLine(item.approval.by.name)} on ${new Date(item.approval.at).toISOString()} (revision ${item.approval.rev}).`
      : '';
    // Sanitized where it is made, so that its own headings stay.
    const plan = item.plan ? planText(item.plan.plan) : '';
    const body = [
      `Work item ${mention(item.workItemId)}: ${pageOf(item.workItemId)}`,
      approved,
      '## Tests',
      testsText(item, options),
      '## Approved plan',
      plan,
      `Plan hash \`${item.plan?.hash ?? ''}\``,
    ];
    // As a whole, so that the end of a title makes no closing word of what follows it.
    return { title: sanitizeLine(title).slice(0, 250), body: body.filter(Boolean).join('\n\n') };
  };
}
