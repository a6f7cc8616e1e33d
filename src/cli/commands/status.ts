/** `jvagent status`: what runs, agent by agent. */
import { Command } from 'commander';
import type { Refusal } from '../../refusal.ts';
import { stateFolderOf } from '../../supervisor/supervisor.ts';
import type { Context } from '../context.ts';
import { findNode } from '../find-node.ts';
import { type PlatformStatus, platformStatus } from '../platform-status.ts';
import { type Print, timeText, usdText } from '../print.ts';
import { standstillOf } from '../standstill.ts';

/** `standstill` is why it cannot be started, if it cannot. */
function headline(nodes: PlatformStatus['nodes'], standstill: Refusal | undefined): string {
  if (nodes.length > 0) return 'The platform is up.';
  if (standstill) return `The platform is not up, and no agent would work: ${standstill.why}\n${standstill.fix}`;
  return 'The platform is not up: run `jvagent start`.';
}

function printStatus(print: Print, { nodes, agents }: PlatformStatus, standstill: Refusal | undefined): void {
  print.line(headline(nodes, standstill));
  const rows = agents.map((agent) => [
    agent.id,
    agent.state,
    String(agent.running),
    String(agent.waiting),
    usdText(agent.usdToday),
    timeText(agent.lastHeartbeatAt),
    agent.why ? `${agent.code}: ${agent.why}` : '',
  ]);
  print.table(['AGENT', 'STATE', 'RUNNING', 'WAITING', 'TODAY', 'LAST HEARTBEAT', 'WHY'], rows);
  for (const { id, warnings = [] } of agents) {
    for (const warning of warnings) print.line(`Warning: ${id} gives ${warning}, outside the gate.`);
  }
}

export function statusCommand(context: Context): Command {
  return new Command('status')
    .description('what runs, agent by agent')
    .option('--json', 'print one JSON document')
    .action(async ({ json = false }) => {
      const node = findNode(stateFolderOf(context.settings().root));
      const store = await context.store();
      const standstill = await standstillOf(context.settings());
      const agents = context.agents().list();
      const status = await platformStatus({ store, agents, node, standstill, now: context.now() });
      if (json) context.print.json(status);
      else printStatus(context.print, status, standstill);
    });
}
