/**
 * `jvagent pause` and `jvagent resume`: the kill switch of one agent or of all; it works without a platform and holds over
 * restarts.
 */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { noteAudit } from '../note-audit.ts';
import { wakeWaiting } from '../wake-waiting.ts';

async function set(context: Context, action: 'pause' | 'resume', id: string | undefined): Promise<void> {
  const store = await context.store();
  const { platform, agents } = store;
  if (id === undefined) await platform[action]();
  else await agents[action](context.agent(id).id);
  if (action === 'resume') await wakeWaiting(store, id, ({ waits }) => waits?.refused === 'PAUSED');
  await noteAudit(context, id === undefined ? context.agents().list() : [context.agent(id)], action);
  const whose = id ?? 'The platform';
  context.print.line(
    `${whose} ${action === 'pause' ? 'is paused: until `jvagent resume`, no new turns start and outgoing changes of running turns are blocked' : 'is running again'}.`,
  );
}

export function pauseCommand(context: Context): Command {
  return new Command('pause')
    .description('start no new turns and block outgoing changes of running ones')
    .argument('[id]', 'the agent; the whole platform if you name none')
    .action((id?: string) => set(context, 'pause', id));
}

export function resumeCommand(context: Context): Command {
  return new Command('resume')
    .description('end a pause, so that turns start again')
    .argument('[id]', 'the agent; the whole platform if you name none')
    .action((id?: string) => set(context, 'resume', id));
}
