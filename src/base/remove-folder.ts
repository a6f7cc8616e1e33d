/** Removes folders that untrusted programs have written to. */
import { execFile, execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';

/** A message may name each file that is left. */
const charactersMax = 500;
const env = { PATH: '/usr/bin:/bin' };

const remove = (folder: string) => rmSync(folder, { recursive: true, force: true });

/** Opens the subfolders that have no permissions for their owner. */
const opening = (folder: string) => {
  const closed = ['-type', 'd', '!', '-perm', '-700', '-execdir', '/bin/chmod', 'u+rwx', '{}', ';'];
  return [folder, '-xdev', ...closed];
};

/**
 * A missing folder is not an error. A subfolder without permissions could not be removed: it belongs to the
 * user who made it, so as that user we open it first. Links are not followed. Paths cannot become too long, because each folder is
 * addressed from its parent.
 */
export function removeFolder(folder: string): void {
  try {
    remove(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    execFileSync('/usr/bin/find', opening(folder), { env, stdio: 'ignore' });
    remove(folder);
  }
}

/** What went wrong, if something did. */
const outcomeOf = (file: string, args: readonly string[], signal: AbortSignal) =>
  new Promise<string | undefined>((resolve) => {
    execFile(file, args, { env, signal }, (error) => resolve(error?.message.slice(0, charactersMax)));
  });

/**
 * The same by another program, while this process goes on, for a folder that may be large. Returns why a part of it is left, if one is.
 * A part is left too when `signal` ends it.
 */
export async function removeFolderApart(folder: string, signal: AbortSignal): Promise<string | undefined> {
  const removing = () => outcomeOf('/bin/rm', ['-rf', '--', folder], signal);
  if (signal.aborted || (await removing()) === undefined || signal.aborted) return undefined;
  await outcomeOf('/usr/bin/find', opening(folder), signal);
  const why = await removing();
  return signal.aborted ? undefined : why;
}
