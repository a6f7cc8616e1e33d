/** Any JSON value as lines that people read: no braces, no quotes, nothing on one endless line. */

const isScalar = (value: unknown) => typeof value !== 'object' || value === null;

function scalarText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === null || value === undefined ? '-' : String(value);
}

function field(name: string, value: unknown): string[] {
  if (isScalar(value)) {
    const [first = '', ...rest] = scalarText(value).split('\n');
    return rest.length === 0 ? [`${name}: ${first}`] : [`${name}:`, ...[first, ...rest].map((line) => `  ${line}`)];
  }
  const lines = linesOf(value);
  if (lines.length === 0) return [`${name}: none`];
  const isShort = Array.isArray(value) && value.every(isScalar) && lines.every((line) => line.length < 40);
  return isShort ? [`${name}: ${lines.join(', ')}`] : [`${name}:`, ...lines.map((line) => `  ${line}`)];
}

function linesOf(value: unknown): string[] {
  if (isScalar(value)) return scalarText(value).split('\n');
  if (!Array.isArray(value)) return Object.entries(value as object).flatMap(([name, part]) => field(name, part));
  return value.flatMap((part) => {
    const lines = linesOf(part);
    return isScalar(part) ? lines : lines.map((line, at) => `${at === 0 ? '- ' : '  '}${line}`);
  });
}

/** The value that a text is the JSON of; the text itself where it is not JSON, or only a word or a number. */
function parsedText(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What a tool answered, as a value: its text is JSON where the tool is one of ours. */
export function valueIn(result: unknown): unknown {
  return typeof result === 'string' ? parsedText(result) : result;
}

/** The value as text of one or more lines; a text that is JSON is read as what it says. */
export function valueText(value: unknown): string {
  return linesOf(valueIn(value)).join('\n');
}
