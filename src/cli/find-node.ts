/** Whether a supervisor runs on a state folder, found without touching its lock: taking the lock could stop one from starting. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import { z } from 'zod';
import { readRegularFile } from '../base/files.ts';
import { known } from '../base/known.ts';

export interface RunningNode {
  readonly pid: number;
  /** The address of its dashboard, where it says so. */
  readonly url?: string;
}

const selfSchema = z.object({ pid: z.int(), url: z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ }) });
const selfBytesMax = 1_000;

/** What the node with this process says of itself; one that has ended says nothing any more. */
function addressOf(stateFolder: string, pid: number): string | undefined {
  const read = readRegularFile(join(stateFolder, 'state', 'dashboard.json'), selfBytesMax);
  if ('fault' in read) return undefined;
  const self = selfSchema.safeParse(parse(read.bytes.toString('utf8')));
  return self.success && self.data.pid === pid ? self.data.url : undefined;
}

/** `1: POSIX  ADVISORY  WRITE 4711 fe:00:2190909 1073741824 1073742335`: process and inode of a lock that excludes others. */
const lockForm = /^\d+: POSIX\s+\S+\s+WRITE (\d+) [^:\s]+:[^:\s]+:(\d+) /gm;

/** From Linux's own list of locks, proc_locks(5); on other systems none is found. The pid is 0 when it is another container's. */
export function findNode(stateFolder: string): RunningNode | undefined {
  const lock = statSync(join(stateFolder, 'state', 'supervisor.lock'), { throwIfNoEntry: false });
  const list = statSync('/proc/locks', { throwIfNoEntry: false });
  if (!lock || !list) return undefined;
  for (const [, pid, inode] of readFileSync('/proc/locks', 'utf8').matchAll(lockForm)) {
    if (Number(inode) === lock.ino) return known({ pid: Number(pid), url: addressOf(stateFolder, Number(pid)) });
  }
  return undefined;
}
