/** A reason as a sentence. */

/** With a full stop, and with a capital if it begins with a word, not with a path; what others said may end with a stop of its own. */
export function sentenceOf(text: string): string {
  const begun = text.replace(/^[a-z]+(?=[ ,])/, (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${begun}${/[.!?]$/.test(begun) ? '' : '.'}`;
}
