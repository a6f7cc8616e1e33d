/** The record of what an agent did outside, `memory/activity.md`: written by the platform, read by people and by later turns. */
import { closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { activityFile } from '../../agents/memory-folder.ts';
import { readRegularFile } from '../../base/files.ts';
import { limits } from '../../limits.ts';

const append = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;

/** Adds one line; a file that is too long is renamed to `activity.1.md` first. `agentFolder` is absolute. */
export function noteActivity(agentFolder: string, at: number, line: string): void {
  const folder = join(agentFolder, 'memory');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, activityFile);
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

/** Its last lines, for the prompt of a turn. */
export function readActivity(agentFolder: string): string {
  // The file can be one line larger than the limit.
  const read = readRegularFile(join(agentFolder, 'memory', activityFile), 2 * limits.activityBytesMax);
  if ('fault' in read) return '';
  const over = read.bytes.length - limits.activityShownBytesMax;
  return read.bytes.subarray(over <= 0 ? 0 : read.bytes.indexOf('\n', over - 1) + 1).toString('utf8');
}
