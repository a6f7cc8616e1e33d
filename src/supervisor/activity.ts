/** The agent's own record of what it did outside, `memory/activity.md`: written by the platform, read by people and by later turns. */
import { closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '../limits.ts';

const append = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;

/** Adds one line; a file that grew too long is put aside as `activity.1.md` first. `agentFolder` is absolute. */
export function noteActivity(agentFolder: string, at: number, line: string): void {
  const folder = join(agentFolder, 'memory');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'activity.md');
  let fd = openSync(file, append, 0o600);
  if (fstatSync(fd).size > limits.activityBytesMax) {
    closeSync(fd);
    renameSync(file, join(folder, 'activity.1.md'));
    fd = openSync(file, append, 0o600);
  }
  try {
    writeSync(fd, `- ${new Date(at).toISOString()} ${line.replace(/\s+/g, ' ')}\n`);
  } finally {
    closeSync(fd);
  }
}
