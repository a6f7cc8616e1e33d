/** The middle of some measurements, which one slow moment of a shared machine does not move. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
