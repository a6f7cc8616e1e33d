/** `jvagent backup` and `jvagent restore`: the state as one file, and back again without anything happening twice. */

import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { countOf } from '../../../base/text/count-of.ts';
import { backUpDated } from '../../../store/database/backups/dated.ts';
import { restoreState } from '../../../store/database/backups/restore.ts';
import { backUpState, type StatePlace } from '../../../store/database/backups/state-file.ts';
import { holdSupervisorLock } from '../../../store/database/sqlite.ts';
import { stateFolderOf } from '../../../supervisor/nodes/state.ts';
import type { Context } from '../../context.ts';
import { CommandFailure } from '../../failure.ts';
import { noteAudit } from '../../note-audit.ts';

function placeOf(context: Context): StatePlace {
  const { root, databaseUrl: url } = context.settings();
  return { folder: join(stateFolderOf(root), 'state'), url };
}

interface Flags {
  dir?: string;
  keep?: number;
}

function countIn(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('Use a number from 1 to 99999, such as 14.');
  return Number(text);
}

const left =
  'Commits that are not pushed yet are in it, unless they are over 50 MiB: those are only in .jvagent/repos.';

async function backUp(context: Context, file: string | undefined, { dir, keep }: Flags, command: Command) {
  if ((file === undefined) === (dir === undefined))
    command.error('Name either a file to write, or a folder with --dir.', { exitCode: 2 });
  if ((dir === undefined) !== (keep === undefined))
    command.error('Use --dir and --keep together: --keep says how many backups stay in the folder.', { exitCode: 2 });
  if (file !== undefined) {
    const fault = await context.print.during(`Saving to ${file}`, () => backUpState(placeOf(context), file));
    if (fault) throw new CommandFailure(fault);
    return context.print.line(`Saved the state to ${file}. ${left}`);
  }
  const options = { dir: dir ?? '', keep: keep ?? 1, now: context.now() };
  const done = await context.print.during(`Saving to ${dir}`, () => backUpDated(placeOf(context), options));
  if ('fault' in done) throw new CommandFailure(done.fault);
  context.print.line(`Saved the state to ${done.file}. ${left}`);
  context.print.line(`${dir} has ${countOf(done.kept, 'backup')} now; at most ${keep} are kept.`);
}

async function restore(context: Context, file: string): Promise<void> {
  const place = placeOf(context);
  const lock = holdSupervisorLock(place.folder);
  if (!lock) throw new CommandFailure('The platform is running on this workspace. Stop it first, then restore.');
  try {
    const putBack = () => restoreState(place, file, context.now());
    const restored = await context.print.during(`Restoring ${file}`, putBack);
    if ('fault' in restored) throw new CommandFailure(restored.fault);
    const { keptAs, open } = restored;
    await noteAudit(context, context.agents().list(), 'restore');
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
