/** `jvagent bench`: measurements as ratios within one run, as times or as counts, each a row. */
import { Command } from 'commander';
import { benchDashboard } from '../../../../bench/dashboard.ts';
import { benchHeartbeat } from '../../../../bench/heartbeat.ts';
import { benchHook } from '../../../../bench/hook.ts';
import { benchIdle } from '../../../../bench/idle.ts';
import { benchInbox } from '../../../../bench/inbox.ts';
import { benchTurn } from '../../../../bench/turn.ts';
import { benchWorkspace } from '../../../../bench/workspace.ts';
import type { Context } from '../../context.ts';

const benches: Readonly<Record<string, () => Promise<object>>> = {
  turn: benchTurn,
  workspace: benchWorkspace,
  hook: benchHook,
  heartbeat: benchHeartbeat,
  idle: benchIdle,
  inbox: benchInbox,
  dashboard: benchDashboard,
};

async function bench({ print }: Context, names: string[], json: boolean, command: Command): Promise<void> {
  const known = Object.keys(benches);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown) command.error(`There is no benchmark ${unknown}. Use ${known.join(', ')}.`, { exitCode: 2 });
  const results: Record<string, object> = {};
  for (const name of names.length > 0 ? names : known) results[name] = (await benches[name]?.()) ?? {};
  if (json) return print.json(results);
  const rows = Object.entries(results).flatMap(([name, values]) =>
    Object.entries(values).map(([value, number]) => [name, value, Number(number).toFixed(3)]),
  );
  print.table(['benchmark', 'value', 'median'], rows);
}

export function benchCommand(context: Context): Command {
  return new Command('bench')
    .description(
      'measure the sandbox, workspaces, looks at the board, idle agents, messages of Slack, pages of the dashboard, and how soon an approval reaches the model',
    )
    .argument('[names...]', `which of ${Object.keys(benches).join(', ')}; all if you name none`)
    .option('--json', 'print the medians as one JSON document')
    .action((names: string[], { json = false }: { json?: boolean }, command: Command) =>
      bench(context, names, json, command),
    );
}
