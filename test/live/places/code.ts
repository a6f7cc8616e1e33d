/** A repository: branches of our own, pushed by the product's own git, and pull requests between them. */
import { join } from 'node:path';
import { isLoopbackUrl } from '../../../src/agents/config/forms.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { commitChanges } from '../../../src/git/commit.ts';
import { push } from '../../../src/git/push.ts';
import { openRepository, type Repository } from '../../../src/git/repository.ts';
import { isRefusal, type Refusal } from '../../../src/refusal.ts';
import type { CodeHost, PullRequest } from '../../../src/work-items/code-host.ts';
import { Permit, type PermitKind } from '../../../src/work-items/gate/permit.ts';
import type { Raw } from '../raw.ts';
import type { Place, PlaceOptions } from './place.ts';

/** Two branches of ours, the second with one commit more. */
export interface Branches {
  /** A number of their own, which the product's rules take for that of a work item. */
  workItemId: number;
  base: string;
  branch: string;
  sha: string;
}

export interface Code extends Place {
  run: string;
  /** The product's own connector. */
  host: CodeHost;
  /** A call below the API of the repository. */
  call: Raw;
  branches(): Promise<Branches>;
  /** A pull request between them. */
  open(between: Branches): Promise<PullRequest>;
  /** The commit that a branch is at now. */
  headOf(branch: string): Promise<string | undefined>;
}

/** What a code host has of its own. */
export interface CodeParts extends Place {
  host: CodeHost;
  call: Raw;
  defaultBranch(): Promise<string>;
}

function granted<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`${value.refused}: ${value.why}`);
  return value;
}

function permit(
  kind: PermitKind,
  { workItemId, sha, branch }: Pick<Branches, 'workItemId' | 'sha' | 'branch'>,
): Permit {
  const binding = { kind, agentId: 'live', tenant: '', workItemId, rev: 0, sha, branch, configDigest: '' };
  return Permit.mint(crypto.randomUUID(), binding, systemClock);
}

/** A commit with one file of its own. */
async function commitOne(repository: Repository, parent: string, run: string, name: string): Promise<string> {
  const file = { path: `${run}-${name}.txt`, mode: '100644', bytes: Buffer.from(`${run}\n`) } as const;
  const made = await commitChanges({
    repository,
    parents: [parent],
    changes: [file],
    message: `${run} ${name}`,
    author: { name: 'jvagent live test', email: 'jvagent-live@example.com' },
    signOff: false,
    at: systemClock.now(),
    bounds: { filesMax: 1, linesMax: 10 },
  });
  return granted(made).sha;
}

/** Whether the remote is on this machine. */
export const isEmulated = ({ settings }: PlaceOptions): boolean => isLoopbackUrl(settings.GIT_REMOTE ?? '');

export function createCode(options: PlaceOptions, parts: CodeParts): Code {
  const { settings, run, outbound } = options;
  let opening: Promise<Repository> | undefined;
  let count = 0;

  async function openOnce(): Promise<Repository> {
    const remote = { url: settings.GIT_REMOTE ?? '', token: settings.GIT_TOKEN ?? '', outbound };
    const names = { targetBranch: await parts.defaultBranch(), branchPrefix: `${run}/` };
    const folder = join(options.folder, 'code');
    return granted(await openRepository({ folder, remote, ...names, allowLoopback: isEmulated(options) }));
  }
  const repository = () => {
    opening ??= openOnce();
    return opening;
  };

  async function pushNew(workItemId: number, branch: string, sha: string): Promise<void> {
    const request = { repository: await repository(), sha, branch, redact: options.redact };
    granted(await push(permit('push', { workItemId, sha, branch }), request));
  }

  return {
    ...parts,
    run,
    headOf: async (branch) => (await repository()).remoteHead(branch),
    async branches() {
      count += 1;
      const workItemId = count;
      const [base, branch] = [`${run}/${workItemId}-base`, `${run}/${workItemId}-change`];
      const opened = await repository();
      const { targetSha } = await opened.fetch();
      const sha = await commitOne(opened, targetSha, run, `${workItemId}`);
      await pushNew(workItemId, base, targetSha);
      await pushNew(workItemId, branch, sha);
      return { workItemId, base, branch, sha };
    },
    open(between) {
      const { branch, sha, base } = between;
      const words = { title: `${run} ${branch}`, body: 'Made by `jvagent test live`.' };
      return parts.host.open(permit('open-pr', between), { branch, sha, base, ...words, draft: false });
    },
  };
}

/** Of the branches and open pull requests of a repository, those that are not ours, each as a few words. */
export function foreignCode(
  {
    branches,
    pulls,
    defaultBranch,
  }: { branches: string[]; pulls: { number: number; branch: string }[]; defaultBranch: string },
  isOurs: (branch: string) => boolean,
): string[] {
  if (!branches.includes(defaultBranch)) throw new Error('it has no commit yet; make its first one, such as a README');
  const others = branches.filter((name) => name !== defaultBranch && !isOurs(name));
  const open = pulls.filter(({ branch }) => !isOurs(branch));
  return [...others.map((name) => `the branch ${name}`), ...open.map(({ number }) => `the pull request ${number}`)];
}
