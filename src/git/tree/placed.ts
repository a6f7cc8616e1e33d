/**
 * Sets owner and mode of open files, and creates links, within the limits of Node's permission model: a process may not
 * change an open file or create a link itself (nodejs.org/api/permissions.html).
 */
import { chmodSync, chownSync } from 'node:fs';
import { runProgram } from '../../base/program.ts';

/** Sets mode and owner of the open file `fd`, even if its name now means something else. */
export function settleFile(fd: number, mode: number, ownerUid: number | undefined): void {
  const open = `/proc/self/fd/${fd}`;
  chmodSync(open, mode);
  if (ownerUid !== undefined) chownSync(open, ownerUid, ownerUid);
}

export interface NewLink {
  target: string;
  /** The path of the new link; nothing may exist there. */
  at: string;
}

const secondsMax = 120;

/** Converts a path through one of our open folders to a path that a child process can use. */
const forPrograms = (path: string) => path.replace(/^\/proc\/self\//, `/proc/${process.pid}/`);

/** Creates links, all with one program; throws if one cannot be created. */
export async function makeLinks(links: readonly NewLink[]): Promise<void> {
  if (links.length === 0) return;
  const { code, stderr } = await runProgram({
    file: '/usr/bin/xargs',
    args: ['-0', '-n', '2', '/bin/ln', '-s', '-T', '--'],
    env: {},
    input: links.map(({ target, at }) => `${target}\0${forPrograms(at)}\0`).join(''),
    timeoutMs: secondsMax * 1_000,
  });
  if (code !== 0) throw new Error(`a link could not be created: ${stderr.trim()}`);
}
