/** Reads folders that others can write to: it never follows a link, never waits for a pipe, and limits the size. */
import { randomBytes } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export type ReadFault = 'missing' | 'link' | 'special' | 'too-big' | 'denied';

export type ReadResult = { bytes: Buffer; stat: Stats } | { fault: ReadFault };

const faultOfErrno: Record<string, ReadFault> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  ELOOP: 'link',
  EMLINK: 'link',
};

function readAll(fd: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let at = 0;
  while (at < size) {
    const got = readSync(fd, bytes, at, size - at, at);
    if (got === 0) break;
    at += got;
  }
  return bytes.subarray(0, at);
}

/** Reads a regular file of at most `bytesMax` bytes; refuses links. */
export function readRegularFile(path: string, bytesMax: number): ReadResult {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return { fault: faultOfErrno[(error as NodeJS.ErrnoException).code ?? ''] ?? 'denied' };
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return { fault: 'special' };
    if (stat.size > bytesMax) return { fault: 'too-big' };
    return { bytes: readAll(fd, stat.size), stat };
  } finally {
    closeSync(fd);
  }
}

/** Undefined if there are more than `max`. */
function namesIn(folder: string, max: number): string[] | undefined {
  const open = opendirSync(folder);
  try {
    const names: string[] = [];
    for (let entry = open.readSync(); entry; entry = open.readSync()) {
      if (names.length === max) return undefined;
      names.push(entry.name);
    }
    return names;
  } finally {
    open.closeSync();
  }
}

export interface ReadFilesOptions {
  isWanted: (name: string) => boolean;
  /** The maximum number of entries in the folder, of any kind. */
  namesMax: number;
  /** The maximum size of each file. */
  bytesMax: number;
}

/** Reads the wanted files directly in a folder, by name; undefined if the folder is missing, a link, not readable or too full. */
export function readFilesIn(
  folder: string,
  { isWanted, namesMax, bytesMax }: ReadFilesOptions,
): { name: string; read: ReadResult }[] | undefined {
  let fd: number;
  try {
    fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  try {
    const held = `/proc/self/fd/${fd}`;
    const names = namesIn(held, namesMax)?.filter(isWanted).sort();
    return names?.map((name) => ({ name, read: readRegularFile(join(held, name), bytesMax) }));
  } finally {
    closeSync(fd);
  }
}

/** Writes a file atomically: a reader sees either the old or the new content. */
export function writeFileWhole(path: string, content: string | Buffer, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  writeFileSync(draft, content, { mode, flag: 'wx' });
  renameSync(draft, path);
}

/** What has this name, without following a link; `closed` where this process may not see it. */
export function entryAt(path: string): BigIntStats | 'missing' | 'closed' {
  try {
    return lstatSync(path, { throwIfNoEntry: false, bigint: true }) ?? 'missing';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? 'missing' : 'closed';
  }
}

/** Whether nothing has this name; false where that cannot be seen. */
export const isMissing = (path: string): boolean => entryAt(path) === 'missing';

/** Reads a regular file below a folder that others can write to, by its relative path; no part of the path may be a link. */
export function readFileBelow(folder: string, path: string, bytesMax: number): ReadResult {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  if ([...parts, name].some((part) => ['', '.', '..'].includes(part))) return { fault: 'missing' };
  const held: number[] = [];
  try {
    let at = folder;
    for (const part of ['', ...parts]) {
      const fd = openSync(join(at, part), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
      held.push(fd);
      at = `/proc/self/fd/${fd}`;
    }
    return readRegularFile(join(at, name), bytesMax);
  } catch (error) {
    return { fault: faultOfErrno[(error as NodeJS.ErrnoException).code ?? ''] ?? 'denied' };
  } finally {
    for (const fd of held) closeSync(fd);
  }
}
