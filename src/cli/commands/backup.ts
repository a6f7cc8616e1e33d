/** `jvagent backup` and `jvagent restore`: the state as one file, and back from it without anything happening twice. */
import { join } from 'node:path';
import { Command } from 'commander';
import { backUpState, holdSupervisorLock, restoreState } from '../../store/database/sqlite.ts';
import { stateFolderOf } from '../../supervisor/supervisor.ts';
import type { Context } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { noteAudit } from '../note-audit.ts';

const folderOf = (context: Context) => join(stateFolderOf(context.settings().root), 'state');

async function backUp(context: Context, file: string): Promise<void> {
  await context.store();
  const fault = await backUpState(folderOf(context), file);
  if (fault) throw new CommandFailure(fault);
  context.print.line(`The state is in ${file}. Commits that are not pushed yet stand in .jvagent/repos only.`);
}

async function restore(context: Context, file: string): Promise<void> {
  const folder = folderOf(context);
  const lock = holdSupervisorLock(folder);
  if (!lock) throw new CommandFailure('The platform runs on this workspace. Stop it, then restore.');
  try {
    const restored = restoreState(folder, file, context.now());
    if ('fault' in restored) throw new CommandFailure(restored.fault);
    const store = await context.store();
    const open = await store.platform.settleRestored();
    await noteAudit(context, context.agents().list(), 'restore');
    const { keptAs } = restored;
    if (keptAs) context.print.line(`The state that was here is kept as ${keptAs}.`);
    context.print.line(
      `Restored, and paused, with ${open} open work items. \`jvagent resume\` lets them go on from where they are.`,
    );
  } finally {
    lock.release();
  }
}

export function backupCommand(context: Context): Command {
  return new Command('backup')
    .description('write the state to a file, also while the platform runs')
    .argument('<file>', 'a new file')
    .action((file: string) => backUp(context, file));
}

export function restoreCommand(context: Context): Command {
  return new Command('restore')
    .description('put a backup in place of the state; the platform is paused then')
    .argument('<file>', 'what `backup` wrote')
    .action((file: string) => restore(context, file));
}
