/** Searches exact texts in a commit's files with git's plumbing: nothing is checked out, and no filter of the repository runs. */
import { limits } from '../limits.ts';
import type { Git } from './git-program.ts';

/** The whole repository is read; measured: 200 MB of files per second and core. */
const timeoutMs = 10 * limits.gitSecondsMax * 1_000;

/**
 * Whether a file of the commit or tree (given by sha) contains one of these texts, in its content or its path. Texts with several
 * lines are not searched. The texts are passed by standard input, so that no process list shows them. Throws OutsideError.
 */
export async function holdsText(git: Git, rev: string, texts: readonly string[]): Promise<boolean> {
  const wanted = texts.filter((text) => text !== '' && !/[\n\0]/.test(text));
  if (wanted.length === 0) return false;
  const names = (await git(['ls-tree', '-r', '-z', '--name-only', '--full-tree', '--end-of-options', rev])).stdout;
  if (wanted.some((text) => names.includes(text))) return true;
  const args = ['grep', '--quiet', '--fixed-strings', '--text', '--no-textconv', '-f', '-', rev];
  return (await git(args, { input: `${wanted.join('\n')}\n`, okCodes: [0, 1], timeoutMs })).code === 0;
}
