/**
 * Other people's words within a text of ours: below a heading, each of their lines begins with a quote mark, and no line of ours does.
 *
 * So nobody's words pass for another's or for ours, and whoever shows the text can tell them apart again.
 */
import { cutText, startOf } from '../documents/cut.ts';
import { limits } from '../limits.ts';

/** One heading, and what was said under it where it is somebody's words. */
export interface Passage {
  heading: string;
  quote?: string;
}

const lineEnd = /\r\n?|[\n\u2028\u2029]/;
const mark = '> ';

/** Nobody's name makes a heading a quote. */
const oneLine = (text: string) => startOf(text.replace(/\s+/g, ' ').replace(/^[ >]+/, ''), 200);

/** `heading` says whose words these are, and which. */
export function quoted(heading: string, text: string): string {
  const lines = cutText(text.trim(), limits.commentCharsMax).split(lineEnd);
  return `${oneLine(heading)}:\n${lines.map((line) => mark + line).join('\n')}`;
}

/** The text in its order: words of ours between the quotes as headings of their own. */
export function passagesOf(text: string): Passage[] {
  const passages: Passage[] = [];
  let [own, said]: [string[], string[]] = [[], []];
  const close = () => {
    const quote = said.map((line) => line.slice(mark.length)).join('\n');
    const before = own.slice(0, -1).join('\n').trim();
    if (said.length === 0) passages.push({ heading: own.join('\n').trim() });
    else passages.push({ heading: before }, { heading: (own.at(-1) ?? '').replace(/:$/, ''), quote });
    [own, said] = [[], []];
  };
  for (const line of text.split('\n')) {
    const isQuote = line.startsWith(mark);
    if (!isQuote && said.length > 0) close();
    if (isQuote) said.push(line);
    else own.push(line);
  }
  close();
  return passages.filter(({ heading, quote }) => heading !== '' || quote !== undefined);
}
