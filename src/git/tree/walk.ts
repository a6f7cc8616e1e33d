/**
 * Walks a folder that a hostile program may be changing: with directory descriptors, one name at a time, without following links.
 */
import { type BigIntStats, closeSync, constants, lstatSync, openSync, readdirSync } from 'node:fs';

export interface Found {
  /** Relative to the folder, with slashes. */
  path: string;
  name: string;
  /** A path with which this entry can be opened without resolving a name twice; valid until the next entry is read. */
  at: string;
  /** The stat of the entry itself; absent if it has disappeared, is not readable, or its name is not UTF-8. */
  stat: BigIntStats | undefined;
  /** Whether its permissions forbid us to read it. */
  closed: boolean;
}

const folderOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** The result of `look`; undefined if the entry has changed since it was listed, `closed` if it is not readable. */
function attempt<T>(look: () => T): T | undefined | 'closed' {
  try {
    return look();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code)) return undefined;
    if (['EACCES', 'EPERM'].includes(code)) return 'closed';
    throw error;
  }
}

function* walkFolder(fd: number, prefix: string, enter: (path: string) => boolean): Generator<Found> {
  for (const name of readdirSync(`/proc/self/fd/${fd}`)) {
    const place = { path: `${prefix}${name}`, name, at: `/proc/self/fd/${fd}/${name}` };
    const stat = attempt(() => lstatSync(place.at, { bigint: true }));
    yield { ...place, stat: stat === 'closed' ? undefined : stat, closed: stat === 'closed' };
    if (stat === undefined || stat === 'closed' || !stat.isDirectory() || !enter(place.path)) continue;
    const inner = attempt(() => openSync(place.at, folderOnly));
    if (inner === undefined) continue;
    if (inner === 'closed') {
      yield { ...place, stat, closed: true };
      continue;
    }
    try {
      yield* walkFolder(inner, `${place.path}/`, enter);
    } finally {
      closeSync(inner);
    }
  }
}

/** All entries, each folder before its content; `enter` decides which folders are walked. */
export function* walkTree(folder: string, enter: (path: string) => boolean): Generator<Found> {
  const fd = openSync(folder, folderOnly);
  try {
    yield* walkFolder(fd, '', enter);
  } finally {
    closeSync(fd);
  }
}
