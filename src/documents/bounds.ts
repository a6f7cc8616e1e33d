/** Which texts are read as Markdown: not those that are made to keep a parser busy or to nest without end. */
import { limits } from '../limits.ts';

const leadOf = /^[\s>*+\-\d.)]*/;

/** What may nest in a line, and whether it does so too deeply. */
function nestingOf(line: string): { signs: number; isDeep: boolean } {
  const [lead = ''] = leadOf.exec(line) ?? [];
  const signs = lead.replace(/[\s\d]/g, '').length;
  const isWide = signs > 0 && lead.length > 4 * limits.documentNestingMax;
  return { signs, isDeep: signs > limits.documentNestingMax || isWide };
}

/** Where the parser looks for the other end of something, which takes the square of their number. */
const signsIn = (text: string) => text.match(/[[\]*_`~<&@|]|:\/\//g)?.length ?? 0;

/** What may stand behind an address without being of it, which the parser looks through again at each of its signs. */
const longTrail = /[!"')*,.:;?_~\]]{200}/;

/** A line may continue the quotes, lists or columns of any line before it, so that each line may cost as much as the worst. */
function isSmall(lines: readonly string[]): boolean {
  if (lines.length > limits.documentLinesMax) return false;
  let worst = 1;
  for (const line of lines) {
    const { signs, isDeep } = nestingOf(line);
    if (isDeep) return false;
    worst = Math.max(worst, signs, line.split('|').length);
  }
  return lines.length * worst <= limits.documentCellsMax;
}

/** Whether a parser can take the text within a second or so, and without a deep stack; true for what people write. */
export function isParseable(text: string): boolean {
  if (text.length > limits.documentCharsMax || longTrail.test(text) || !isSmall(text.split('\n'))) return false;
  const signs = text.split(/\n\s*\n/).map(signsIn);
  const all = signs.reduce((sum, count) => sum + count, 0);
  return all <= limits.documentSignsMax && signs.every((count) => count <= limits.paragraphSignsMax);
}
