/** What the programs of a sandbox keep in memory: in its memory file systems, and in files without a name. */
import { readdirSync, readlinkSync, type Stats, statfsSync, statSync } from 'node:fs';
import { insideHome } from './layout.ts';

export interface KeptInMemory {
  bytes: number;
  /** The number of files and folders in the memory file systems; each uses kernel memory. */
  entries: number;
}

/** The memory file systems inside; each is limited in bytes, but not in files. */
const places = ['/tmp', '/dev/shm', insideHome];

/** Skips processes that ended in the meantime or that cannot be read. */
function seen<T>(look: () => T): T[] {
  try {
    return [look()];
  } catch {
    return [];
  }
}

function placeOf(pid: number, place: string) {
  const path = `/proc/${pid}/root${place}`;
  const { bsize, blocks, bfree, files, ffree } = statfsSync(path);
  return { device: statSync(path).dev, bytes: (blocks - bfree) * bsize, entries: files - ffree };
}

/** Open files that were deleted, and those of memfd_create(2), which never had a name. */
function namelessOf(pid: number): Stats[] {
  const folder = `/proc/${pid}/fd`;
  const links = seen(() => readdirSync(folder)).flatMap((open) => open.map((name) => `${folder}/${name}`));
  const deleted = links.filter((link) =>
    seen(() => readlinkSync(link)).some((target) => target.endsWith(' (deleted)')),
  );
  return deleted.flatMap((link) => seen(() => statSync(link))).filter((stats) => stats.isFile() && stats.nlink === 0);
}

/** `pids` are the processes of one sandbox, including those that set it up from outside. */
export function keptInMemory(pids: readonly number[]): KeptInMemory {
  const outside = statSync('/').dev;
  const first = pids.find((pid) => seen(() => statSync(`/proc/${pid}/root/`)).some(({ dev }) => dev !== outside));
  const shown = first === undefined ? [] : places.flatMap((place) => seen(() => placeOf(first, place)));
  const devices = new Set(shown.map(({ device }) => device));
  const nameless = new Map(pids.flatMap(namelessOf).map((stats) => [`${stats.dev}:${stats.ino}`, stats]));
  const hidden = [...nameless.values()].filter(({ dev }) => !devices.has(dev));
  return {
    bytes: shown.reduce((sum, { bytes }) => sum + bytes, 0) + hidden.reduce((sum, { blocks }) => sum + blocks * 512, 0),
    entries: shown.reduce((sum, { entries }) => sum + entries, 0),
  };
}
