/**
 * A plan as literal data, the text it is posted as, and the hash that binds an approval to it.
 *
 * submit-plan -> writePlan, once -> stored -> posted, with the start of its hash as the last line; the gate compares the comment with the stored text.
 */

import { z } from 'zod';
import { sha256 } from '../base/digest.ts';
import { holding, quoted } from '../base/text/characters.ts';
import { writeFor } from '../documents/places.ts';
import { limits } from '../limits.ts';

const line = z.string().trim().min(1).max(2_000);

/** What no planned path holds: what is unsafe in a name, what does not show, and what would end a code span or begin a tag. */
const unplannable = /[\\<>:`\p{C}\u2028\u2029]/u;

const changes = ['edit', 'new', 'delete'] as const;

/** A file as the comments name it. */
const shownFile = ({ path, change }: { path: string; change: string }) => `${change}: \`${path}\``;

/** Why a text is not the name of a file in the repository, in words that begin with the name; undefined where it is one. */
function pathFault(path: string): string | undefined {
  const badCharacter = holding(path, unplannable);
  if (badCharacter) return `${badCharacter}, which a planned path may not hold`;
  if (path.startsWith('/')) return `${quoted(path)} begins with a slash; write it from the top of the repository`;
  if (/^\s|\s$/.test(path)) return `${quoted(path)} begins or ends with a space`;
  const badPart = path.split('/').find((part) => ['', '.', '..'].includes(part));
  if (badPart !== undefined) return `${quoted(path)} has the part ${quoted(badPart)}`;
  const acts = changes.some((change) => writeFor.markdown(shownFile({ path, change })) !== shownFile({ path, change }));
  return acts ? `${quoted(path)} reads like words that move a work item or like a command; rename the file` : undefined;
}

/** A path of the repository. It is a name, never a pattern: `[id]`, `{a}`, `*` and `?` stand for themselves. */
const literalPath = z
  .string()
  .min(1)
  .max(500)
  .superRefine((path, context) => {
    const message = pathFault(path);
    if (message) context.addIssue({ code: 'custom', message });
  });

export const planSchema = z.strictObject({
  summary: z.string().trim().min(1).max(4_000),
  steps: z.array(line).min(1).max(50),
  files: z
    .array(z.strictObject({ path: literalPath, change: z.enum(changes) }))
    .min(1)
    .max(limits.planFilesMax)
    .refine((files) => new Set(files.map((file) => file.path)).size === files.length, 'each path once'),
  tests: z.array(line).max(50),
  risks: z.string().trim().max(4_000),
  rollback: z.string().trim().max(4_000),
});

export type Plan = z.infer<typeof planSchema>;

/** Each item with all its lines; sanitized as a whole too, so that no item completes what an earlier one began. */
function list(items: readonly string[], numbered = false): string {
  const lines = items.map((item, index) => {
    const sign = numbered ? `${index + 1}. ` : '- ';
    return sign + writeFor.markdown(item).replace(/\n(?=.)/g, `\n${' '.repeat(sign.length)}`);
  });
  return writeFor.markdown(lines.join('\n'));
}

/** What the platform holds a change to, beside its files, as the agent's files say when the plan is submitted. */
export interface PlanBounds {
  /** Whether a commit of other files is refused: `approval.outOfPlan`. */
  outOfPlan: 'block' | 'warn';
  targetBranch: string;
  /** Where the merged change goes, and who brings it there; undefined where nothing is deployed. */
  instance?: { name: string; mode: 'push' | 'observe' } | undefined;
}

/** A name from the agent's files as code, whatever is in it. */
const code = (name: string) => `\`${name.replace(/[\s`]+/g, ' ')}\``;

function instanceLine({ instance }: PlanBounds): string {
  if (!instance) return 'No running product: the platform deploys nothing.';
  const name = code(instance.name);
  return instance.mode === 'push'
    ? `No running product but ${name}, which the platform deploys the merged change to.`
    : `No running product by the platform: your own pipeline deploys the merged change, and the platform reads whether ${name} runs it.`;
}

/** Facts, and no word of the model's. */
function boundsText(bounds: PlanBounds): string {
  const files =
    bounds.outOfPlan === 'block'
      ? 'No other file: a change of one needs a revised plan, and that needs a new approval.'
      : 'Other files may change too, without a new approval (`approval.outOfPlan` is `warn`).';
  const branch = `No branch but one of its own. A person merges its pull request to ${code(bounds.targetBranch)}, never the agent.`;
  return [files, branch, instanceLine(bounds)].map((line) => `- ${line}`).join('\n');
}

/** The plan as people read it on the tile, Markdown, in the order of a short reading; only its own headings are headings. */
function planText(plan: Plan, bounds: PlanBounds): string {
  const files = plan.files.map(shownFile);
  return [
    `#### Summary\n\n${writeFor.markdown(plan.summary)}`,
    `#### Files that may change\n\n${files.map((file) => `- ${file}`).join('\n')}`,
    `#### What will not change\n\n${boundsText(bounds)}`,
    `#### Tests\n\n${plan.tests.length > 0 ? list(plan.tests) : 'None.'}`,
    `#### Risks\n\n${writeFor.markdown(plan.risks) || 'None.'}`,
    `#### Rollback\n\n${writeFor.markdown(plan.rollback) || 'Revert the merge.'}`,
    `#### Steps\n\n${list(plan.steps, true)}`,
  ].join('\n\n');
}

/** sha256 of a plan's text and of which work item it is for, 64 hex digits. */
export function planHash(workItemId: number, text: string): string {
  return sha256(`${workItemId}\n${text}`);
}

/** A plan with the words that people decide on. */
export interface WrittenPlan {
  plan: Plan;
  /** Markdown, written when the plan was submitted and never again: a later version of the platform may word it differently. */
  text: string;
  /** What `planHash` says of the text. */
  hash: string;
  /**
   * What the platform adds under the text: warnings, costs, who may approve and how. Stored, so that the comment is compared
   * with it; not in the hash, since the approval is of the plan. An earlier version stored none.
   */
  below?: string;
}

/** Writes a plan down. Everything after that uses the text and the hash of the result. */
export function writePlan(workItemId: number, plan: Plan, bounds: PlanBounds): WrittenPlan {
  const text = planText(plan, bounds);
  return { plan, text, hash: planHash(workItemId, text) };
}

/** Lines up to a length, then how many more there are. */
function someLines(lines: readonly string[], charsMax: number): string[] {
  let chars = 0;
  const kept = lines.filter(({ length }) => {
    chars += length + 1;
    return chars <= charsMax;
  });
  return kept.length === lines.length ? kept : [...kept, `- and ${lines.length - kept.length} more files`];
}

/** What a revised plan changes in the approved one, as people read it above the plan. */
function difference(before: Plan, plan: Plan): string {
  const [had, has] = [new Set(before.files.map(shownFile)), new Set(plan.files.map(shownFile))];
  const parts = ['summary', 'steps', 'tests', 'risks', 'rollback'] as const;
  const others = parts.filter((part) => JSON.stringify(before[part]) !== JSON.stringify(plan[part]));
  const files = [
    ...[...has].filter((file) => !had.has(file)).map((file) => `- added: ${file}`),
    ...[...had].filter((file) => !has.has(file)).map((file) => `- removed: ${file}`),
  ];
  const lines = [
    ...someLines(files, limits.planDifferenceCharsMax),
    ...(others.length > 0 ? [`- reworded: ${others.join(', ')}`] : []),
  ];
  const why = 'The change needs more than the approved plan allows. The work done so far is kept.';
  return `#### Changes to the approved plan\n\n${why}\n\n${lines.join('\n')}`;
}

/** How to approve a plan, and how to send it back. */
export function decideText(approvedState: string, rejectedState?: string): string {
  const approve = `To approve this plan, move the work item to **${approvedState}**.`;
  return rejectedState
    ? `${approve} To ask for another plan, write a comment that says what to change, and move the work item to **${rejectedState}**.`
    : approve;
}

/** The whole comment: for a revised plan what it changes, then the plan, what to do, and the line by which the comment is found. */
export function planComment(
  workItemId: number,
  { plan, text, hash, below, revises }: WrittenPlan & { revises?: Plan },
  approvedState: string,
  rejectedState?: string,
): string {
  return [
    `### Plan for work item ${workItemId}${revises ? ', revised' : ''}`,
    ...(revises ? [difference(revises, plan)] : []),
    text,
    below ?? decideText(approvedState, rejectedState),
    lastLineOf(hash),
  ].join('\n\n');
}

/** Tags as line ends and entities decoded; those of markup characters become spaces, since `words` drops them anyway. */
function unescapeHtml(text: string): string {
  return text
    .replace(/<\/?[a-z][^>]*>|<!--.*?-->/gis, '\n')
    .replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi, (_, hex?: string, decimal?: string) => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
    })
    .replace(/&(lt|gt|amp|quot|apos|nbsp);/gi, ' ');
}

const digitsShown = 12;

/** The last line of a plan's comment, by which the comment is found: the first digits of its hash. */
const lastLineOf = (hash: string) => `Plan ${hash.slice(0, digitsShown)}`;
const lastLine = new RegExp(`(?:^|\\n)\\s*Plan\\s+([0-9a-f]{${digitsShown}})\\s*$`);

/** The last line as version 0.1.0 wrote it. */
const firstMarker = /\[jv:plan:([0-9a-f]{64})\]/g;

/** Whether the marks of a comment name this hash, and no other one. */
function isMarked(commentText: string, hash: string): boolean {
  const text = unescapeHtml(commentText);
  const digits = lastLine.exec(text)?.[1];
  const found = [...text.matchAll(firstMarker)].map((match) => match[1] ?? '');
  const named = digits === undefined ? found : [...found, digits];
  return named.length > 0 && named.every((name) => hash.startsWith(name));
}

/** Letters and digits only: servers rewrite the white space, entities and markup of rich text, never its words. */
const words = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Whether a comment still has the plan's mark and all that was posted from its text on, whatever the server did to the markup. */
export function saysPlan(commentText: string, { text, hash, below = '' }: Omit<WrittenPlan, 'plan'>): boolean {
  if (!isMarked(commentText, hash)) return false;
  const wanted = words(`${text}\n${below}`);
  return [commentText, unescapeHtml(commentText)].some((said) => words(said).includes(wanted));
}

/** The planned paths, as a set. */
export function plannedPaths(plan: Plan): Set<string> {
  return new Set(plan.files.map((file) => file.path));
}
