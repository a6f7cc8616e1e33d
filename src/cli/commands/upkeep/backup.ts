/** `jvagent backup` and `jvagent restore`: the state as one file, and back again without anything happening twice. */

import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { countOf } from '../../../base/text/count-of.ts';
import { backUpDated } from '../../../store/database/dated-backups.ts';
import { backUpState, holdSupervisorLock, restoreState } from '../../../store/database/sqlite.ts';
import { stateFolderOf } from '../../../supervisor/nodes/state.ts';
import type { Context } from '../../context.ts';
import { CommandFailure } from '../../failure.ts';
import { noteAudit } from '../../note-audit.ts';

const folderOf = (context: Context) => join(stateFolderOf(context.settings().root), 'state');

interface Flags {
  dir?: string;
  keep?: number;
}

function countIn(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Use a number from 1 to 99999, such as 14.');
  return Number(text);
}

const left = 'It does not contain commits that are not pushed yet; those are in .jvagent/repos.';

async function backUp(context: Context, file: string | undefined, { dir, keep }: Flags, command: Command) {
  if ((file === undefined) === (dir === undefined))
    command.error('Name either a file to write, or a folder with --dir.', { exitCode: 2 });
  if ((dir === undefined) !== (keep === undefined))
    command.error('Use --dir and --keep together: --keep says how many backups stay in the folder.', { exitCode: 2 });
  if (file !== undefined) {
    const fault = await context.print.during(`Saving to ${file}`, () => backUpState(folderOf(context), file));
    if (fault) throw new CommandFailure(fault);
    return context.print.line(`Saved the state to ${file}. ${left}`);
  }
  const options = { dir: dir ?? '', keep: keep ?? 1, now: context.now() };
  const done = await context.print.during(`Saving to ${dir}`, () => backUpDated(folderOf(context), options));
  if ('fault' in done) throw new CommandFailure(done.fault);
  context.print.line(`Saved the state to ${done.file}. ${left}`);
  context.print.line(`${dir} has ${countOf(done.kept, 'backup')} now; at most ${keep} are kept.`);
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
    .argument('[file]', 'the file to write; it must not exist yet')
    .option('--dir <dir>', 'write a file named by the time into this folder instead')
    .option('--keep <n>', 'with --dir: then delete the oldest of these files beyond n', countIn)
    .action((file: string | undefined, flags: Flags, command: Command) => backUp(context, file, flags, command));
}

export function restoreCommand(context: Context): Command {
  return new Command('restore')
    .description('replace the state with a backup; the platform is paused afterwards')
    .argument('<file>', 'a file that `jvagent backup` wrote')
    .action((file: string) => restore(context, file));
}
