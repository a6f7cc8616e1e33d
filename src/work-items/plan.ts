/**
 * A plan as literal data, the text it is posted as, and the hash that binds an approval to it.
 *
 * submit-plan -> Plan -> planText (what people read) -> planHash -> marker in the comment; the gate goes back the same way.
 */

import { z } from 'zod';
import { sha256 } from '../base/digest.ts';
import { limits } from '../limits.ts';
import { sanitize, sanitizeLine } from './sanitize.ts';

const line = z.string().trim().min(1).max(2_000);

/** A repository path written literally: relative, no pattern, no step upwards, nothing that a code span cannot show. */
const literalPath = z
  .string()
  .min(1)
  .max(500)
  .refine(
    (path) => !/^[/\s]|\s$|[*?[\]{}\\<>:`\p{C}\u2028\u2029]|(^|\/)\.{1,2}(\/|$)|\/\/|\/$/u.test(path),
    'a literal path inside the repository',
  );

export const planSchema = z.strictObject({
  summary: z.string().trim().min(1).max(4_000),
  steps: z.array(line).min(1).max(50),
  files: z
    .array(z.strictObject({ path: literalPath, change: z.enum(['edit', 'new', 'delete']) }))
    .min(1)
    .max(limits.planFilesMax)
    .refine((files) => new Set(files.map((file) => file.path)).size === files.length, 'each path once'),
  tests: z.array(line).max(50),
  risks: z.string().trim().max(4_000),
  rollback: z.string().trim().max(4_000),
});

export type Plan = z.infer<typeof planSchema>;

function list(items: readonly string[], numbered = false): string {
  return items.map((item, index) => `${numbered ? `${index + 1}.` : '-'} ${sanitizeLine(item)}`).join('\n');
}

/** The plan as people read it on the tile, Markdown, the same for the same plan; only its own headings are headings. */
export function planText(plan: Plan): string {
  const files = plan.files.map((file) => `${file.change}: \`${file.path}\``);
  return [
    `#### Summary\n\n${sanitize(plan.summary)}`,
    `#### Steps\n\n${list(plan.steps, true)}`,
    `#### Files that may change\n\n${files.map((file) => `- ${file}`).join('\n')}`,
    `#### Tests\n\n${plan.tests.length > 0 ? list(plan.tests) : 'None planned.'}`,
    `#### Risks\n\n${sanitize(plan.risks) || 'None named.'}`,
    `#### Rollback\n\n${sanitize(plan.rollback) || 'Revert the merge.'}`,
  ].join('\n\n');
}

/** sha256 over what is posted and which work item it is for, 64 hex digits. */
export function planHash(workItemId: number, plan: Plan): string {
  return sha256(`${workItemId}\n${planText(plan)}`);
}

const planMarker = /\[jv:plan:([0-9a-f]{64})\]/g;

/** What a plan changes in an approved one, as people read it above the whole. */
function difference(before: Plan, plan: Plan): string {
  const keyOf = ({ path, change }: Plan['files'][number]) => `${change}: \`${path}\``;
  const [had, has] = [new Set(before.files.map(keyOf)), new Set(plan.files.map(keyOf))];
  const parts = ['summary', 'steps', 'tests', 'risks', 'rollback'] as const;
  const others = parts.filter((part) => JSON.stringify(before[part]) !== JSON.stringify(plan[part]));
  const lines = [
    ...[...has].filter((file) => !had.has(file)).map((file) => `- new here: ${file}`),
    ...[...had].filter((file) => !has.has(file)).map((file) => `- no longer: ${file}`),
    ...(others.length > 0 ? [`- written anew: ${others.join(', ')}`] : []),
  ];
  const why = 'The work turned out to need other files than the approved plan names. What is done so far is kept.';
  return `#### What differs from the approved plan\n\n${why}\n\n${lines.join('\n')}`;
}

/** The whole comment: what to do, the plan, and the marker by which it is found again; for a revised plan what differs, first. */
export function planComment(
  workItemId: number,
  plan: Plan,
  approvedState: string,
  rejectedState?: string,
  revises?: Plan,
): string {
  const hash = planHash(workItemId, plan);
  const reject = rejectedState ? ` To have it changed, comment what is wrong and move it to **${rejectedState}**.` : '';
  return [
    `### Plan for work item ${workItemId}${revises ? ', revised' : ''}`,
    ...(revises ? [difference(revises, plan)] : []),
    planText(plan),
    `To approve exactly this plan, move this work item to **${approvedState}**.${reject}`,
    `[jv:plan:${hash}]`,
  ].join('\n\n');
}

/** Tags taken away and entities decoded; those of markup characters become spaces, since `words` drops them anyway. */
function unescapeHtml(text: string): string {
  return text
    .replace(/<\/?[a-z][^>]*>|<!--.*?-->/gis, ' ')
    .replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi, (_, hex?: string, decimal?: string) => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
    })
    .replace(/&(lt|gt|amp|quot|apos|nbsp);/gi, ' ');
}

/** The hash that a comment's marker names, when it names exactly one. */
export function markedPlanHash(commentText: string): string | undefined {
  const found = new Set([...unescapeHtml(commentText).matchAll(planMarker)].map((match) => match[1]));
  return found.size === 1 ? [...found][0] : undefined;
}

/** Letters and digits only: servers rewrite white space, entities and markup of rich text, never its words. */
function words(text: string): string {
  return unescapeHtml(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** Whether a comment still says what `plan` says, whatever the server did to its markup. */
export function saysPlan(commentText: string, workItemId: number, plan: Plan): boolean {
  return (
    markedPlanHash(commentText) === planHash(workItemId, plan) && words(commentText).includes(words(planText(plan)))
  );
}

/** The planned paths, as a set. */
export function plannedPaths(plan: Plan): Set<string> {
  return new Set(plan.files.map((file) => file.path));
}
