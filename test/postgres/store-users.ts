/** Tests outside `test/store/` that keep a whole state in the store of their vitest project: they hold on either database. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

const usesStore = /openTestStore|\.\/channels\.ts'/;
/** These start a PostgreSQL of their own, in whatever project they run, or move the timers by hand, which no server follows. */
const standsAlone = /twoStoresOfFile|startPostgres|useFakeTimers/;

/** The tests of the supervisor that do, below the project's root. */
export function storeUsers(): string[] {
  return globSync('test/supervisor/**/*.test.ts', { cwd: root })
    .filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return usesStore.test(text) && !standsAlone.test(text);
    })
    .sort();
}
