/**
 * A plan's text as version 0.1.0 wrote it, word for word: the hash that people approved covers this text.
 *
 * Part of a migration. It never changes, whatever becomes of the plan's wording and of the sanitizer.
 */

/** Controls, bidi and zero-width characters, lone surrogates, and letters that show as nothing. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

function visible(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/\t/g, '  ')
    .replace(invisible, (char) => (char === '\n' ? '\n' : ''));
}

/** No tags, entities, images, reference links, nor marks of the platform. */
function withoutMarkup(text: string): string {
  return text
    .replace(/<(?![\s=\d]|$)/g, '‹')
    .replace(/&(?=#?\w+;)/g, '& ')
    .replace(/!+(?=\[)/g, '')
    .replace(/\](?=:)/g, '] ')
    .replace(/\[(?=\s*jv\s*:)/gi, '(');
}

/** Links become text: no markup around them, and nothing that a reader turns into a link by itself. */
function withoutLinks(text: string): string {
  return text
    .replace(/\]\((?:([^\s()[\],]*)\))?/g, (whole) => whole.replace('](', '] ('))
    .replace(/[^\s()[\],]+/g, (word) => word.replace(/(\w):(?=\/\/)/g, '$1 :').replace(/\b(www)\.(?=\S)/gi, '$1 .'));
}

const closingWord =
  '\\b(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|complete[sd]?|implement(?:s|ed)?|finish(?:e[sd])?|deliver(?:s|ed)?)\\b';
/** Azure Repos also moves an item to the state named before a colon. */
const stateWord = '[\\p{L}\\p{N}]\\s*:(?!\\/\\/)';
const reference =
  '(?:AB|(?:[\\w.-]+\\/)?[\\w.-]+)?#\\d|GH-\\d|https?:\\/\\/\\S*\\/(?:issues|pull|pulls|workitems|_workitems)\\/';
const moving = new RegExp(`(${closingWord}|${stateWord})([^\\p{L}\\p{N}#]*)(?=${reference})`, 'giu');

/** Keeps a word that would close or move a work item apart from the item that it names. */
function withoutMoves(text: string): string {
  return text.replace(
    moving,
    (_, word: string, between: string) => `${word}${between}${/\s$/.test(between) ? '' : ' '}item `,
  );
}

/** Where a line's heading may stand: after quotes, list marks and other headings. */
const lead = /^[\s>*+\-\d.)#]*/;
const underline = /^[\s>]*(?:=+|-+)\s*$/;
const platformWords = /^(?=[\s>*_~`#+\-\d.)]*(?:plan for work item|jvagent)\b)/i;

/** No headings, no commands to bots, and a code block that was opened is closed. */
function withoutStructure(text: string): string {
  let inFence = false;
  const lines = text.split('\n').map((line) => {
    const [start = ''] = lead.exec(line) ?? [];
    const rest = line.slice(start.length);
    const flat = `${start.replace(rest ? /#+\s+/g : /#+(?:\s+|$)/g, '')}${rest}`.replace(underline, '');
    const fence = /^(\s*)(?:`{3,}|~{3,})([\w-]*)[^`]*$/.exec(flat);
    if (!fence) return flat.replace(/^(\s*)\//, '$1∕').replace(platformWords, '… ');
    inFence = !inFence;
    return `${fence[1]}\`\`\`${inFence ? fence[2] : ''}`;
  });
  return (inFence ? [...lines, '```'] : lines).join('\n');
}

function sanitized(text: string): string {
  const unlinked = withoutLinks(withoutMarkup(visible(text)));
  return withoutMoves(withoutStructure(unlinked.replace(/@(?!\s|$)/g, '@ ')));
}

function sanitizedLine(text: string): string {
  const line = visible(text)
    .replace(/[`~]{3,}/g, '`')
    .replace(/\s+/g, ' ');
  return sanitized(line.trim()).trim();
}

function list(items: readonly string[], numbered = false): string {
  return items.map((item, index) => `${numbered ? `${index + 1}.` : '-'} ${sanitizedLine(item)}`).join('\n');
}

/** A plan as the first version stored it. */
export interface FirstPlan {
  summary: string;
  steps: readonly string[];
  files: readonly { path: string; change: string }[];
  tests: readonly string[];
  risks: string;
  rollback: string;
}

/** The text that the first version posted of a plan, and hashed. */
export function firstPlanText(plan: FirstPlan): string {
  const files = plan.files.map((file) => `${file.change}: \`${file.path}\``);
  return [
    `#### Summary\n\n${sanitized(plan.summary)}`,
    `#### Steps\n\n${list(plan.steps, true)}`,
    `#### Files that may change\n\n${files.map((file) => `- ${file}`).join('\n')}`,
    `#### Tests\n\n${plan.tests.length > 0 ? list(plan.tests) : 'None planned.'}`,
    `#### Risks\n\n${sanitized(plan.risks) || 'None named.'}`,
    `#### Rollback\n\n${sanitized(plan.rollback) || 'Revert the merge.'}`,
  ].join('\n\n');
}
