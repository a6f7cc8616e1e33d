/**
 * Trees that set-ups have created, kept on disk by key until newer ones need the space.
 *
 * Invariants: a tree under its key is always complete, is created once for all callers, is never written
 * again, and is not removed while it is used.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { removeFolder } from '../base/remove-folder.ts';
import type { Refusal } from '../refusal.ts';
import { measure } from '../sandbox/disk-watch.ts';

export interface PreparedTreesOptions {
  folder: string;
  countMax: number;
  bytesMax: number;
  clock: Clock;
}

export interface PreparedTrees {
  /**
   * Calls `use` with the folder of this key; if there is none, `make` fills a new one first.
   * If `make` returns a reason why it failed, nothing is kept, and the reason is returned here.
   */
  with<T>(
    key: string,
    make: (home: string) => Promise<Refusal | undefined>,
    use: (home: string) => Promise<T>,
  ): Promise<T | Refusal>;
}

const draftPrefix = '.draft-';

export function createPreparedTrees({ folder, countMax, bytesMax, clock }: PreparedTreesOptions): PreparedTrees {
  const making = new Map<string, Promise<Refusal | undefined>>();
  const users = new Map<string, number>();
  const homeOf = (key: string) => join(folder, key);

  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Unfinished trees of workers that died.
  const drafts = readdirSync(folder).filter((name) => name.startsWith(draftPrefix));
  for (const name of drafts) removeFolder(join(folder, name));

  /** Removes the least recently used trees until the rest is within the limits. */
  async function makeRoom(): Promise<void> {
    const names = readdirSync(folder).filter((name) => !name.startsWith(draftPrefix));
    const usedAt = (name: string) => statSync(homeOf(name)).mtimeMs;
    const newestFirst = names.sort((a, b) => usedAt(b) - usedAt(a));
    let total = 0;
    for (const [at, name] of newestFirst.entries()) {
      total += (await measure([homeOf(name)])).bytes;
      if ((at < countMax && total <= bytesMax) || users.has(name)) continue;
      removeFolder(homeOf(name));
    }
  }

  async function fill(key: string, make: (home: string) => Promise<Refusal | undefined>): Promise<Refusal | undefined> {
    const draft = mkdtempSync(join(folder, draftPrefix));
    try {
      const fault = await make(draft);
      if (fault !== undefined) return fault;
      renameSync(draft, homeOf(key));
      await makeRoom();
      return undefined;
    } finally {
      removeFolder(draft);
    }
  }

  function ensure(key: string, make: (home: string) => Promise<Refusal | undefined>): Promise<Refusal | undefined> {
    const known = making.get(key);
    if (known) return known;
    if (existsSync(homeOf(key))) return Promise.resolve(undefined);
    const filled = fill(key, make).finally(() => making.delete(key));
    making.set(key, filled);
    return filled;
  }

  function release(key: string): void {
    const others = (users.get(key) ?? 1) - 1;
    if (others === 0) users.delete(key);
    else users.set(key, others);
  }

  return {
    async with(key, make, use) {
      users.set(key, (users.get(key) ?? 0) + 1);
      try {
        const fault = await ensure(key, make);
        if (fault !== undefined) return fault;
        const now = clock.now() / 1_000;
        utimesSync(homeOf(key), now, now);
        return await use(homeOf(key));
      } finally {
        release(key);
      }
    },
  };
}
