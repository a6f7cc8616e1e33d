/** `jvagent bench`: measurements as tables, side by side within one run with what a user would pick instead. */
import { Command } from 'commander';
import { benchAgents } from '../../../../bench/agents.ts';
import { benchDashboard } from '../../../../bench/dashboard.ts';
import { benchFaults } from '../../../../bench/faults.ts';
import { benchHeartbeat } from '../../../../bench/heartbeat.ts';
import { benchHook } from '../../../../bench/hook.ts';
import { benchIdle } from '../../../../bench/idle.ts';
import { benchInbox } from '../../../../bench/inbox.ts';
import { benchIntake } from '../../../../bench/intake.ts';
import { cellsOf, headings, type Measured, plain } from '../../../../bench/measure.ts';
import { benchSessions } from '../../../../bench/sessions.ts';
import { benchTokens } from '../../../../bench/tokens.ts';
import { benchTurn } from '../../../../bench/turn.ts';
import { benchWorkspace } from '../../../../bench/workspace.ts';
import type { Context } from '../../context.ts';

const benches: Readonly<Record<string, () => Promise<Measured>>> = {
  turn: benchTurn,
  workspace: benchWorkspace,
  tokens: benchTokens,
  intake: benchIntake,
  faults: benchFaults,
  sessions: benchSessions,
  hook: plain(benchHook),
  heartbeat: benchHeartbeat,
  agents: benchAgents,
  idle: plain(benchIdle),
  inbox: plain(benchInbox),
  dashboard: plain(benchDashboard),
};

async function bench({ print }: Context, names: string[], json: boolean, command: Command): Promise<void> {
  const known = Object.keys(benches);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown) command.error(`There is no benchmark ${unknown}. Use ${known.join(', ')}.`, { exitCode: 2 });
  const results: [string, Measured][] = [];
  for (const name of names.length > 0 ? names : known) {
    const measure = benches[name];
    if (measure) results.push([name, await print.during(`measuring ${name}`, measure)]);
  }
  if (json) return print.json(Object.fromEntries(results.map(([name, { medians }]) => [name, medians])));
  print.table(
    headings,
    results.flatMap(([name, { rows }]) => rows.map((row) => cellsOf(name, row))),
  );
}

export function benchCommand(context: Context): Command {
  return new Command('bench')
    .description(
      'measure turns, trees, messages, faults of nodes, looks at the board, idle agents, messages of Slack, pages of the dashboard, and how soon an approval reaches the model, beside what you would use instead',
    )
    .argument('[names...]', `which of ${Object.keys(benches).join(', ')}; all if you name none`)
    .option('--json', 'print the medians as one JSON document')
    .action((names: string[], { json = false }: { json?: boolean }, command: Command) =>
      bench(context, names, json, command),
    );
}
