/** Backups of the state in a folder of their own: each named by its time, and only the newest kept. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backUpState, type StatePlace } from './state-file.ts';

/** What this file names so; nothing else in the folder is ever touched. The number tells backups of one second apart. */
const dated = /^jvagent-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-\d\d\.db$/;
const draftOfDated = /^\.jvagent-\S+Z-\d\d\.db\.part$/;
/** A draft that did not grow for so long belongs to a backup that was killed. */
const staleMs = 86_400_000;

function freeName(dir: string, now: number): string {
  const second = new Date(now).toISOString().slice(0, 19).replaceAll(':', '-');
  const nameOf = (nth: number) => `jvagent-${second}Z-${String(nth).padStart(2, '0')}.db`;
  let nth = 1;
  const isTaken = (name: string) => existsSync(join(dir, name)) || existsSync(join(dir, `.${name}.part`));
  while (isTaken(nameOf(nth))) nth += 1;
  return nameOf(nth);
}

/** Removes the oldest of them beyond `keep`, but never `written`, whatever the clock said. Returns how many are there now. */
function removeOldest(dir: string, keep: number, written: string): number {
  const names = readdirSync(dir)
    .filter((name) => dated.test(name))
    .sort();
  const older = names.filter((name) => name !== written);
  const excess = older.slice(0, Math.max(names.length - keep, 0));
  for (const name of excess) rmSync(join(dir, name));
  return names.length - excess.length;
}

function removeStaleDrafts(dir: string, now: number): void {
  const drafts = readdirSync(dir).filter((name) => draftOfDated.test(name));
  for (const path of drafts.map((name) => join(dir, name))) {
    if (now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > staleMs) rmSync(path, { force: true });
  }
}

export interface DatedBackup {
  file: string;
  /** How many of them the folder has now. */
  kept: number;
}

/** Backs up the state to a new file in `dir`, then removes the oldest beyond `keep`; none is removed if it fails. */
export async function backUpDated(
  place: StatePlace,
  { dir, keep, now }: { dir: string; keep: number; now: number },
): Promise<DatedBackup | { fault: string }> {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory())
    return { fault: `${dir} is not a folder. Create it, or mount what it should be on, then run this again.` };
  const name = freeName(dir, now);
  const file = join(dir, name);
  const fault = await backUpState(place, file);
  if (fault !== undefined) return { fault };
  removeStaleDrafts(dir, now);
  return { file, kept: removeOldest(dir, keep, name) };
}
