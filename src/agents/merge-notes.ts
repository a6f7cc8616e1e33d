/**
 * Merges two edits of the same notes, line by line: lines that either side removed are gone, lines that either side added appear
 * once.
 */
import { limits } from '../limits.ts';

/** Keeps as many whole lines from the end as fit: the oldest notes come first and are dropped first. */
function newestThatFit(text: string): string {
  const over = Buffer.byteLength(text) - limits.memoryFileBytesMax;
  if (over <= 0) return text;
  const bytes = Buffer.from(text);
  const lineEnd = bytes.indexOf('\n', over - 1);
  return bytes
    .subarray(lineEnd < 0 ? over : lineEnd + 1)
    .toString('utf8')
    .replace(/^\ufffd+/, '');
}

/** Applies the changes between `base` and `draft` to `current`; new lines are appended at the end. */
export function mergeNotes(base: string, current: string, draft: string): string {
  if (current === base || current === draft) return draft;
  const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');
  const [before, after, present] = [base, draft, current].map((text) => new Set(linesOf(text)));
  const stays = (line: string) => line === '' || !before?.has(line) || after?.has(line);
  const kept = current.split('\n').filter(stays).join('\n');
  const added = linesOf(draft).filter((line) => !before?.has(line) && !present?.has(line));
  if (added.length === 0) return kept;
  const gap = kept === '' || kept.endsWith('\n') ? '' : '\n';
  return newestThatFit(`${kept}${gap}${added.join('\n')}\n`);
}
