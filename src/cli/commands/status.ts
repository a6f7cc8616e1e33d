/** `jvagent status`: what needs a person, what waits by itself, what runs, what ended in the last 24 hours; then agent by agent. */
import { Command, Option } from 'commander';
import { type Entry, headings } from '../../status/overview.ts';
import { shownPlace } from '../../store/database/postgres.ts';
import { type PlatformStatus, platformView } from '../../views/platform-view.ts';
import type { Context } from '../context.ts';
import { type Print, timeText, usdText } from '../print.ts';
import { statusScreen } from '../status/screen.ts';
import { entryText, headline, nodeTexts, oneLine } from '../status/words.ts';
import { viewSource } from '../status-facts.ts';

function printEntry(print: Print, entry: Entry): void {
  print.line(`  ${entryText(entry)}`);
  if (entry.fix) print.line(`    ${oneLine(entry.fix)}`);
  if (entry.nextLookAt !== null) print.line(`    Next look: ${timeText(entry.nextLookAt)} UTC.`);
}

function printGroups(print: Print, status: PlatformStatus): void {
  for (const group of ['needs', 'waits', 'running', 'ended'] as const) {
    if (status[group].length === 0) continue;
    print.line(`\n${headings[group]}`);
    for (const entry of status[group]) printEntry(print, entry);
  }
}

function printAgents(print: Print, { agents }: PlatformStatus): void {
  const rows = agents.map((agent) => [
    agent.id,
    agent.state,
    String(agent.running),
    String(agent.waiting),
    usdText(agent.usdToday),
    timeText(agent.lastHeartbeatAt),
    timeText(agent.nextLookAt),
    agent.why ? `${agent.code}: ${agent.why}` : '',
  ]);
  print.line('');
  print.table(['AGENT', 'STATE', 'RUNNING', 'WAITING', 'TODAY', 'LAST HEARTBEAT', 'NEXT LOOK', 'WHY'], rows);
  for (const { id, warnings = [] } of agents) {
    for (const warning of warnings) print.line(`Warning: ${id} gives ${warning}, outside the gate.`);
  }
}

export function statusCommand(context: Context): Command {
  return new Command('status')
    .description('what needs a person, what waits, what runs, what ended today; then agent by agent')
    .option('--all', 'everything in all words, also where it does not fit the screen')
    .addOption(new Option('--json', 'print one JSON document').conflicts('all'))
    .action(async ({ json = false, all = false }) => {
      const { print } = context;
      const status = await print.during('Reading the state', async () => platformView(await viewSource(context)));
      if (json) return print.json(status);
      if (print.isTerminal && !all) {
        const screen = { rows: print.rows(), columns: print.columns() };
        for (const line of statusScreen(status, screen)) print.pieces(...line);
        return;
      }
      print.line(headline(status));
      const { databaseUrl } = context.settings();
      if (databaseUrl) print.line(`Database: ${shownPlace(databaseUrl)}`);
      for (const line of nodeTexts(status, true)) print.line(line);
      printGroups(print, status);
      printAgents(print, status);
    });
}
