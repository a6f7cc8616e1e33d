/** `jvagent costs`: what turns cost, summed by agent, phase, month, week or day. */
import { Command, InvalidArgumentError } from 'commander';
import type { DayUsage, PhaseUsage } from '../../store/usage.ts';
import type { Context } from '../context.ts';
import { usdText } from '../print.ts';

const keyNames = ['agent', 'phase', 'month', 'week', 'day'] as const;

type KeyName = (typeof keyNames)[number];

interface Sum {
  readonly keys: Readonly<Partial<Record<KeyName, string>>>;
  usd: number;
  readonly tokens: { input: number; cached: number; output: number };
  turns: number;
}

function keysIn(text: string): KeyName[] {
  const names = text.split(',');
  const keys = keyNames.filter((name) => names.includes(name));
  if (keys.length !== names.length)
    throw new InvalidArgumentError(`Use ${keyNames.join(', ')}, each at most once, separated by commas.`);
  return keys;
}

const dayMs = 86_400_000;

/** The Monday on which the week of a day begins. */
function weekOf(day: string): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  const sinceMonday = (new Date(at).getUTCDay() + 6) % 7;
  return new Date(at - sinceMonday * dayMs).toISOString().slice(0, 10);
}

type Row = DayUsage & Partial<Pick<PhaseUsage, 'phase'>>;

const keyOf: Readonly<Record<KeyName, (usage: Row) => string>> = {
  agent: ({ agentId }) => agentId,
  phase: ({ phase = '' }) => phase,
  month: ({ day }) => day.slice(0, 7),
  week: ({ day }) => weekOf(day),
  day: ({ day }) => day,
};

/** Sums of all rows that agree in `names`, in the order of those. */
function sumCosts(rows: readonly Row[], names: readonly KeyName[]): Sum[] {
  const sums = new Map<string, Sum>();
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

async function costs(context: Context, { by, json = false }: { by: KeyName[]; json?: boolean }): Promise<void> {
  const { usage } = await context.store();
  const sums = sumCosts(await (by.includes('phase') ? usage.listPhases() : usage.list()), by);
  if (json) return context.print.json(sums.map(({ keys, ...sum }) => ({ ...keys, ...sum })));
  const rows = sums.map(({ keys, usd, turns, tokens }) => {
    const counts = [turns, tokens.input, tokens.cached, tokens.output].map((count) => count.toLocaleString('en-US'));
    return [...by.map((name) => keys[name] ?? ''), usdText(usd), ...counts];
  });
  const headings = [...by.map((name) => name.toUpperCase()), 'COST', 'TURNS', 'TOKENS IN', 'FROM CACHE', 'TOKENS OUT'];
  context.print.table(headings, rows);
}

export function costsCommand(context: Context): Command {
  return new Command('costs')
    .description('show what turns cost, in US dollars and tokens')
    .option('--by <keys>', 'sum by agent, phase, month, week or day, or by several, such as agent,week', keysIn, [
      'agent',
    ] satisfies KeyName[])
    .option('--json', 'print one JSON document')
    .action((flags: { by: KeyName[]; json?: boolean }) => costs(context, flags));
}
