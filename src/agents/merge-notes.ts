/** Joins what two sessions made of the same notes, line by line: what either took out is gone, what either added is there once. */
import { limits } from '../limits.ts';

/** As much of the end as fits, in whole lines: the oldest notes stand first. */
function fitted(text: string): string {
  const over = Buffer.byteLength(text) - limits.memoryFileBytesMax;
  if (over <= 0) return text;
  const bytes = Buffer.from(text);
  const lineEnd = bytes.indexOf('\n', over - 1);
  return bytes
    .subarray(lineEnd < 0 ? over : lineEnd + 1)
    .toString('utf8')
    .replace(/^\ufffd+/, '');
}

/** `current` with the changes that led from `base` to `draft`; lines that are new stand at the end. */
export function mergeNotes(base: string, current: string, draft: string): string {
  if (current === base || current === draft) return draft;
  const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');
  const [before, after, present] = [base, draft, current].map((text) => new Set(linesOf(text)));
  const stays = (line: string) => line === '' || !before?.has(line) || after?.has(line);
  const kept = current.split('\n').filter(stays).join('\n');
  const added = linesOf(draft).filter((line) => !before?.has(line) && !present?.has(line));
  if (added.length === 0) return kept;
  const gap = kept === '' || kept.endsWith('\n') ? '' : '\n';
  return fitted(`${kept}${gap}${added.join('\n')}\n`);
}
