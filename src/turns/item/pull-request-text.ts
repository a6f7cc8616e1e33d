/** Title and text of a pull request: the agent's own words, then the approved plan, who approved it, and the result of the host's test run. */
import { cutText, endOf, startOf } from '../../documents/cut.ts';
import { sanitizeLine } from '../../documents/lines.ts';
import { codeBlock, sanitize } from '../../documents/sanitize.ts';
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

const titleCharsMax = 250;
const wordsCharsMax = 8_000;
/** Of a text whose length the code host bounds, the model's words leave most to the facts. */
const wordsShareMax = 0.4;

/** Without the mention at its end, which `titleFormat` adds. */
function withoutMention(title: string, workItemId: number): string {
  return title.replace(new RegExp(`\\s*[([]?(?:AB)?#${workItemId}(?!\\d)[)\\]]?\\s*$`, 'i'), '');
}

/**
 * In `titleFormat` `{{id}}`, `{{title}}` and `{{mention}}`, how the code host's texts name a work item, are filled in. Where
 * that is too long, the title alone is cut.
 */
function titleOf({ agent, connections }: Described, { workItemId, title: itemTitle, change }: WorkItem): string {
  const format = agent.git.pr.titleFormat ?? '{{title}} ({{mention}})';
  const filled = (title: string) =>
    // As a whole, so that the end of a title makes no closing word of what follows it.
    sanitizeLine(
      format
        .replaceAll('{{mention}}', () => connections.mention(workItemId))
        .replaceAll('{{id}}', () => String(workItemId))
        .replaceAll('{{title}}', () => title),
    );
  let title = withoutMention(change?.words?.title ?? '', workItemId).trim() || itemTitle;
  for (let over = filled(title).length - titleCharsMax; over > 0 && title !== ''; ) {
    title = startOf(title, Math.max(0, title.length - over));
    over = filled(title).length - titleCharsMax;
  }
  return startOf(filled(title), titleCharsMax);
}

/** The model's own words: marked as such, and each line quoted, so that nothing in them passes for the platform's. */
function wordsText({ connections }: Described, { change }: WorkItem): string | undefined {
  const { codeHost, linkHosts } = connections;
  const said = sanitize(change?.words?.body ?? '', { hosts: linkHosts }).trim();
  if (said === '') return undefined;
  const room = Math.floor((codeHost.bodyCharsMax ?? Number.POSITIVE_INFINITY) * wordsShareMax);
  const lines = cutText(said, Math.min(wordsCharsMax, room)).split('\n');
  return `**What the agent says about its change:**\n\n${lines.map((line) => `> ${line}`.trimEnd()).join('\n')}`;
}

/** The model's words come first, then the facts as the platform knows them. */
export function pullRequestText(turn: Described, item: WorkItem): { title: string; body: string } {
  const { tracker, mention } = turn.connections;
  const approved = item.approval
    ? `Approved by ${sanitizeLine(item.approval.by.name)} on ${new Date(item.approval.at).toISOString()} (revision ${item.approval.rev}).`
    : '';
  const body = [
    wordsText(turn, item),
    '## What the platform knows',
    `Work item ${mention(item.workItemId)}: ${tracker.pageOf(item.workItemId)}`,
    approved,
    `Plan hash \`${item.plan?.hash ?? ''}\``,
    '## Tests',
    testsText(turn, item),
    '## Approved plan',
    item.plan?.text,
  ];
  return { title: titleOf(turn, item), body: body.filter(Boolean).join('\n\n') };
}
