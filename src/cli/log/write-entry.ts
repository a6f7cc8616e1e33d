/**
 * Writes entries for people to read: time, place, who and what on one line, and below it, set in, whatever there is more.
 *
 * Only the first line of an entry stands at the margin, so that no text of others can pass for an entry.
 */

import type { Tone, Words } from '../../views/log/entry-words.ts';
import { type Piece, type Print, timeText } from '../print.ts';
import { fitted } from './fitted.ts';

export interface EntryOptions {
  /** Milliseconds since 1970. */
  at: number;
  /** The agent and session that it belongs to, where the reader sees several. */
  where: string;
  /** Whether a long detail is shown to its end. */
  isFull: boolean;
}

const setIn = '    ';
/** Lines of a detail that are shown without --full. */
const linesShownMax = 8;
/** Narrower than this nothing can be read anyway. */
const columnsMin = 24;

const paints: Readonly<Record<Tone, Piece['paint']>> = { bad: 'red', good: 'green', quiet: 'dim' };

/** The detail's lines, as many as are shown, and how many are not. */
function detailLines(detail: string, width: number, isFull: boolean): string[] {
  const lines = fitted(detail.replace(/\s+$/, ''), width);
  const rest = lines.length - linesShownMax;
  // A last line that says no more than that there is one more is that one.
  if (isFull || rest <= 1) return lines;
  return [...lines.slice(0, linesShownMax), ...fitted(`... ${rest} more lines (--full shows all)`, width)];
}

export function writeEntry(print: Print, { who, what, detail = '', tone }: Words, options: EntryOptions): void {
  const columns = Math.max(columnsMin, print.columns());
  const time = timeText(options.at);
  const head = [time, options.where, who].filter(Boolean).join('  ');
  const [first = '', ...more] = fitted(`${head}  ${what}`, columns, setIn);
  const isTimed = first.startsWith(time);
  const paint = tone && paints[tone];
  const rest: Piece = { text: isTimed ? first.slice(time.length) : first, ...(paint ? { paint } : {}) };
  print.pieces(...(isTimed ? [{ text: time, paint: 'dim' } as const] : []), rest);
  const below = (line: string) => print.line(`${setIn}${line}`.trimEnd());
  more.forEach(below);
  if (detail.trim() === '') return;
  detailLines(detail, columns - setIn.length, options.isFull).forEach(below);
}
