/** The change that a commit makes, file by file for people to read, from a repository that may not be on this machine. */
import { limits } from '../limits.ts';
import { diffOf, type FileDiff } from './diff.ts';
import { createGit, type Git, placesIn } from './git-program.ts';
import { createHistory, type History } from './history.ts';
import { trackingRef } from './remote-refs.ts';

export interface ShownFile extends FileDiff {
  /** Git's lines of changed modes, and its hunks. */
  readonly lines: string;
  /** Whether lines are missing at the end. */
  readonly cut: boolean;
}

export interface ShownChange {
  /** The commit that it is compared with. */
  readonly base: string;
  readonly files: readonly ShownFile[];
  /** How many more files it has. */
  readonly more: number;
}

export interface ChangeWish {
  readonly sha: string;
  readonly targetBranch?: string | undefined;
  /** The commit that brought it to the target branch. */
  readonly mergedSha?: string | undefined;
  /** The commit that the plan was made from. */
  readonly plannedSha?: string | undefined;
}

/** What the change shares with the target branch. A target that holds the change is taken as it was before the merge. */
async function baseOf(git: Git, history: History, wish: ChangeWish): Promise<string | undefined> {
  const { sha, targetBranch, mergedSha = sha, plannedSha = '' } = wish;
  const isMerged = mergedSha !== sha && (await history.contains(mergedSha));
  const rev = isMerged ? `${mergedSha}^1` : targetBranch && trackingRef(targetBranch);
  const target = rev ? await history.resolve(rev) : undefined;
  if (target !== undefined) {
    const asked = await git(['merge-base', '--end-of-options', target, sha], { okCodes: [0, 1] });
    const shared = asked.stdout.toString().trim();
    if (asked.code === 0 && shared !== sha) return shared;
  }
  return (await history.contains(plannedSha)) ? plannedSha : undefined;
}

const modeLine = /^(?:(?:old|new) mode \d+|new file mode (?!100644)\d+)$/;

/** Without the lines that repeat the file's name. */
function linesOf(section: string): string {
  const at = section.indexOf('\n@@ ');
  const [head, hunks] = at < 0 ? [section, ''] : [section.slice(0, at), section.slice(at + 1)];
  return [...head.split('\n').filter((line) => modeLine.test(line)), hunks.replace(/\n$/, '')]
    .filter(Boolean)
    .join('\n');
}

/** Each line of a file has a sign before it, so only git writes a line that begins with the words between two sections. */
function filesIn(files: readonly FileDiff[], text: string, isCut: boolean): ShownFile[] {
  const sections = `\n${text}`.split('\ndiff --git ').slice(1);
  let next = 0;
  return files.map((file) => {
    const from = next;
    // A file that becomes a link is removed and added.
    next += file.status === 'type-changed' ? 2 : 1;
    const whole = sections.slice(from, next).map(linesOf).filter(Boolean).join('\n');
    const max = limits.diffShownFileCharsMax;
    const lines = whole.length > max ? whole.slice(0, Math.max(0, whole.lastIndexOf('\n', max))) : whole;
    return { ...file, lines, cut: lines !== whole || (isCut && next >= sections.length) };
  });
}

/** Undefined where this machine has no copy of the commit, or of what to compare it with. Throws OutsideError. */
export async function readChange(folder: string, wish: ChangeWish): Promise<ShownChange | undefined> {
  const { gitDir, home } = placesIn(folder);
  const git = createGit({ gitDir, home, secrets: [] });
  const history = createHistory(git);
  if (!(await history.contains(wish.sha))) return undefined;
  const base = await baseOf(git, history, wish);
  if (base === undefined) return undefined;
  const { files, text, cut } = await diffOf(git, base, wish.sha, { textBytesMax: limits.diffShownBytesMax });
  const shown = filesIn(files, text, cut).slice(0, limits.diffShownFilesMax);
  return { base, files: shown, more: files.length - shown.length };
}
