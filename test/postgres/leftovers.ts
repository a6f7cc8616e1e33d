/** What a PostgreSQL server can leave behind: processes, a segment of shared memory, and all of it if we die before it is closed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Every process of a server works in its data folder, and nothing else does. */
export function processesIn(data: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => quietly(() => readlinkSync(`/proc/${pid}/cwd`)) === data).map(Number);
}

/** Whether there was one to kill. */
export function killProcessesIn(data: string): boolean {
  const left = processesIn(data);
  for (const pid of left) quietly(() => process.kill(pid, 'SIGKILL'));
  return left.length > 0;
}

/** The server's notes on itself, while it is up or after it was killed: its pid first, whether it takes connections last. */
export const pidFile = (data: string): string[] =>
  quietly(() => readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')) ?? [];

/** A server that was killed leaves a few bytes of System V shared memory until it starts again on the same folder. */
export function removeSharedMemory(data: string): void {
  const [key, id] = pidFile(data)[6]?.trim().split(/\s+/) ?? [];
  const segments = quietly(() => readFileSync('/proc/sysvipc/shm', 'utf8').split('\n')) ?? [];
  if (!id || !segments.some((line) => line.trim().split(/\s+/).slice(0, 2).join() === [key, id].join())) return;
  spawnSync('ipcrm', ['-m', id], { env: { PATH: '/usr/bin:/bin' } });
}

/** It reads until we are gone, whatever ended us, and then ends the server of the folder and removes it. */
const watch = `
  cat >/dev/null
  read -r pid <"$1/data/$2" 2>/dev/null
  is_up() { [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$1/data" ]; }
  is_up "$1" && kill -QUIT "$pid"
  while is_up "$1"; do sleep 0.1; done
  rm -rf "$1"`;

/**
 * A process that outlives us by as long as it takes to remove the server's folder; it goes quietly when it is killed.
 * The server works in `data` there, and `pidFileName` is its note of its pid.
 */
export function watchOver(folder: string, pidFileName = 'postmaster.pid'): ChildProcess {
  const options = { cwd: '/', env: { PATH: '/usr/bin:/bin' }, stdio: ['pipe', 'ignore', 'ignore'] as const };
  const watcher = spawn('sh', ['-c', watch, 'sh', folder, pidFileName], {
    ...options,
    stdio: [...options.stdio],
    detached: true,
  });
  watcher.unref();
  return watcher;
}
