/**
 * Reads dotenv text with Node's own parser, and says where each name is and what a person cannot have meant.
 *
 * The values are those of `util.parseEnv` (nodejs.org/api/util.html#utilparseenvcontent), with two repairs: a byte order mark is
 * dropped, and a name followed only by spaces is empty. Node would read the next line as its value.
 */
import { parseEnv } from 'node:util';

/** A line that does not say what its writer meant. It never quotes a value, nor text that may be one. */
export interface DotenvSlip {
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
  readonly fix: string;
  /** Whether a value was read that is certainly not the one that was written. */
  readonly isWrong: boolean;
}

export interface Dotenv {
  readonly values: Readonly<Record<string, string>>;
  /** The last line that sets the name, counted from 1. */
  readonly lines: ReadonlyMap<string, number>;
  readonly slips: readonly DotenvSlip[];
}

const nameForm = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What looks like the next setting inside a value of several lines. */
const settingForm = /\n\s*(?:export\s+)?[A-Z_][A-Z0-9_]*\s*=/;

interface Row {
  /** The text after the `=`, up to the end of the whole file. */
  readonly rest: string;
  readonly name: string;
  readonly line: number;
}

interface Value {
  /** How many characters of `rest` it takes, up to the end of its last line. */
  readonly length: number;
  readonly slip?: Omit<DotenvSlip, 'line'>;
}

const endOf = (text: string, from = 0) => {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
};

function quotedValue({ rest, name }: Row, quote: string, at: number): Value {
  const close = rest.indexOf(quote, at + 1);
  if (close === -1) {
    const fix = `Close the quotes of ${name}, or remove them.`;
    return { length: endOf(rest), slip: { message: `${name} has quotes that do not close`, fix, isWrong: true } };
  }
  const length = endOf(rest, close);
  if (settingForm.test(rest.slice(at, close))) {
    const message = `the quotes of ${name} close on a later line, so the lines between are part of its value`;
    return { length, slip: { message, fix: `Close the quotes of ${name} on its own line.`, isWrong: true } };
  }
  const after = rest.slice(close + 1, length).trim();
  if (after === '' || after.startsWith('#')) return { length };
  const message = `the value of ${name} goes on after its closing quotes, and that part is not read`;
  return { length, slip: { message, fix: `Put the whole value of ${name} into one pair of quotes.`, isWrong: true } };
}

function plainValue({ rest, name }: Row): Value {
  const length = endOf(rest);
  // A comment stands after a space. Node also cuts where there is none.
  if (!/(^|\S)#/.test(rest.slice(0, length))) return { length };
  const fix = `Put the value in quotes: ${name}="...". If the rest is a comment, write a space before the #.`;
  return { length, slip: { message: `the value of ${name} is cut at its #`, fix, isWrong: true } };
}

function writtenValue(row: Row): Value {
  const at = row.rest.search(/[^\t ]/);
  const quote = row.rest[at] ?? '';
  return ['"', "'", '`'].includes(quote) ? quotedValue(row, quote, at) : plainValue(row);
}

/** `text` is the file's content. Never throws. */
export function readDotenv(text: string): Dotenv {
  const clean = text
    .replace(/^\ufeff/, '')
    .replaceAll('\r', '')
    .replace(/^([^\n'"`#=]*=)[ \t]+$/gm, '$1');
  const lines = new Map<string, number>();
  const slips: DotenvSlip[] = [];
  const note = (line: number, message: string, fix: string) => slips.push({ line, message, fix, isWrong: false });
  let line = 1;
  for (let at = 0; at < clean.length; ) {
    const row = clean.slice(at, endOf(clean, at));
    const equals = row.indexOf('=');
    let taken = row.length;
    if (row.trim() === '' || row.trim().startsWith('#')) taken = row.length;
    else if (equals < 1) note(line, 'this line is not read: it is not NAME=value', 'Write NAME=value, or remove it.');
    else {
      const name = row
        .slice(0, equals)
        .trim()
        .replace(/^export\s+/, '');
      if (nameForm.test(name)) {
        const before = lines.get(name);
        if (before !== undefined) {
          note(
            line,
            `${name} is set twice: this line counts, line ${before} does not`,
            `Remove one of the two lines of ${name}.`,
          );
        }
        lines.set(name, line);
        const { length, slip } = writtenValue({ rest: clean.slice(at + equals + 1), name, line });
        if (slip) slips.push({ line, ...slip });
        taken = equals + 1 + length;
      } else note(line, 'the text before = is not a name', 'A name has letters, digits and _, and no digit first.');
    }
    line += clean.slice(at, at + taken).split('\n').length;
    at += taken + 1;
  }
  const read = Object.entries(parseEnv(clean)).filter(([name]) => lines.has(name));
  return { values: Object.fromEntries(read.map(([name, value]) => [name, value ?? ''])), lines, slips };
}
