/** Temporary folders on the host for the files of one step. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Calls `use` with a new folder and removes it afterwards. */
export type WithScratch = <T>(use: (folder: string) => Promise<T>) => Promise<T>;

const leftoverHoursMax = 24;

/** Removes what ended processes left behind; younger folders may still be in use. */
function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat && stat.mtimeMs < Date.now() - leftoverHoursMax * 3_600_000)
      rmSync(path, { recursive: true, force: true });
  }
}

/** Creates `parent` if it is missing, and removes what is older than a day in it. */
export function openScratch(parent: string): WithScratch {
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  sweep(parent);
  return async (use) => {
    const folder = mkdtempSync(join(parent, 's-'));
    try {
      return await use(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}
