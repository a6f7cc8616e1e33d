/** Adds up the memory of a process and all it started, and says when it is too much: for where no cgroup is given to us. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { type Loop, startLoop } from '../base/loop.ts';
import { keptInMemory } from './kept-in-memory.ts';

export interface MemoryWatch {
  pid: number;
  /** Of the processes, of the sandbox's memory file systems, and of files without a name. */
  memoryMb: number;
  /** In those file systems. */
  entriesMax: number;
  clock: Clock;
  /** In words. */
  onOver(what: string): void;
}

const pauseMs = 2_000;
const pageBytes = 4_096;

interface Seen {
  pid: number;
  parent: number;
  bytes: number;
}

/** One process from /proc/PID/stat; its second field may hold spaces and brackets, so fields are counted after the last bracket (proc(5)). */
function look(pid: string): Seen[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid: Number(pid), parent: Number(fields[1]), bytes: Number(fields[21]) * pageBytes }];
  } catch {
    return []; // It ended while we looked.
  }
}

/**
 * `pid` and its descendants. Nobody inside leaves them: who loses its parent is given to the sandbox's first process, and
 * none has a way into another namespace of processes.
 */
function familyOf(pid: number): Seen[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(look);
  const children = Map.groupBy(all, ({ parent }) => parent);
  const withChildren = (one: Seen): Seen[] => [one, ...(children.get(one.pid) ?? []).flatMap(withChildren)];
  return all.filter((one) => one.pid === pid).flatMap(withChildren);
}

/** What of these bounds is passed, in words; memory that processes share is counted for each. */
function overUse({ pid, memoryMb, entriesMax }: MemoryWatch): string | undefined {
  const family = familyOf(pid);
  const inMemory = keptInMemory(family.map((one) => one.pid));
  const usedMb = Math.ceil(family.reduce((sum, { bytes }) => sum + bytes, inMemory.bytes) / 2 ** 20);
  if (usedMb > memoryMb) return `it used ${usedMb} MB of memory, ${memoryMb} are allowed`;
  if (inMemory.entries <= entriesMax) return undefined;
  return `it has ${inMemory.entries} files and folders in memory, ${entriesMax} are allowed`;
}

/** Looks every two seconds until stopped. */
export function watchMemory(watch: MemoryWatch): Loop {
  return startLoop({
    clock: watch.clock,
    pauseMs,
    async step() {
      const what = overUse(watch);
      if (what) watch.onOver(what);
    },
    onError: () => {},
  });
}
