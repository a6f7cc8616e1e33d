/** Whether a supervisor runs on a state folder, told without touching its lock: asking for it could keep one from starting. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface RunningNode {
  readonly pid: number;
}

/** `1: POSIX  ADVISORY  WRITE 4711 fe:00:2190909 1073741824 1073742335`: process and inode of a lock that excludes others. */
const lockForm = /^\d+: POSIX\s+\S+\s+WRITE (\d+) [^:\s]+:[^:\s]+:(\d+) /gm;

/** From Linux's own list of locks, proc_locks(5); elsewhere nobody is found. The pid is 0 when it is another container's. */
export function findNode(stateFolder: string): RunningNode | undefined {
  const lock = statSync(join(stateFolder, 'state', 'supervisor.lock'), { throwIfNoEntry: false });
  const list = statSync('/proc/locks', { throwIfNoEntry: false });
  if (!lock || !list) return undefined;
  for (const [, pid, inode] of readFileSync('/proc/locks', 'utf8').matchAll(lockForm)) {
    if (Number(inode) === lock.ino) return { pid: Number(pid) };
  }
  return undefined;
}
