/**
 * One agent's bare repository, owned by the host: it holds the target branch and the agent's own branches, nothing else.
 *
 * fetch -> refs/remotes/origin/*; commits of ours are objects that a push names by sha. Nothing is ever collected.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { Fetched, Source } from '../work-items/source.ts';
import { type BranchRule, checkPrefix } from './branch-rule.ts';
import { type Diff, diffOf } from './diff.ts';
import { createGit, type Git } from './git-program.ts';
import { createHistory, type History } from './history.ts';
import { mergeTrees } from './merge.ts';
import { accessRemote, type Remote, type RemoteAccess } from './remote.ts';
import { createRemoteRefs, seed, trackingRef } from './remote-refs.ts';
import { openScratch, type WithScratch } from './scratch.ts';
import { holdsText } from './search.ts';

export interface RepositoryOptions {
  /** Ours alone; made when missing. */
  folder: string;
  remote: Remote;
  targetBranch: string;
  branchPrefix: string;
  protectedBranches?: readonly string[];
  /** Lets the remote be plain http on loopback. */
  allowLoopback: boolean;
  /** A clone on this machine whose objects save the first fetch (`git.repo`). */
  seedFrom?: string | undefined;
  /** The git program. */
  file?: string;
}

export interface Repository extends Source, History {
  readonly git: Git;
  readonly gitDir: string;
  readonly access: RemoteAccess;
  readonly targetBranch: string;
  /** Also learns the remote's default branch, which is protected from then on. */
  fetch(): Promise<Fetched & { defaultBranch?: string | undefined }>;
  /** The newest commit of the target branch that these commits, taken together, contain. */
  sharedWithTarget(...shas: readonly string[]): Promise<string>;
  /** The rule for the branches of one work item, with what is known of the remote. */
  branchRule(workItemId: number): BranchRule;
  /** Between two commits or trees; the patch text has at most `textBytesMax` bytes, none is made without it. */
  diff(from: string, to: string, textBytesMax?: number): Promise<Diff>;
  /** Whether a file of this commit holds one of these texts, in its content or its path. */
  holdsText(rev: string, texts: readonly string[]): Promise<boolean>;
  withScratch: WithScratch;
}

/** Makes the repository where there is none; refuses a remote that is no plain https url. Throws OutsideError. */
export async function openRepository(options: RepositoryOptions): Promise<Repository | Refusal> {
  const { folder, remote, targetBranch, branchPrefix, protectedBranches = [], file = '/usr/bin/git' } = options;
  const access = accessRemote(remote, options.allowLoopback);
  if (isRefusal(access)) return access;
  const badPrefix = checkPrefix(branchPrefix);
  if (badPrefix) return badPrefix;
  const [gitDir, home] = [join(folder, 'repository.git'), join(folder, 'home')];
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const git = createGit({
    file,
    gitDir,
    home,
    secrets: remote.token ? [{ name: 'GIT_TOKEN', value: remote.token }] : [],
  });
  if (!existsSync(join(gitDir, 'HEAD'))) {
    // The sandbox's user reads the objects through a mount, whatever our umask is.
    await git(['init', '--quiet', '--bare', '--template=', '--shared=0644', '--initial-branch=none']);
    if (options.seedFrom) await seed(git, options.seedFrom, targetBranch);
  }
  const { fetch, remoteHead, defaultBranch } = createRemoteRefs({ git, access, targetBranch, branchPrefix });

  return {
    ...createHistory(git),
    git,
    gitDir,
    access,
    targetBranch,
    fetch,
    remoteHead,
    merge: (ours, theirs) => mergeTrees(git, ours, theirs),
    async sharedWithTarget(...shas) {
      const asked = await git(['merge-base', '--end-of-options', trackingRef(targetBranch), ...shas]);
      return asked.stdout.toString().trim();
    },
    branchRule: (workItemId) => ({
      prefix: branchPrefix,
      workItemId,
      targetBranch,
      protectedBranches: [...protectedBranches, ...[defaultBranch() ?? []].flat()],
    }),
    diff: (from, to, textBytesMax) => diffOf(git, from, to, textBytesMax),
    holdsText: (rev, texts) => holdsText(git, rev, texts),
    withScratch: openScratch(join(folder, 'scratch')),
  };
}
