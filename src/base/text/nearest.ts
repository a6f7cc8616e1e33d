/** Finds the name that a person probably meant. */
import { diffChars } from 'diff';

const editsMax = 2;

/** How many characters must be added or removed to make one text of the other, in any case of letters. */
function editsBetween(a: string, b: string): number {
  const parts = diffChars(a, b, { ignoreCase: true });
  return parts.reduce((sum, { added, removed, count }) => sum + (added || removed ? count : 0), 0);
}

/**
 * The nearest of `names` that is at most two added or removed characters away (one swapped or wrong character counts as two);
 * undefined if there is none. Short names must be nearer.
 */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const near = names
    .filter((known) => Math.abs(known.length - name.length) <= editsMax)
    .map((known) => ({ known, edits: editsBetween(name, known) }))
    .filter(({ edits }) => edits <= Math.min(editsMax, Math.floor(name.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.known;
}
