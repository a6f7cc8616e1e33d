/** Adds up the memory of a process and all it started, and says when it is too much: for where no cgroup is given to us. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { type Loop, startLoop } from '../base/loop.ts';

export interface MemoryWatch {
  pid: number;
  memoryMb: number;
  clock: Clock;
  onOver(usedMb: number): void;
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

/** Resident bytes of `pid` and its descendants; memory that they share is counted for each. */
function memoryOf(pid: number): number {
  const children = new Map<number, Seen[]>();
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(look);
  for (const one of all) children.set(one.parent, [...(children.get(one.parent) ?? []), one]);
  const sum = (one: Seen): number =>
    (children.get(one.pid) ?? []).reduce((total, child) => total + sum(child), one.bytes);
  return all.filter((one) => one.pid === pid).reduce((total, one) => total + sum(one), 0);
}

/** Looks every two seconds until stopped. */
export function watchMemory({ pid, memoryMb, clock, onOver }: MemoryWatch): Loop {
  return startLoop({
    clock,
    pauseMs,
    async step() {
      const usedMb = Math.ceil(memoryOf(pid) / 2 ** 20);
      if (usedMb > memoryMb) onOver(usedMb);
    },
    onError: () => {},
  });
}
