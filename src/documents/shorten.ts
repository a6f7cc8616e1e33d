/** Markdown made shorter without opening what was closed: a cut within code would make its words act. */
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { missingText, startOf } from './cut.ts';
import type { LinkOptions } from './lines.ts';
import { sanitize } from './sanitize.ts';

interface StartOptions extends LinkOptions {
  /** The length of the result as it will be shown; the sanitized text's own where this is left out. */
  lengthOf?: (text: string) => number;
}

/** The sanitized beginning of a raw text, at most `charsMax` characters and a line that says how much is missing. */
export function sanitizeStart(text: string, charsMax: number, { hosts, lengthOf }: StartOptions = {}): string {
  const options = hosts ? { hosts } : {};
  for (let room = charsMax; ; ) {
    const kept = startOf(text, room);
    const written = sanitize(kept, options);
    const over = (lengthOf?.(written) ?? written.length) - charsMax;
    if (over <= 0 || room <= 0) {
      const missing = text.length - kept.length;
      return missing > 0 ? `${written}\n\n${missingText(missing)}`.trim() : written;
    }
    room = Math.min(room, kept.length) - Math.max(Math.ceil(over / 4), 50);
  }
}

const parser = unified().use(remarkParse).use(remarkGfm);

/** As many whole blocks and whole items of lists from the beginning of sanitized Markdown as `charsMax` characters hold. */
export function wholeBlocks(markdown: string, charsMax: number): string {
  const ends = parser
    .parse(markdown)
    .children.flatMap((block) => (block.type === 'list' ? block.children : [block]))
    .map(({ position }) => position?.end.offset ?? 0);
  return markdown.slice(0, Math.max(0, ...ends.filter((end) => end <= charsMax))).trimEnd();
}
