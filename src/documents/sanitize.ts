/** The one sanitizer of Markdown at every way out: what it gives shows the same words, and acts on nobody. */
import { isParseable } from './bounds.ts';
import { codeApart, visibleCode } from './break-apart.ts';
import type { LinkOptions } from './lines.ts';
import { toMarkdown } from './markdown.ts';
import { readDocument } from './read.ts';

/** How often a text may be read and written until it stays as it is. */
const roundsMax = 4;

/** How much longer than twice its input a text may be written. */
const growthCharsMax = 1_000;

const wholeFence = /^(`{3,})\n([\s\S]*)\n\1$/;

/** The whole text as one block of code, for what is not read as Markdown. */
export function codeBlock(text: string): string {
  const code = codeApart(visibleCode(text));
  const longest = (code.match(/`+/g) ?? []).reduce((most, ticks) => Math.max(most, ticks.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${code}\n${fence}`;
}

function literally(text: string): string {
  const [, fence = '', inner = ''] = wholeFence.exec(text) ?? [];
  return codeBlock(fence && !inner.includes(fence) ? inner : text);
}

/**
 * Markdown made harmless: no raw HTML, entity, heading, image, link to other hosts, mention, command, word that moves a work item,
 * nor mark of our own comments, except in code, which comes out as it is (see `codeApart` for what is broken apart in it).
 *
 * The same again when it is given its own result. A text that is too large, nested too deeply or grows too much comes out as one block of code.
 */
export function sanitize(text: string, { hosts = [] }: LinkOptions = {}): string {
  const given = visibleCode(text)
    .replace(/^(?:[^\S\n]*\n)+/, '')
    .trimEnd();
  let words = given;
  for (let round = 0; round < roundsMax; round += 1) {
    const written = isParseable(words) ? toMarkdown(readDocument(words, hosts)) : literally(words);
    if (written === words) return written;
    if (written.length > 2 * given.length + growthCharsMax) break;
    words = written;
  }
  return literally(given);
}
