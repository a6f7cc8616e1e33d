/** `jvagent backup` and `jvagent restore`: the state as one file, and back again without anything happening twice. */

import { join } from 'node:path';
import { Command } from 'commander';
import { countOf } from '../../base/text/count-of.ts';
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
  context.print.line(
    `Saved the state to ${file}. It does not contain commits that are not pushed yet; those are in .jvagent/repos.`,
  );
}

async function restore(context: Context, file: string): Promise<void> {
  const folder = folderOf(context);
  const lock = holdSupervisorLock(folder);
  if (!lock) throw new CommandFailure('The platform is running on this workspace. Stop it first, then restore.');
  try {
    const restored = restoreState(folder, file, context.now());
    if ('fault' in restored) throw new CommandFailure(restored.fault);
    const store = await context.store();
    const open = await store.platform.settleRestored();
    await noteAudit(context, context.agents().list(), 'restore');
    const { keptAs } = restored;
    if (keptAs) context.print.line(`The state from before is kept as ${keptAs}.`);
    context.print.line(
      `Restored the state, with ${countOf(open, 'open work item')}, and paused the platform. Run \`jvagent resume\` to continue.`,
    );
  } finally {
    lock.release();
  }
}

export function backupCommand(context: Context): Command {
  return new Command('backup')
    .description('save the state to a file; the platform may be running')
    .argument('<file>', 'the file to write; it must not exist yet')
    .action((file: string) => backUp(context, file));
}

export function restoreCommand(context: Context): Command {
  return new Command('restore')
    .description('replace the state with a backup; the platform is paused afterwards')
    .argument('<file>', 'a file that `jvagent backup` wrote')
    .action((file: string) => restore(context, file));
}
