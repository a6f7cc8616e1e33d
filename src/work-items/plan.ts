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

/** The plan as people read it on the tile, Markdown; only its own headings are headings. */
function planText(plan: Plan): string {
  const files = plan.files.map(shownFile);
  return [
    `#### Summary\n\n${writeFor.markdown(plan.summary)}`,
    `#### Steps\n\n${list(plan.steps, true)}`,
    `#### Files that may change\n\n${files.map((file) => `- ${file}`).join('\n')}`,
    `#### Tests\n\n${plan.tests.length > 0 ? list(plan.tests) : 'None.'}`,
    `#### Risks\n\n${writeFor.markdown(plan.risks) || 'None.'}`,
    `#### Rollback\n\n${writeFor.markdown(plan.rollback) || 'Revert the merge.'}`,
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
}

/** Writes a plan down. Everything after that uses the text and the hash of the result. */
export function writePlan(workItemId: number, plan: Plan): WrittenPlan {
  const text = planText(plan);
  return { plan, text, hash: planHash(workItemId, text) };
}

/** What a revised plan changes in the approved one, as people read it above the plan. */
function difference(before: Plan, plan: Plan): string {
  const [had, has] = [new Set(before.files.map(shownFile)), new Set(plan.files.map(shownFile))];
  const parts = ['summary', 'steps', 'tests', 'risks', 'rollback'] as const;
  const others = parts.filter((part) => JSON.stringify(before[part]) !== JSON.stringify(plan[part]));
  const lines = [
    ...[...has].filter((file) => !had.has(file)).map((file) => `- added: ${file}`),
    ...[...had].filter((file) => !has.has(file)).map((file) => `- removed: ${file}`),
    ...(others.length > 0 ? [`- reworded: ${others.join(', ')}`] : []),
  ];
  const why = 'The change needs more than the approved plan allows. The work done so far is kept.';
  return `#### Changes to the approved plan\n\n${why}\n\n${lines.join('\n')}`;
}

/** The whole comment: for a revised plan what it changes, then the plan, what to do, and the line by which the comment is found. */
export function planComment(
  workItemId: number,
  { plan, text, hash, revises }: WrittenPlan & { revises?: Plan },
  approvedState: string,
  rejectedState?: string,
): string {
  const reject = rejectedState
    ? ` To ask for another plan, write a comment that says what to change, and move the work item to **${rejectedState}**.`
    : '';
  return [
    `### Plan for work item ${workItemId}${revises ? ', revised' : ''}`,
    ...(revises ? [difference(revises, plan)] : []),
    text,
    `To approve this plan, move the work item to **${approvedState}**.${reject}`,
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

/** Whether a comment still has the plan's mark and its words, whatever the server did to their markup. */
export function saysPlan(commentText: string, { text, hash }: Pick<WrittenPlan, 'text' | 'hash'>): boolean {
  if (!isMarked(commentText, hash)) return false;
  return [commentText, unescapeHtml(commentText)].some((said) => words(said).includes(words(text)));
}

/** The planned paths, as a set. */
export function plannedPaths(plan: Plan): Set<string> {
  return new Set(plan.files.map((file) => file.path));
}
