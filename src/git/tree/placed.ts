/**
 * Owner and mode of a file that is open, and links, by the ways that a process under Node's permission model has: it may not
 * change an open file, nor make a link itself (nodejs.org/api/permissions.html).
 */
import { chmodSync, chownSync } from 'node:fs';
import { runProgram } from '../../base/program.ts';

/** Sets what is open as `fd`, whatever its name stands for by now. */
export function settleFile(fd: number, mode: number, ownerUid: number | undefined): void {
  const open = `/proc/self/fd/${fd}`;
  chmodSync(open, mode);
  if (ownerUid !== undefined) chownSync(open, ownerUid, ownerUid);
}

export interface NewLink {
  target: string;
  /** Where it is made; nothing may stand there. */
  at: string;
}

const secondsMax = 120;

/** A path by an open folder of ours, as a program that we start can use it. */
const forPrograms = (path: string) => path.replace(/^\/proc\/self\//, `/proc/${process.pid}/`);

/** Makes links, all of them by one program; throws where one cannot be made. */
export async function makeLinks(links: readonly NewLink[]): Promise<void> {
  if (links.length === 0) return;
  const { code, stderr } = await runProgram({
    file: '/usr/bin/xargs',
    args: ['-0', '-n', '2', '/bin/ln', '-s', '-T', '--'],
    env: {},
    input: links.map(({ target, at }) => `${target}\0${forPrograms(at)}\0`).join(''),
    timeoutMs: secondsMax * 1_000,
  });
  if (code !== 0) throw new Error(`a link could not be made: ${stderr.trim()}`);
}
