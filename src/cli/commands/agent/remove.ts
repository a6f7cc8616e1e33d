/** `jvagent agent remove`: takes an agent out of the workspace; its files are kept aside, or deleted with its state. */
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { opaqueId } from '../../../base/opaque-id.ts';
import { removeFolder } from '../../../base/remove-folder.ts';
import { preparedTreesOf, treesOf } from '../../../checkout/tree-folder.ts';
import type { StoredSession } from '../../../store/session-rows.ts';
import { stateFolderOf } from '../../../supervisor/nodes/state.ts';
import { isOver } from '../../../work-items/phase.ts';
import type { Context } from '../../context.ts';
import { CommandFailure } from '../../failure.ts';
import { noteAudit } from '../../note-audit.ts';

const isInWork = ({ item }: StoredSession) => item !== undefined && !isOver(item.phase);
const namesOf = (sessions: readonly StoredSession[]) => sessions.map(({ sessionId }) => sessionId).join(', ');

/** Fails if other agents are below this one, a turn runs, or work items are in work that nobody has paused. */
async function checkIdle(context: Context, id: string): Promise<void> {
  const below = context
    .agents()
    .list()
    .filter((state) => state.id.startsWith(`${id}/`));
  if (below.length > 0) {
    const children = below.map((state) => state.id).join(', ');
    throw new CommandFailure(`${id} has agents below it: ${children}\nRemove those first.`);
  }
  const { agents, sessionLists } = await context.store();
  const all = await sessionLists.told(id, context.now());
  const running = all.filter(({ leaseUntil = 0 }) => leaseUntil > context.now());
  if (running.length > 0) {
    const fix = `Run \`jvagent pause ${id}\`, wait until \`jvagent status\` shows no running turn, and try again.`;
    throw new CommandFailure(`${id} has a running turn: ${namesOf(running)}\n${fix}`);
  }
  const open = all.filter(isInWork);
  if (open.length === 0 || (await agents.get(id)).pausedAt !== undefined) return;
  const fix = `Finish or cancel them, such as with \`jvagent cancel ${id} ${open[0]?.workItemId}\`, or run \`jvagent pause ${id}\` to leave them as they are.`;
  throw new CommandFailure(`${id} has work items in work: ${namesOf(open)}\n${fix}`);
}

async function remove(context: Context, id: string, purge: boolean): Promise<void> {
  const { id: agentId } = context.agent(id);
  const { root } = context.settings();
  const stateFolder = stateFolderOf(root);
  await checkIdle(context, agentId);
  const { agents } = await context.store();
  await noteAudit(context, [{ id: agentId }], purge ? 'agent-remove-purge' : 'agent-remove');
  const folder = join(root, agentId);
  if (!purge) {
    const kept = join(
      stateFolder,
      'removed',
      `${agentId.replaceAll('/', '.')}-${new Date(context.now()).toISOString().replace(/[-:]|\.\d+/g, '')}`,
    );
    mkdirSync(join(stateFolder, 'removed'), { recursive: true, mode: 0o700 });
    renameSync(folder, kept);
    context.print.line(
      `Removed ${agentId}. Its files, with its secrets, are now in ${kept}; its state and audit log are kept.`,
    );
    return;
  }
  removeFolder(folder);
  removeFolder(treesOf(stateFolder, agentId));
  removeFolder(preparedTreesOf(stateFolder, agentId));
  removeFolder(join(stateFolder, 'repos', opaqueId(agentId)));
  await agents.forget(agentId);
  context.print.line(`Deleted ${agentId}: its files, sessions and state. Its audit log and costs are kept.`);
}

export function removeCommand(context: Context): Command {
  return new Command('remove')
    .description('take an agent out of the workspace; its files are kept in .jvagent/removed, and its state stays')
    .argument('<id>', 'the agent')
    .option('--purge', 'delete its files, sessions and state instead; its audit log and costs stay')
    .action((id: string, { purge = false }: { purge?: boolean }) => remove(context, id, purge));
}
