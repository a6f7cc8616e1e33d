/** How a message shows a name that holds odd characters, so that a person or a model sees which one is meant. */

const unitEscape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
const escaped = (character: string) => character.split('').map(unitEscape).join('');

/** What a terminal or a page does not show as itself: controls, characters that reorder or join, spaces other than ` `. */
const unseen = /(?! )[\p{C}\p{Z}]/u;
const everyUnseen = new RegExp(unseen, 'gu');

/** Room for a long path; the rest of a longer text says nothing about its fault. */
const shownMax = 300;

/** The text in double quotes, each character that does not show as its escape, as JSON would write it; cut when long. */
export function quoted(text: string): string {
  const start = text.length > shownMax ? `${text.slice(0, shownMax).replace(/[\ud800-\udbff]$/, '')}...` : text;
  return JSON.stringify(start).replace(everyUnseen, escaped);
}

/** A text of several lines, each character that does not show as its escape; tabs and line feeds stay. */
export function unveiled(text: string): string {
  return text.replace(everyUnseen, (character) => (/[\n\t]/.test(character) ? character : escaped(character)));
}

/** `U+202E`, and behind it the character where it shows: `U+003A (:)`. */
function nameOf(character: string): string {
  const point = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return unseen.test(character) ? point : `${point} (${character})`;
}

/** The text with the first of its characters that `forbidden` (with the flag `u`) matches: `"a\u202eb.js" holds U+202E`. */
export function holding(text: string, forbidden: RegExp): string | undefined {
  const character = forbidden.exec(text)?.[0];
  return character === undefined ? undefined : `${quoted(text)} holds ${nameOf(character)}`;
}
