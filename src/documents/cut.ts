/** Cuts texts between characters: no emoji, accent or surrogate pair is split. */

/** How far back a plain letter is looked for, where a character surely begins; longer clusters are cut between code points. */
const nearCharsMax = 256;
/** Between two of these is always a boundary. */
const plainAround = /^[ -~]{2}$/;

const isLowSurrogate = (text: string, at: number) => /[\udc00-\udfff]/.test(text.charAt(at));

/** Where the character that covers position `at` begins and ends; both are `at` where one begins there. */
function characterAt(text: string, at: number): { from: number; to: number } {
  if (at <= 0 || at >= text.length) return { from: at, to: at };
  if (plainAround.test(text.slice(at - 1, at + 1))) return { from: at, to: at };
  const before = Math.max(0, at - nearCharsMax);
  const plain = /[ -~](?=[^ -~]*$)/.exec(text.slice(before, at));
  const offset = plain ? before + plain.index : before;
  // Made here, because it takes a while and most texts are cut between plain letters, or not at all.
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const found = segmenter.segment(text.slice(offset, at + nearCharsMax)).containing(at - offset);
  const [from, to] = found ? [offset + found.index, offset + found.index + found.segment.length] : [at, at];
  if (from === at) return { from: at, to: at };
  if ((plain || before === 0) && to - from < nearCharsMax) return { from, to };
  return isLowSurrogate(text, at) ? { from: at - 1, to: at + 1 } : { from: at, to: at };
}

/** The beginning of a text, at most `charsMax` UTF-16 units. */
export function startOf(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : text.slice(0, characterAt(text, Math.max(0, charsMax)).from);
}

/** The end of a text, at most `charsMax` UTF-16 units. */
export function endOf(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : text.slice(characterAt(text, text.length - Math.max(0, charsMax)).to);
}

/** Said in place of what is cut. */
export const missingText = (chars: number) =>
  `[${chars} more characters are left out here, because the text is too long.]`;

/** The beginning of a text, with a line that says how much is missing where something is. */
export function cutText(text: string, charsMax: number): string {
  const kept = startOf(text, charsMax);
  return kept.length === text.length ? text : `${kept}\n${missingText(text.length - kept.length)}`;
}
