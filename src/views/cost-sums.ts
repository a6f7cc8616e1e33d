/** What turns cost, summed by agent, phase, month, week or day. */
import type { DayUsage, PhaseUsage, UsageAmount } from '../store/usage.ts';

export const costKeys = ['agent', 'phase', 'month', 'week', 'day'] as const;

export type CostKey = (typeof costKeys)[number];

export interface CostSum {
  readonly keys: Readonly<Partial<Record<CostKey, string>>>;
  usd: number;
  readonly tokens: { -readonly [Kind in keyof UsageAmount['tokens']]: number };
  turns: number;
}

const dayMs = 86_400_000;

/** The Monday on which the week of a day begins. */
export function weekOf(day: string): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  const sinceMonday = (new Date(at).getUTCDay() + 6) % 7;
  return new Date(at - sinceMonday * dayMs).toISOString().slice(0, 10);
}

type Row = DayUsage & Partial<Pick<PhaseUsage, 'phase'>>;

const keyOf: Readonly<Record<CostKey, (usage: Row) => string>> = {
  agent: ({ agentId }) => agentId,
  phase: ({ phase = '' }) => phase,
  month: ({ day }) => day.slice(0, 7),
  week: ({ day }) => weekOf(day),
  day: ({ day }) => day,
};

/** Sums of all rows that agree in `names`, in the order of those. */
export function sumCosts(rows: readonly Row[], names: readonly CostKey[]): CostSum[] {
  const sums = new Map<string, CostSum>();
  for (const row of rows) {
    const values = names.map((name) => keyOf[name](row));
    const id = values.join(' ');
    const keys = Object.fromEntries(names.map((name, index) => [name, values[index]]));
    const sum = sums.get(id) ?? { keys, usd: 0, tokens: { input: 0, cached: 0, output: 0 }, turns: 0 };
    sum.usd += row.usd;
    sum.turns += row.turns;
    for (const kind of ['input', 'cached', 'output'] as const) sum.tokens[kind] += row.tokens[kind];
    sums.set(id, sum);
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}
