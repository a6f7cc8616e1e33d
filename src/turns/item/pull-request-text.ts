/** Title and text of a pull request: the agent's own words, what the platform knows, tests and plan, then the customer's template. */
import { endOf, startOf } from '../../documents/cut.ts';
import { sanitizeLine } from '../../documents/lines.ts';
import { codeBlock } from '../../documents/sanitize.ts';
import { sanitizeStart, wholeBlocks } from '../../documents/shorten.ts';
import { warningsText } from '../../work-items/second-look.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import type { Template } from './pull-request-template.ts';
import type { ItemTurn } from './turn.ts';

type Described = Pick<ItemTurn, 'agent' | 'connections'>;

const outputCharsMax = 3_000;

function testsText({ agent }: Described, { change }: WorkItem, charsMax: number): string {
  const { testCommand } = agent.git;
  const { commit } = change ?? {};
  if (!commit?.tests || !testCommand) return 'No test command is configured (`git.testCommand`): **no test was run**.';
  const { sha, tests } = commit;
  const verdict = tests.passed ? 'passed' : '**failed**';
  const head = `\`${testCommand}\` ${verdict} in ${tests.seconds} s, run by the platform on commit ${sha.slice(0, 12)}.`;
  const output = endOf(tests.output, charsMax).trim();
  return output ? `${head}\n\n${codeBlock(output)}` : head;
}

const titleCharsMax = 250;
const wordsCharsMax = 8_000;
/** Of a text whose length the code host bounds, the model's words and the tests leave room for the plan. */
const wordsShareMax = 0.4;
const outputShareMax = 0.15;
const templateCharsMax = 8_000;
const templateShareMax = 0.2;
const planCut = '(The rest of the plan is left out here. The whole plan is a comment on the work item.)';

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
function wordsText({ connections }: Described, { change }: WorkItem, charsMax: number): string | undefined {
  const raw = (change?.words?.body ?? '').trim();
  if (raw === '') return undefined;
  const quote = (said: string) => said.replace(/^/gm, '> ').replace(/ +$/gm, '');
  const said = sanitizeStart(raw, charsMax, { hosts: connections.linkHosts, lengthOf: (text) => quote(text).length });
  return said === '' ? undefined : `**What the agent says about its change:**\n\n${quote(said)}`;
}

/** How many characters the parts have that can be shortened. */
interface Room {
  words: number;
  output: number;
  plan: number;
  template: number;
}

/** A file of the repository is data like any other: it stands under its name, so that nothing in it passes for the platform's. */
function templateText({ connections }: Described, { path, text }: Template, charsMax: number): string {
  return `## From ${sanitizeLine(path)}\n\n${sanitizeStart(text, charsMax, { hosts: connections.linkHosts })}`;
}

/** The model's words come first, then the facts as the platform knows them, then the customer's template. */
function bodyOf(turn: Described, item: WorkItem, room: Room, template: Template | undefined): string {
  const { tracker, mention } = turn.connections;
  const { approval, plan } = item;
  const body = [
    wordsText(turn, item, room.words),
    '## What the platform knows',
    `Work item ${mention(item.workItemId)}: ${tracker.pageOf(item.workItemId)}`,
    approval &&
      `Approved by ${sanitizeLine(approval.by.name)} on ${new Date(approval.at).toISOString()} (revision ${approval.rev}).`,
    `Plan hash \`${plan?.hash ?? ''}\``,
    warningsText(item.change?.commit?.warnings ?? [], 'change'),
    '## Tests',
    testsText(turn, item, room.output),
    '## Approved plan',
    plan && (plan.text.length <= room.plan ? plan.text : `${wholeBlocks(plan.text, room.plan)}\n\n${planCut}`.trim()),
    template && templateText(turn, template, room.template),
  ];
  return body.filter(Boolean).join('\n\n');
}

/**
 * Where the code host bounds the text, the model's words and the template are shortened first, then the output of the tests,
 * then the plan.
 */
export function pullRequestText(turn: Described, item: WorkItem, template?: Template): { title: string; body: string } {
  const most = turn.connections.codeHost.bodyCharsMax ?? Number.POSITIVE_INFINITY;
  const whole = {
    words: wordsCharsMax,
    output: outputCharsMax,
    plan: Number.POSITIVE_INFINITY,
    template: templateCharsMax,
  };
  const fewWords = {
    ...whole,
    words: Math.min(wordsCharsMax, Math.floor(most * wordsShareMax)),
    template: Math.min(templateCharsMax, Math.floor(most * templateShareMax)),
  };
  const littleOutput = { ...fewWords, output: Math.min(outputCharsMax, Math.floor(most * outputShareMax)) };
  const bodies = [whole, fewWords, littleOutput].map((room) => bodyOf(turn, item, room, template));
  const facts = bodyOf(turn, item, { ...littleOutput, plan: 0 }, template).length;
  const body = bodies.find(({ length }) => length <= most);
  const title = titleOf(turn, item);
  return {
    title,
    body: body ?? bodyOf(turn, item, { ...littleOutput, plan: most - facts - planCut.length }, template),
  };
}
