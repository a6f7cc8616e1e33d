/**
 * Commits of a work item that may be on no remote, as one file from which another node's repository gets them.
 *
 * commits -> refs/jvagent/work/<work item>/* -> git bundle, without what the target branch has -> the same refs there, for a moment
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Refusal, refuse } from '../../refusal.ts';
import { trackingRef } from '../remote-refs.ts';
import type { Repository } from '../repository.ts';

export interface BundleRequest {
  repository: Repository;
  workItemId: number;
  /** Commits of the repository. */
  commits: readonly string[];
  /** The item's branch on the remote: what is there is left out where the rest alone is small enough. */
  branch?: string | undefined;
  /** Where the file is written. */
  folder: string;
  /** From which size on that is done. */
  bytesMax: number;
}

export interface Bundled {
  file: string;
  bytes: number;
}

const refsOf = (workItemId: number) => `refs/jvagent/work/${workItemId}/`;

/** Nothing keeps its refs: objects are never garbage-collected. */
async function dropRefs({ git }: Repository, workItemId: number): Promise<void> {
  const { stdout } = await git(['for-each-ref', '--format=delete %(refname)', refsOf(workItemId)]);
  await git(['update-ref', '--stdin'], { input: stdout });
}

/** Calls `use` while each of these commits has a ref. */
async function withRefs<T>(
  { repository, workItemId }: BundleRequest,
  commits: readonly string[],
  use: (refs: string[]) => Promise<T>,
): Promise<T> {
  const refs = commits.map((sha) => `${refsOf(workItemId)}${sha}`);
  const input = refs.map((ref, at) => `update ${ref} ${commits[at]}\n`).join('');
  await repository.git(['update-ref', '--stdin'], { input });
  try {
    return await use(refs);
  } finally {
    await dropRefs(repository, workItemId);
  }
}

/** The refs of the remote that are in our repository. */
async function fetched(repository: Repository, branches: readonly string[]): Promise<string[]> {
  const refs = branches.map(trackingRef);
  const found = await Promise.all(refs.map((ref) => repository.resolve(ref)));
  return refs.filter((_, at) => found[at] !== undefined);
}

async function writeWithout(request: BundleRequest, without: readonly string[]): Promise<Bundled | undefined> {
  const { repository, commits, folder } = request;
  const isLeftOut = async (sha: string) =>
    (await Promise.all(without.map((ref) => repository.isAncestor(sha, ref)))).includes(true);
  const leftOut = await Promise.all(commits.map(isLeftOut));
  const wanted = commits.filter((_, at) => !leftOut[at]);
  if (wanted.length === 0) return undefined;
  const file = join(folder, 'work.bundle');
  await withRefs(request, wanted, (refs) =>
    repository.git(['bundle', 'create', '--quiet', file, ...refs, ...without.map((ref) => `^${ref}`)]),
  );
  return { file, bytes: statSync(file).size };
}

/**
 * Writes what the target branch does not have; undefined if it has all of it. The file may be larger than `bytesMax`: then
 * what is on the item's own branch is left out already.
 */
export async function writeBundle(request: BundleRequest): Promise<Bundled | undefined> {
  const { repository, branch, bytesMax } = request;
  const target = await fetched(repository, [repository.targetBranch]);
  const whole = await writeWithout(request, target);
  if (!whole || whole.bytes <= bytesMax || branch === undefined) return whole;
  const pushed = await fetched(repository, [branch]);
  return pushed.length === 0 ? whole : writeWithout(request, [...target, ...pushed]);
}

/** Takes in the commits of a file that `writeBundle` wrote elsewhere, after a fetch. GATE_BASE if it does not fit or is not whole. */
export async function takeBundle(
  repository: Repository,
  workItemId: number,
  { file, commits }: { file: string; commits: readonly string[] },
): Promise<Refusal | undefined> {
  const call = { okCodes: [0, 1, 128] };
  const verified = await repository.git(['bundle', 'verify', '--quiet', file], call);
  const refs = `${refsOf(workItemId)}*`;
  const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules'];
  const args = ['fetch', ...flags, '--end-of-options', file, `+${refs}:${refs}`];
  const taken =
    verified.code === 0 ? await repository.git(args, { ...call, env: { GIT_ALLOW_PROTOCOL: 'file' } }) : verified;
  const found = await Promise.all(commits.map((sha) => repository.contains(sha)));
  await dropRefs(repository, workItemId);
  if (taken.code === 0 && !found.includes(false)) return undefined;
  const why = taken.stderr.trim().split('\n').at(-1) || 'it lacks commits';
  return refuse('GATE_BASE', `the stored commits of work item ${workItemId} cannot be used: ${why}`);
}
