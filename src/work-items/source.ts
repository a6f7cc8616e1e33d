/** The port to what the gate and the lifecycle must know of the repository; the git folder implements it. */

export interface Source {
  /** Brings in the target branch and our own branches; returns the target's head. */
  fetch(): Promise<{ targetSha: string }>;
  /** The branch's head on the remote at this moment. */
  remoteHead(branch: string): Promise<string | undefined>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** Whether the commit is known here after the last fetch. */
  contains(sha: string): Promise<boolean>;
  /** Paths that differ between two commits. */
  changedPaths(from: string, to: string): Promise<string[]>;
  exists(sha: string, path: string): Promise<boolean>;
}
