/** Walks a folder that a hostile program may be changing: by directory descriptors, one name at a time, no link followed. */
import { type BigIntStats, closeSync, constants, lstatSync, openSync, readdirSync } from 'node:fs';

export interface Found {
  /** From the top of the folder, with slashes. */
  path: string;
  name: string;
  /** A path by which this entry can be opened without passing any name twice; good until the next entry is asked for. */
  at: string;
  /** Of the entry itself; absent when it has gone, is closed to us, or its name is not UTF-8. */
  stat: BigIntStats | undefined;
  /** Whether its owner keeps us from looking at it or into it. */
  closed: boolean;
}

const folderOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** What `look` gives; undefined when the entry became something else since it was listed, `closed` when it is kept from us. */
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

/** Every entry, a folder before what is in it; `enter` says which folders are gone into. */
export function* walkTree(folder: string, enter: (path: string) => boolean): Generator<Found> {
  const fd = openSync(folder, folderOnly);
  try {
    yield* walkFolder(fd, '', enter);
  } finally {
    closeSync(fd);
  }
}
