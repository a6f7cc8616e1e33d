/** Looks for exact texts in a commit's files, by plumbing: nothing is checked out, no filter of the repository runs. */
import { limits } from '../limits.ts';
import type { Git } from './git-program.ts';

/** A large repository is read as a whole: measured 200 MB of files a second and core. */
const timeoutMs = 10 * limits.gitSecondsMax * 1_000;

/**
 * Whether a file of the commit or tree, named by its sha, holds one of these texts, in its content or its path; a text of several lines is not
 * looked for. The texts go by standard input, so that none shows in a process list. Throws OutsideError.
 */
export async function holdsText(git: Git, rev: string, texts: readonly string[]): Promise<boolean> {
  const wanted = texts.filter((text) => text !== '' && !/[\n\0]/.test(text));
  if (wanted.length === 0) return false;
  const names = (await git(['ls-tree', '-r', '-z', '--name-only', '--full-tree', '--end-of-options', rev])).stdout;
  if (wanted.some((text) => names.includes(text))) return true;
  const args = ['grep', '--quiet', '--fixed-strings', '--text', '--no-textconv', '-f', '-', rev];
  return (await git(args, { input: `${wanted.join('\n')}\n`, okCodes: [0, 1], timeoutMs })).code === 0;
}
