/** Whether an address matches a pattern: `*` matches one segment, `**` any number of segments, including none. */

/** The time is proportional to the product of both lengths, for every pattern. */
export function matchesPattern(pattern: string, address: string): boolean {
  const segments = address.split('/');
  // reach[n]: the pattern so far matches the first n segments.
  let reach = [true, ...segments.map(() => false)];
  for (const part of pattern.split('/')) {
    const next = reach.map(() => false);
    for (const [at, fits] of reach.entries()) {
      if (part === '**') next[at] = fits || next[at - 1] === true;
      else if (at > 0) next[at] = reach[at - 1] === true && (part === '*' || part === segments[at - 1]);
    }
    reach = next;
  }
  return reach.at(-1) === true;
}
