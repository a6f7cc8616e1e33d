/** Which texts are read as Markdown: not those that are made to keep a parser busy or to nest without end. */
import { limits } from '../limits.ts';

const leadOf = /^[\s>*+\-\d.)]*/;

function nestsDeeply(line: string): boolean {
  const [lead = ''] = leadOf.exec(line) ?? [];
  const signs = lead.replace(/[\s\d]/g, '').length;
  return signs > limits.documentNestingMax || (signs > 0 && lead.length > 4 * limits.documentNestingMax);
}

/** Where the parser looks for the other end of something, which takes the square of their number. */
const signsIn = (text: string) => text.match(/[[\]*_`~<&@]|:\/\//g)?.length ?? 0;

/** What may stand behind an address without being of it, which the parser looks through again at each of its signs. */
const longTrail = /[!"')*,.:;?_~\]]{200}/;

/** Whether a parser can take the text within a second or so, and without a deep stack; true for what people write. */
export function isParseable(text: string): boolean {
  if (text.length > limits.documentCharsMax || text.split('\n').some(nestsDeeply)) return false;
  if (longTrail.test(text)) return false;
  const signs = text.split(/\n\s*\n/).map(signsIn);
  const all = signs.reduce((sum, count) => sum + count, 0);
  return all <= limits.documentSignsMax && signs.every((count) => count <= limits.paragraphSignsMax);
}
