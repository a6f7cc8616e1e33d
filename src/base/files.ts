/** The one reader of folders that others can write: never follows a link, never waits on a pipe, bounded in size. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
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

/** Reads a regular file that is not a link; at most `bytesMax` bytes. */
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

/** Undefined when there are more than `max`. */
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
  /** Entries of any kind that the folder may have. */
  namesMax: number;
  /** Of each file. */
  bytesMax: number;
}

/** Reads the wanted files right in a folder, by name; undefined when it is missing, a link, closed to us or too full. */
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

/** Writes a whole file so that a reader sees the old or the new one, never a part. */
export function writeFileWhole(path: string, content: string | Buffer, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  writeFileSync(draft, content, { mode, flag: 'wx' });
  renameSync(draft, path);
}
