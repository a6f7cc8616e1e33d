/** Adds up the memory of a process and its descendants, and reports when it is too much. Used instead of a cgroup. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { type Loop, startLoop } from '../base/loop.ts';
import { keptInMemory } from './kept-in-memory.ts';

export interface MemoryWatch {
  pid: number;
  /** The limit for processes, the sandbox's memory file systems and files without a name together. */
  memoryMb: number;
  /** The maximum number of entries in those file systems. */
  entriesMax: number;
  clock: Clock;
  /** Called with the exceeded bound as text. */
  onOver(what: string): void;
}

const pauseMs = 2_000;
const pageBytes = 4_096;

interface Seen {
  pid: number;
  parent: number;
  bytes: number;
}

/**
 * Reads /proc/PID/stat. Its second field can contain spaces and brackets, so fields are counted after the last bracket (proc(5)).
 */
function look(pid: string): Seen[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid: Number(pid), parent: Number(fields[1]), bytes: Number(fields[21]) * pageBytes }];
  } catch {
    return []; // The process has ended in the meantime.
  }
}

/**
 * `pid` and its descendants. No process inside can leave this group: an orphan is adopted by the sandbox's first process, and
 * none can enter another PID namespace.
 */
function familyOf(pid: number): Seen[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(look);
  const children = Map.groupBy(all, ({ parent }) => parent);
  const withChildren = (one: Seen): Seen[] => [one, ...(children.get(one.pid) ?? []).flatMap(withChildren)];
  return all.filter((one) => one.pid === pid).flatMap(withChildren);
}

/** The exceeded bound as text, if there is one. Shared memory counts for each process. */
function overUse({ pid, memoryMb, entriesMax }: MemoryWatch): string | undefined {
  const family = familyOf(pid);
  const inMemory = keptInMemory(family.map((one) => one.pid));
  const usedMb = Math.ceil(family.reduce((sum, { bytes }) => sum + bytes, inMemory.bytes) / 2 ** 20);
  if (usedMb > memoryMb) return `it used ${usedMb} MB of memory, ${memoryMb} MB are allowed`;
  if (inMemory.entries <= entriesMax) return undefined;
  return `it has ${inMemory.entries} files and folders in memory, ${entriesMax} are allowed`;
}

/** Checks every two seconds until stopped; not at once, when a program is busy with its start and has used nothing yet. */
export function watchMemory(watch: MemoryWatch): Loop {
  return startLoop({
    clock: watch.clock,
    pauseMs,
    waitsFirst: true,
    async step() {
      const what = overUse(watch);
      if (what) watch.onOver(what);
    },
    onError: () => {},
  });
}
