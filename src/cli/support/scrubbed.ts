/** What a bundle for a bug report may repeat of a text: the program's own words, without what they were about. */
import { createRedact, type NamedSecret } from '../../base/redact.ts';
import { startOf } from '../../documents/cut.ts';
import { codes } from '../../refusal.ts';

const charsMax = 300;

export interface Unwanted {
  readonly secrets: readonly NamedSecret[];
  /** Titles of work items and threads, in which people's words come into messages. */
  readonly titles: readonly string[];
}

/**
 * Replaces secrets, titles, quoted words, addresses and paths. What is left may still name something that only its reader can
 * judge, so people are asked to read the bundle.
 */
export function createScrub({ secrets, titles }: Unwanted): (text: string) => string {
  const redact = createRedact(secrets);
  const longest = titles.filter((title) => title.trim().length > 3).sort((a, b) => b.length - a.length);
  return (text) => {
    let left = redact(text);
    for (const title of longest) left = left.replaceAll(title, '<title>');
    const plain = left
      .replace(/"[^"]*"|`[^`]*`|'[^'\s][^']*'|“[^”]*”/g, '<quoted>')
      .replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, '<url>')
      .replace(/[^\s@]+@[^\s@]+\.[^\s@]+/g, '<address>')
      .replace(/(?<![\w<])\/[^\s:,)]+/g, '<path>');
    return startOf(plain, charsMax);
  };
}

/** A code of ours, or nothing: no other text passes. */
export const codeOnly = (code: unknown): string | undefined =>
  typeof code === 'string' && code in codes ? code : undefined;

/** The code of a stored refusal. */
export function codeIn(refusal: string | null): string | undefined {
  if (refusal === null) return undefined;
  const { refused } = JSON.parse(refusal) as { refused?: unknown };
  return codeOnly(refused);
}
