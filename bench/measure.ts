/** What a benchmark returns: its medians by name, and the rows that its table shows, side by side with what was measured beside it. */

/** Values of one thing, measured again and again in one run. */
export interface Series {
  readonly what: string;
  readonly values: readonly number[];
}

export interface Row extends Series {
  /** What a user would pick instead, measured in turns with ours. */
  readonly beside?: Series;
}

export interface Measured {
  /** What `--json` prints. */
  readonly medians: Readonly<Record<string, number>>;
  readonly rows: readonly Row[];
}

/** The value below which this share of all values is; `values` may have any order. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The median of measurements: one slow moment of a shared machine does not change it. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The median of the ratios of each round: what slows a shared machine for a while hits both sides of a round. */
export const medianRatio = (ours: readonly number[], beside: readonly number[]): number =>
  median(ours.map((value, round) => value / (beside[round] ?? Number.NaN)));

const digitsOf = (value: number) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3);
const text = (value: number) => value.toFixed(digitsOf(value));

/** From the tenth to the ninetieth of a hundred values; nothing for a single one. */
const spread = (values: readonly number[]) =>
  values.length > 1 ? `${text(quantile(values, 0.1))}-${text(quantile(values, 0.9))}` : '';

export const headings = ['benchmark', 'value', 'median', 'p10-p90', 'beside it', 'median', 'p10-p90', 'ratio'] as const;

/** A row of the table: one cell for each heading. */
export function cellsOf(name: string, { what, values, beside }: Row): string[] {
  const ours = [name, what, text(median(values)), spread(values)];
  if (!beside) return [...ours, '', '', '', ''];
  const ratio = medianRatio(values, beside.values).toFixed(3);
  return [...ours, beside.what, text(median(beside.values)), spread(beside.values), ratio];
}

/** The milliseconds that `work` took. */
export async function timed(work: () => Promise<unknown> | unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** A benchmark whose rows are its medians alone. */
export const plain = (bench: () => Promise<object>) => async (): Promise<Measured> => {
  const medians: Record<string, number> = { ...(await bench()) };
  return { medians, rows: Object.entries(medians).map(([what, value]) => ({ what, values: [value] })) };
};
