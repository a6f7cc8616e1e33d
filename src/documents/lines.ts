/** Words made harmless for places without Markdown: titles, subjects, commit messages, chat and mail. Nothing in them is code. */
import { breakApart, isAllowed, marks, visible } from './break-apart.ts';

export interface LinkOptions {
  /** Hosts, with their port where they have one, to which links may lead. */
  hosts?: readonly string[];
}

const urlCharsMax = 2_000;

/** Marks the colon of each address that may stay a link. */
function withLinksMarked(text: string, hosts: readonly string[]): string {
  return text.replace(/[^\s()[\],]+/g, (word) => {
    if (word.length > urlCharsMax) return word;
    const start = word.search(/(?<![\w+.-])https?:\/\//i);
    const url = start < 0 ? '' : word.slice(start).replace(/[.;:!?'"*_~`]+$/, '');
    const isLink = isAllowed(url, hosts) && !word.slice(0, start).includes('://');
    return isLink ? word.replace('://', `${marks.colon}//`) : word;
  });
}

/** Where a heading may begin in a line: after quotes, list marks and other headings. */
const lead = /^[\s>*+\-\d.)#]*/;
const underline = /^[\s>]*(?:=+|-+)\s*$/;

/** Somebody may show the words as Markdown after all, so they have no heading and no fence. */
function withoutStructure(line: string): string {
  const [start = ''] = lead.exec(line) ?? [];
  const rest = line.slice(start.length);
  const flat = `${start.replace(rest ? /(?<!#)#+\s+/g : /(?<!#)#+(?:\s+|$)/g, '')}${rest}`;
  return flat.replace(underline, '').replace(/`{3,}|~{3,}/g, (fence) => fence.charAt(0));
}

/** The words with their lines, made harmless; the same again when they are given their own result. */
export function sanitizeLines(text: string, { hosts = [] }: LinkOptions = {}): string {
  const lines = visible(text).split('\n').map(withoutStructure).join('\n');
  return breakApart(withLinksMarked(lines, hosts)).replaceAll(marks.colon, ':');
}

/** The same as a single line. */
export function sanitizeLine(text: string, options: LinkOptions = {}): string {
  const line = visible(text)
    .replace(/[`~]{3,}/g, '`')
    .replace(/\s+/g, ' ');
  return sanitizeLines(line.trim(), options).trim();
}
