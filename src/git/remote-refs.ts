/** The refs of the remote: its current heads, and the two kinds of branches that we fetch. */
import { systemClock } from '../base/clock.ts';
import { OutsideError } from '../base/errors.ts';
import { limits } from '../limits.ts';
import { type Git, gitFailure } from './git-program.ts';
import { answerFault, readTrace, tracing } from './http-trace.ts';
import type { RemoteAccess } from './remote.ts';

/** The first fetch gets the whole history. */
const fetchTimeoutMs = 10 * limits.gitSecondsMax * 1_000;
const fetchFlags = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
];

/** The ref of a fetched branch in our repository. */
export function trackingRef(branch: string): string {
  return `refs/remotes/origin/${branch}`;
}

async function listHeads(git: Git, access: RemoteAccess, patterns: readonly string[]) {
  const args = ['ls-remote', '--symref', '--end-of-options', access.url, ...patterns];
  const asked = await git(args, { env: { ...access.env, ...tracing }, okCodes: [0, 128] });
  const { words, answer } = readTrace(asked.stderr);
  // A web page has no refs, and git takes it for a repository without branches.
  const fault = answer && answerFault(access.url, answer, systemClock.now());
  if (fault) throw fault;
  if (asked.code !== 0) throw gitFailure(args, asked, words);
  const heads = new Map<string, string>();
  let defaultBranch: string | undefined;
  for (const line of asked.stdout.toString('utf8').split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    if (value.startsWith('ref: refs/heads/') && name === 'HEAD') defaultBranch = value.slice('ref: refs/heads/'.length);
    else if (name.startsWith('refs/heads/')) heads.set(name.slice('refs/heads/'.length), value);
  }
  return { heads, defaultBranch };
}

/** Copies the objects of the target branch from a clone on this machine; if that fails, the first fetch just takes longer. */
export async function seed(git: Git, from: string, targetBranch: string): Promise<void> {
  for (const source of [trackingRef(targetBranch), `refs/heads/${targetBranch}`]) {
    const refspec = `+${source}:${trackingRef(targetBranch)}`;
    const fetched = await git([...fetchFlags, '--end-of-options', from, refspec], {
      env: { GIT_ALLOW_PROTOCOL: 'file' },
      okCodes: [0, 1, 128],
      timeoutMs: fetchTimeoutMs,
    });
    if (fetched.code === 0) return;
  }
}

function isSame(one: ReadonlyMap<string, string>, two: ReadonlyMap<string, string>): boolean {
  return one.size === two.size && [...one].every(([branch, sha]) => two.get(branch) === sha);
}

export interface RemoteRefsOptions {
  git: Git;
  access: RemoteAccess;
  targetBranch: string;
  branchPrefix: string;
}

export function createRemoteRefs({ git, access, targetBranch, branchPrefix }: RemoteRefsOptions) {
  let known: string | undefined;
  let lastFetch: Promise<unknown> = Promise.resolve();
  let nextFetch: ReturnType<typeof fetch> | undefined;
  const missingTarget = () =>
    new OutsideError(`git fetch: the remote has no branch ${targetBranch}`, {
      system: 'git',
      request: `git fetch ${targetBranch}`,
      kind: 'missing',
    });
  const wanted = [targetBranch, `${branchPrefix}*`];

  /** The commits of the branches at the last fetch. */
  async function fetchedHeads(): Promise<Map<string, string>> {
    const all = trackingRef('');
    const { stdout } = await git(['for-each-ref', '--format=%(objectname) %(refname)', all]);
    const lines = stdout.toString('utf8').split('\n').filter(Boolean);
    const pairs = lines
      .map((line) => line.split(' '))
      .map(([sha = '', ref = '']) => [ref.slice(all.length), sha] as const);
    return new Map(pairs);
  }

  async function fetch() {
    const patterns = wanted.map((it) => `refs/heads/${it}`);
    const { heads, defaultBranch } = await listHeads(git, access, ['HEAD', ...patterns]);
    if (!heads.has(targetBranch)) throw missingTarget();
    known = defaultBranch;
    let fetched = await fetchedHeads();
    // Usually nothing has changed, and one request is enough.
    if (!isSame(heads, fetched)) {
      const refspecs = wanted.map((it) => `+refs/heads/${it}:${trackingRef(it)}`);
      const args = [...fetchFlags, '--prune', '--end-of-options', access.url, ...refspecs];
      await git(args, { env: access.env, timeoutMs: fetchTimeoutMs });
      fetched = await fetchedHeads();
    }
    const targetSha = fetched.get(targetBranch);
    if (targetSha === undefined) throw missingTarget();
    return { targetSha, heads: fetched, defaultBranch };
  }

  return {
    /** The remote's default branch at the last fetch. */
    defaultBranch: () => known,
    async remoteHead(branch: string): Promise<string | undefined> {
      const { heads } = await listHeads(git, access, [`refs/heads/${branch}`]);
      return heads.get(branch);
    },
    /** The names of all branches of the remote, as they are now. */
    async remoteBranches(): Promise<string[]> {
      const { heads } = await listHeads(git, access, ['refs/heads/*']);
      return [...heads.keys()];
    },
    /** Fetches run one after the other, because they write the same refs. Callers that wait for one that has not begun share it. */
    fetch() {
      nextFetch ??= lastFetch.then(() => {
        nextFetch = undefined;
        return fetch();
      });
      lastFetch = nextFetch.catch(() => undefined);
      return nextFetch;
    },
  };
}
