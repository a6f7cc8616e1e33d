/** Whether a supervisor runs on a state folder, found without touching its lock: taking the lock could stop one from starting. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface RunningNode {
  readonly pid: number;
}

/** `1: POSIX  ADVISORY  WRITE 4711 fe:00:2190909 1073741824 1073742335`: process and inode of a lock that excludes others. */
const lockForm = /^\d+: POSIX\s+\S+\s+WRITE (\d+) [^:\s]+:[^:\s]+:(\d+) /gm;

/** From Linux's own list of locks, proc_locks(5); on other systems none is found. The pid is 0 when it is another container's. */
export function findNode(stateFolder: string): RunningNode | undefined {
  const lock = statSync(join(stateFolder, 'state', 'supervisor.lock'), { throwIfNoEntry: false });
  const list = statSync('/proc/locks', { throwIfNoEntry: false });
  if (!lock || !list) return undefined;
  for (const [, pid, inode] of readFileSync('/proc/locks', 'utf8').matchAll(lockForm)) {
    if (Number(inode) === lock.ino) return { pid: Number(pid) };
  }
  return undefined;
}
