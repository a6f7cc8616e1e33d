/**
 * The one sanitizer at every way out: makes words of a model, or of anybody it quotes, harmless in Markdown, mail and chat.
 *
 * invisible characters -> markup -> links -> mentions -> headings, commands and fences -> closing words.
 * Each step breaks a pattern apart instead of taking text away, and no step makes what an earlier one broke.
 * Code is treated like prose, since not every place it goes to knows Markdown.
 */

interface SanitizeOptions {
  /** Hosts, with their port where they have one, to which links may lead. */
  hosts?: readonly string[];
}

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

const plainUrl = /^https?:\/\/[a-z0-9.-]+(:\d+)?([/?#][\w\-./?#%=&+;:~!$*']*)?$/i;

function isAllowed(url: string, hosts: readonly string[]): boolean {
  if (!plainUrl.test(url) || url.indexOf('://') !== url.lastIndexOf('://') || !URL.canParse(url)) return false;
  return hosts.some((host) => host.toLowerCase() === new URL(url).host);
}

/** Links to other hosts become text: no markup around them, and nothing that a reader turns into a link by itself. */
function withoutLinks(text: string, hosts: readonly string[]): string {
  return text
    .replace(/\]\((?:([^\s()[\],]*)\))?/g, (whole, url?: string) =>
      url !== undefined && isAllowed(url, hosts) ? whole : whole.replace('](', '] ('),
    )
    .replace(/[^\s()[\],]+/g, (word) => {
      const start = word.search(/(?<![\w+.-])https?:\/\//i);
      const url = start < 0 ? '' : word.slice(start).replace(/[.;:!?'"*_~`]+$/, '');
      if (isAllowed(url, hosts) && !word.slice(0, start).includes('://')) return word;
      return word.replace(/(\w):(?=\/\/)/g, '$1 :').replace(/\b(www)\.(?=\S)/gi, '$1 .');
    });
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

/** The text made harmless; the same again when it is given its own result. */
export function sanitize(text: string, { hosts = [] }: SanitizeOptions = {}): string {
  const unlinked = withoutLinks(withoutMarkup(visible(text)), hosts);
  return withoutMoves(withoutStructure(unlinked.replace(/@(?!\s|$)/g, '@ ')));
}

/** The same as a single line, for titles and subjects. */
export function sanitizeLine(text: string, options: SanitizeOptions = {}): string {
  const line = visible(text)
    .replace(/[`~]{3,}/g, '`')
    .replace(/\s+/g, ' ');
  return sanitize(line.trim(), options).trim();
}
