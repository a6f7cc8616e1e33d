/** Folders of the host's for one step's files, gone when the step is over. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Calls `use` with a fresh folder and removes it afterwards. */
export type WithScratch = <T>(use: (folder: string) => Promise<T>) => Promise<T>;

const leftoverHoursMax = 24;

/** Removes what an ended process left behind; what is younger may be in use by another one. */
function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat && stat.mtimeMs < Date.now() - leftoverHoursMax * 3_600_000)
      rmSync(path, { recursive: true, force: true });
  }
}

/** Makes `parent` where it is missing, and clears it of what is older than a day. */
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
