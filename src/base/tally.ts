/** Counts what may come in floods, and says which of it to tell: the first of a kind, the tenth, the hundredth, and so on. */

export interface Counted {
  /** How many of its kind there were by now. */
  readonly count: number;
  /** It is counted with all kinds for which there was no room. */
  readonly isOther: boolean;
}

/** Undefined for one that need not be told. */
export type Tally = (kind: string) => Counted | undefined;

/** Keeps at most `kindsMax` kinds apart, so that at most about five times as many are told of 10,000. */
export function createTally(kindsMax: number): Tally {
  const counts = new Map<string, number>();
  let others = 0;
  const isTold = (count: number) => /^10*$/.test(String(count));
  return (kind) => {
    const isOther = !counts.has(kind) && counts.size >= kindsMax;
    const count = isOther ? others + 1 : (counts.get(kind) ?? 0) + 1;
    if (isOther) others = count;
    else counts.set(kind, count);
    return isTold(count) ? { count, isOther } : undefined;
  };
}
