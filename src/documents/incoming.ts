/** What people wrote elsewhere, as Markdown: HTML is converted, Markdown stays as it is, and pictures are named. */

import type { NameFile } from './from-html.ts';

/** How a text is kept where it comes from; `unknown` is told by what it looks like. */
export type TextFormat = 'html' | 'markdown' | 'unknown';

/** Elements that editors of rich text write. */
const elements =
  'a|abbr|b|big|blockquote|br|center|code|col|colgroup|dd|del|details|div|dl|dt|em|figure|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|q|s|samp|small|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul';
const anyTag = new RegExp(`<(/?)(${elements})(?:\\s[^<>]*)?/?>`, 'gi');
/** These have no end. */
const loneTag = /<(?:br\s*\/?|img\s[^<>]*)>/i;
/** Markdown has inline tags too, but a text that begins with one of these was written by an editor of rich text. */
const firstTag = /^\s*<(?:div|p|span|ul|ol|table|pre|h[1-6]|blockquote|b|strong|i|em|u|font|section)\b[^<>]*>/i;
const markdownSign = /^(?: {0,3}(?:#{1,6} |`{3,}|~{3,}|[-*+] |\d{1,9}[.)] |> )| *\|.*\|\s*$)/m;
const entity = /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});/i;

/** Whether a tag has its closing one; a lone tag may be what a sentence is about. */
function hasElement(text: string): boolean {
  const open = new Set<string>();
  for (const [, slash, name = ''] of text.matchAll(anyTag)) {
    if (slash === '') open.add(name.toLowerCase());
    else if (open.has(name.toLowerCase())) return true;
  }
  return false;
}

/** Whether a text of unknown format is HTML. */
function looksLikeHtml(text: string): boolean {
  if (firstTag.test(text)) return true;
  return !markdownSign.test(text) && (loneTag.test(text) || entity.test(text) || hasElement(text));
}

/** A file written out as an address; its content is not text. Linear: no part of it can be tried twice. */
const dataAddress = /(?<![\w-])data:[\w.+-]{1,80}\/[\w.+-]{1,80}(?:;[\w=.-]{1,80}){0,3},[A-Za-z0-9+/=%_-]*/g;
const emptyAddress = 'data:,';
const dataPicture = /!\[([^\][\n]{0,200})\]\(data:,[^()\n]{0,200}\)/g;

/** `![shot](data:...)` is `[image: shot]`; any other address that holds its own data is left out. */
function withoutData(text: string): string {
  if (!text.includes('data:')) return text;
  return text.replace(dataAddress, emptyAddress);
}

const named = (text: string) =>
  text
    .replace(dataPicture, (_, alt: string) => (alt.trim() ? `[image: ${alt.trim()}]` : '[image]'))
    .replaceAll(emptyAddress, '[data left out]');

/** Names the sender's own files wherever their address stands. */
function withFiles(text: string, nameFile: NameFile): string {
  return text.replace(/[^\s()<>"'[\]]+/g, (word) => {
    const at = word.search(/https?:\/\//i);
    const name = at < 0 ? undefined : nameFile(word.slice(at));
    return name === undefined ? word : word.slice(0, at) + name;
  });
}

/**
 * A text as Markdown. The HTML reader is loaded when the first HTML text is read: a process that never reads one does
 * without it.
 */
export async function toMarkdown(text: string, format: TextFormat, nameFile: NameFile): Promise<string> {
  const light = withoutData(text);
  const isHtml = format === 'html' || (format === 'unknown' && looksLikeHtml(light));
  if (!isHtml) return named(withFiles(light, nameFile)).trim();
  const { markdownFromHtml } = await import('./from-html.ts');
  return named(markdownFromHtml(light, nameFile));
}
