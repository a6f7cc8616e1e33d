/** `jvagent costs`: what turns cost, summed by agent, phase, month, week or day. */
import { Command, InvalidArgumentError } from 'commander';
import { type CostKey, costKeys, sumCosts } from '../../views/cost-sums.ts';
import type { Context } from '../context.ts';
import { usdText } from '../print.ts';

function keysIn(text: string): CostKey[] {
  const names = text.split(',');
  const keys = costKeys.filter((name) => names.includes(name));
  if (keys.length !== names.length)
    throw new InvalidArgumentError(`Use ${costKeys.join(', ')}, each at most once, separated by commas.`);
  return keys;
}

async function costs(context: Context, { by, json = false }: { by: CostKey[]; json?: boolean }): Promise<void> {
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
    ] satisfies CostKey[])
    .option('--json', 'print one JSON document')
    .action((flags: { by: CostKey[]; json?: boolean }) => costs(context, flags));
}
