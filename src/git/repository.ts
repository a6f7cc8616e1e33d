/**
 * One agent's bare repository on the host: it contains only the target branch and the agent's own branches.
 *
 * fetch -> refs/remotes/origin/*; our own commits are objects that are pushed by sha. Objects are never garbage-collected.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileWhole } from '../base/files.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { Fetched, Source } from '../work-items/source.ts';
import { type BranchRule, checkPrefix } from './branch-rule.ts';
import { type Diff, type DiffWish, diffOf } from './diff.ts';
import { createGit, type Git, placesIn } from './git-program.ts';
import { createHistory, type History } from './history.ts';
import { mergeTrees } from './merge.ts';
import { accessRemote, type Remote, type RemoteAccess } from './remote.ts';
import { createRemoteRefs, seed, trackingRef } from './remote-refs.ts';
import { openScratch, type WithScratch } from './scratch.ts';
import { holdsText } from './search.ts';

export interface RepositoryOptions {
  /** A private folder; created if missing. */
  folder: string;
  remote: Remote;
  targetBranch: string;
  branchPrefix: string;
  protectedBranches?: readonly string[];
  /** Allows a remote with plain http on loopback. */
  allowLoopback: boolean;
  /** A clone on this machine that shortens the first fetch (`git.repo`). */
  seedFrom?: string | undefined;
  /** The git program. */
  file?: string;
}

export interface Repository extends Source, History {
  readonly git: Git;
  readonly gitDir: string;
  readonly access: RemoteAccess;
  readonly targetBranch: string;
  /** The names of all branches of the remote, as they are now. */
  remoteBranches(): Promise<string[]>;
  /** Also reads the remote's default branch, which is protected from then on. */
  fetch(): Promise<Fetched & { defaultBranch?: string | undefined }>;
  /** The newest commit of the target branch that is in the history of one of these commits. */
  sharedWithTarget(...shas: readonly string[]): Promise<string>;
  /** The newest commit of one of our branches, as last fetched, that is in the history of `sha`; undefined if there is none. */
  sharedWithBranch(branch: string, sha: string): Promise<string | undefined>;
  /** The rule for the branches of one work item, using what is known about the remote. */
  branchRule(workItemId: number): BranchRule;
  /** Between two commits or trees. */
  diff(from: string, to: string, wish?: DiffWish): Promise<Diff>;
  /** Whether a file of this commit contains one of these texts, in its content or its path. */
  holdsText(rev: string, texts: readonly string[]): Promise<boolean>;
  withScratch: WithScratch;
}

/** Opens the repository and creates it if needed; refuses a remote that is not a plain https url. Throws OutsideError. */
export async function openRepository(options: RepositoryOptions): Promise<Repository | Refusal> {
  const { folder, remote, targetBranch, branchPrefix, protectedBranches = [], file } = options;
  const badPrefix = checkPrefix(branchPrefix);
  if (badPrefix) return badPrefix;
  const { gitDir, home } = placesIn(folder);
  const trusted = remote.outbound?.trusted();
  const authorityFile = trusted && join(home, 'authorities.pem');
  const access = accessRemote(remote, options.allowLoopback, authorityFile);
  if (isRefusal(access)) return access;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (authorityFile) writeFileWhole(authorityFile, trusted.join('\n'));
  const git = createGit({
    file,
    gitDir,
    home,
    secrets: remote.token ? [{ name: 'GIT_TOKEN', value: remote.token }] : [],
  });
  if (!existsSync(join(gitDir, 'HEAD'))) {
    // The sandbox's user reads the objects through a mount, so our umask must not matter.
    await git(['init', '--quiet', '--bare', '--template=', '--shared=0644', '--initial-branch=none']);
    if (options.seedFrom) await seed(git, options.seedFrom, targetBranch);
  }
  const refs = createRemoteRefs({ git, access, targetBranch, branchPrefix });
  const { fetch, remoteHead, remoteBranches, defaultBranch } = refs;
  const history = createHistory(git);

  return {
    ...history,
    git,
    gitDir,
    access,
    targetBranch,
    fetch,
    remoteHead,
    remoteBranches,
    merge: (ours, theirs) => mergeTrees(git, ours, theirs),
    async sharedWithTarget(...shas) {
      const asked = await git(['merge-base', '--end-of-options', trackingRef(targetBranch), ...shas]);
      return asked.stdout.toString().trim();
    },
    async sharedWithBranch(branch, sha) {
      const head = await history.resolve(trackingRef(branch));
      if (head === undefined) return undefined;
      const asked = await git(['merge-base', '--end-of-options', head, sha], { okCodes: [0, 1] });
      return asked.code === 0 ? asked.stdout.toString().trim() : undefined;
    },
    branchRule: (workItemId) => ({
      prefix: branchPrefix,
      workItemId,
      targetBranch,
      protectedBranches: [...protectedBranches, ...[defaultBranch() ?? []].flat()],
    }),
    diff: (from, to, wish) => diffOf(git, from, to, wish),
    holdsText: (rev, texts) => holdsText(git, rev, texts),
    withScratch: openScratch(join(folder, 'scratch')),
  };
}
