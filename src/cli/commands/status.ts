/** `jvagent status`: what needs a person, what waits by itself, what runs, what ended in the last 24 hours; then agent by agent. */
import { Command } from 'commander';
import { platformDown } from '../../status/agent-standing.ts';
import type { Entry } from '../../status/overview.ts';
import { type PlatformStatus, platformView } from '../../views/platform-view.ts';
import type { Context } from '../context.ts';
import { type Print, timeText, usdText } from '../print.ts';
import { viewSource } from '../status-facts.ts';

/** Why it cannot be started is said too. */
function headline({ platform }: PlatformStatus): string {
  const down = platformDown(platform);
  if (!down) return 'The platform is running.';
  const { standstill } = platform;
  if (!standstill) return `The platform is not running. ${down.fix}`;
  return `The platform is not running, and no agent would work: ${standstill.why}\n${standstill.fix}`;
}

const headings = {
  needs: 'Needs a person',
  waits: 'Waits by itself',
  running: 'Running',
  ended: 'Ended in the last 24 hours',
} as const;

/** What others said may have lines of its own; here each entry has its two. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

function printEntry(print: Print, { agentId, workItemId, title, phase, nextLookAt, ...entry }: Entry): void {
  const name = workItemId === undefined ? agentId : `${agentId} ${workItemId}${title ? ` ${title}` : ''}`;
  const waits = entry.waitingFor === 'model' ? "its model's provider" : entry.waitingFor;
  const why = [entry.code, entry.why].filter(Boolean).join(': ') || (waits ? `waits for ${waits}` : '');
  const state = phase ?? (workItemId === undefined ? 'agent' : 'not started');
  print.line(oneLine(`${name}: ${state}${why ? `; ${why}` : ''}`).replace(/^/, '  '));
  if (entry.fix) print.line(`    ${oneLine(entry.fix)}`);
  if (nextLookAt !== null) print.line(`    Next look: ${timeText(nextLookAt)} UTC.`);
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
    .option('--json', 'print one JSON document')
    .action(async ({ json = false }) => {
      const status = await platformView(await viewSource(context));
      if (json) return context.print.json(status);
      context.print.line(headline(status));
      printGroups(context.print, status);
      printAgents(context.print, status);
    });
}
