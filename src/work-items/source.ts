/** The port to what the gate and the lifecycle must know of the repository; the git folder implements it. */

/** What a merge of two commits leaves. */
export interface MergedTree {
  tree: string;
  /** The files in which it shows conflict marks; none where the merge is clean. */
  conflicts: string[];
}

export interface Fetched {
  targetSha: string;
  /** Each branch that was brought in, with its head. */
  heads: ReadonlyMap<string, string>;
}

export interface Source {
  /** Brings in the target branch and our own branches, as they stand at this moment. */
  fetch(): Promise<Fetched>;
  /** The branch's head on the remote at this moment. */
  remoteHead(branch: string): Promise<string | undefined>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Whether the commit is known here after the last fetch. */
  contains(sha: string): Promise<boolean>;
  /** Merges `theirs` into `ours` as a tree; no branch is moved. */
  merge(ours: string, theirs: string): Promise<MergedTree>;
  /** Paths that differ between two commits or trees. */
  changedPaths(from: string, to: string): Promise<string[]>;
  exists(sha: string, path: string): Promise<boolean>;
}

/** Whether a commit has nothing of what another one changed since `before`: told by content, whatever its history says. */
export async function isUndone(
  source: Pick<Source, 'changedPaths'>,
  { before, sha }: { before: string; sha: string },
  at: string,
): Promise<boolean> {
  const [made, differs] = await Promise.all([source.changedPaths(before, sha), source.changedPaths(before, at)]);
  const still = new Set(differs);
  return made.length > 0 && !made.some((path) => still.has(path));
}

/** Whether the commit is `head` or stands in its history. */
export async function isOn(source: Source, sha: string | undefined, head: string): Promise<boolean> {
  return sha !== undefined && (sha === head || (await source.isAncestor(sha, head)));
}
