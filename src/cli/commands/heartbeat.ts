/** `jvagent heartbeat`: lets an agent look at its board now instead of when its schedule says so, or says what it would see there. */
import { Command } from 'commander';
import { heldBy } from '../../agents/trust.ts';
import { pauseOf } from '../../supervisor/permit-blocks.ts';
import { type BoardPreview, budgetUsedUp, previewBoard, withoutFilters } from '../board-preview.ts';
import type { Context } from '../context.ts';
import { granted, noBoard } from '../failure.ts';
import { ownAgent, withConnections } from '../own-connections.ts';
import { disabledBy } from '../platform-status.ts';
import type { Print } from '../print.ts';
import { publish } from '../publish.ts';

async function beat(context: Context, id: string): Promise<void> {
  const state = context.agent(id);
  if ('agent' in state && state.agent.kind === 'conversation') throw noBoard(id);
  await publish(context, { to: `agent/${id}`, command: 'heartbeat' });
  context.print.line(`${id} looks at its board at once, or when the platform starts.`);
}

async function preview(context: Context, id: string): Promise<BoardPreview> {
  const store = await context.store();
  const [memory, sessions, usdToday, platformPausedAt] = await Promise.all([
    store.agents.get(id),
    store.sessions.list(id),
    store.usage.usdToday(id),
    store.platform.pausedAt(),
  ]);
  const own = ownAgent(context, id);
  const { agent } = own;
  if (agent.kind === 'conversation') throw noBoard(id);
  const faults = disabledBy(context.agent(id), memory) ?? heldBy(memory.trusted, agent);
  const stopped = faults ?? pauseOf(id, memory, platformPausedAt) ?? budgetUsedUp(agent, usdToday);
  return withConnections(context, { ...own, agent: withoutFilters(agent) }, async (connections) => {
    const { tracker } = granted(connections);
    return previewBoard({ agent, tracker, sessions, stopped });
  });
}

function printPreview(print: Print, { agentId, stopped, items }: BoardPreview): void {
  if (stopped) print.line(`${agentId} starts nothing. ${stopped.code}: ${stopped.why}\n${stopped.fix}`);
  const rows = items.map(({ workItemId, type, state, phase, starts, code, why }) => {
    return [
      String(workItemId),
      type,
      state,
      phase ?? '-',
      starts ? 'yes' : 'no',
      code ? `${code}: ${why}` : (why ?? ''),
    ];
  });
  if (rows.length > 0) print.table(['WORK ITEM', 'TYPE', 'STATE', 'PHASE', 'STARTS', 'WHY NOT'], rows);
  else print.line('Nothing on the board would start, and nothing is in work.');
}

export function heartbeatCommand(context: Context): Command {
  return new Command('heartbeat')
    .description("poll the agent's board now")
    .argument('<id>', 'the agent')
    .option('--dry-run', 'say what would start, and why not the rest; nothing is written')
    .option('--json', 'with --dry-run, print one JSON document')
    .action(async (id: string, { dryRun = false, json = false }) => {
      if (!dryRun) return beat(context, id);
      const seen = await preview(context, id);
      if (json) context.print.json(seen);
      else printPreview(context.print, seen);
    });
}
