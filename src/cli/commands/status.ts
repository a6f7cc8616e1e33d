/** `jvagent status`: what runs, agent by agent. */
import { Command } from 'commander';
import { stateFolderOf } from '../../supervisor/supervisor.ts';
import type { Context } from '../context.ts';
import { findNode } from '../find-node.ts';
import { type PlatformStatus, platformStatus } from '../platform-status.ts';
import { type Print, timeText, usdText } from '../print.ts';

function printStatus(print: Print, { nodes, agents }: PlatformStatus): void {
  print.line(nodes.length > 0 ? 'The platform is up.' : 'The platform is not up: run `jvagent start`.');
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
}

export function statusCommand(context: Context): Command {
  return new Command('status')
    .description('what runs, agent by agent')
    .option('--json', 'print one JSON document')
    .action(async ({ json = false }) => {
      const node = findNode(stateFolderOf(context.settings().root));
      const store = await context.store();
      const status = await platformStatus({ store, agents: context.agents().list(), node, now: context.now() });
      if (json) context.print.json(status);
      else printStatus(context.print, status);
    });
}
