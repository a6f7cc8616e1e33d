/** Finds the name that a person probably meant. */

const editsMax = 2;

/** How many characters must be added or removed to make one text of the other, in any case of letters. */
function editsBetween(a: string, b: string): number {
  const [from, to] = [[...a.toLowerCase()], [...b.toLowerCase()]];
  /** The edits that make the start of `from`, as far as it was read, of each start of `to`. */
  let edits = [0, ...to.keys()].map((_, at) => at);
  for (const character of from) {
    const next = [(edits[0] ?? 0) + 1];
    for (const [at, other] of to.entries()) {
      const [left = 0, above = 0, corner = 0] = [next[at], edits[at + 1], edits[at]];
      next.push(character === other ? corner : Math.min(left, above) + 1);
    }
    edits = next;
  }
  return edits[to.length] ?? 0;
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
