/** A call of a tool in a few words, for people: `git-ops commit "fix: guard keys (#12)"`. */

/** The input's field that says which of the tool's actions is meant. */
const actionFields = ['action', 'method'];

/** Fields that say most about a call, the most telling one first. */
const tellingFields = [
  'message',
  'summary',
  'file_path',
  'notebook_path',
  'path',
  'pattern',
  'command',
  'to',
  'branch',
  'prTitle',
  'files',
  'question',
  'text',
  'reason',
  'comment',
  'subject',
  'query',
  'url',
  'title',
  'description',
  'name',
  'fields',
  'sessionId',
  'workItemId',
];

const listedMax = 3;

/** The name that the tool has for people: without the prefix under which the model sees it. */
export function toolName(tool: string): string {
  return tool.replace(/^mcp__jv__/, '');
}

function fieldsOf(input: unknown): Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : {};
}

/** A word or path as it is; anything with a space in it in quotes, on one line. */
function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return /^[^\s"]+$/.test(line) ? line : `"${line}"`;
}

function listed(words: readonly string[]): string {
  const rest = words.length - listedMax;
  return [words.slice(0, listedMax).join(', '), ...(rest > 0 ? [`and ${rest} more`] : [])].join(' ');
}

/** One of several: itself, or the path or name that it has. */
function itemWords(item: unknown): string {
  const { path, name } = fieldsOf(item);
  const words = path ?? name ?? item;
  return typeof words === 'object' ? 'one more' : quoted(String(words));
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return listed(value.map(itemWords));
  if (typeof value === 'object' && value !== null) return listed(Object.keys(value));
  return quoted(String(value));
}

/** What one call is about: its action, and the argument that says most. Empty where the input says neither. */
export function mainArgument(input: unknown): string {
  const fields = fieldsOf(input);
  const has = (name: string) => fields[name] !== undefined && fields[name] !== null && fields[name] !== '';
  const action = actionFields.find(has);
  const telling =
    tellingFields.find(has) ??
    Object.keys(fields).find((name) => name !== action && ['string', 'number'].includes(typeof fields[name]));
  return [action, telling].flatMap((name) => (name === undefined ? [] : valueWords(fields[name]))).join(' ');
}

/** `Read index.js`, `git-ops push`: the tool and what it was called for. */
export function callWords(tool: string, input: unknown): string {
  return [toolName(tool), mainArgument(input)].filter(Boolean).join(' ');
}
