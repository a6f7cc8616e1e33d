/** What earlier work items of a plan's size cost, as a person reads it before approving: figures of this agent only, and none before there are three. */

/** A work item of the agent that was carried out and has ended. */
export interface EarlierItem {
  /** How many files its plan named. */
  files: number;
  usd: number;
}

/** The largest number of planned files of each size but the last. */
const sizes = [3, 10, 30];
const figuresMin = 3;

/** The size that a plan with so many files has, from and to. */
function sizeOf(files: number): { from: number; to: number; name: string } {
  const at = sizes.findIndex((most) => files <= most);
  const from = at === 0 ? 1 : (sizes.at(at < 0 ? -1 : at - 1) ?? 0) + 1;
  const to = sizes[at] ?? Number.POSITIVE_INFINITY;
  return { from, to, name: at < 0 ? `${from} files and more` : `${from} to ${to} files` };
}

/** Of an even number of amounts, between the two in the middle. */
function medianOf(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

export function costText(earlier: readonly EarlierItem[], files: number): string {
  const { from, to, name } = sizeOf(files);
  const costs = earlier
    .filter((item) => item.files >= from && item.files <= to)
    .map(({ usd }) => usd)
    .sort((a, b) => a - b);
  if (costs.length < figuresMin) return `First work items of this size (${name}): no figures yet.`;
  const [least, most, middle] = [costs[0] ?? 0, costs.at(-1) ?? 0, medianOf(costs)].map((usd) => usd.toFixed(2));
  return `Earlier work items of this size (${name}) cost ${least} to ${most} USD; the median of ${costs.length} is ${middle} USD.`;
}
