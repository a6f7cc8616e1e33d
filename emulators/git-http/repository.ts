/** A bare repository as a code host uses it: branches, commits, diffs and merges, with git's plumbing and without a work tree. */
import { attemptGit, git } from './git.ts';

export interface Signature {
  name: string;
  email: string;
  /** Milliseconds since 1970. */
  at: number;
}

export interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  message: string;
}

export interface ChangedFile {
  path: string;
  status: 'added' | 'modified' | 'removed';
  additions: number;
  deletions: number;
  /** The unified diff of this file, from its `diff --git` line. */
  patch: string;
}

/** Commits are given by full sha, branches without `refs/heads/`. */
export interface Repository {
  readonly directory: string;
  /** All branches with their commits. */
  branches(): Promise<Map<string, string>>;
  /** The name of the branch that HEAD pointed to when this was first asked. */
  defaultBranch(): Promise<string>;
  /** Whether `ancestor` is `commit` or in its history; false for an unknown commit. */
  isAncestor(ancestor: string, commit: string): Promise<boolean>;
  mergeBase(a: string, b: string): Promise<string | undefined>;
  /** The commits in `head` that are not in `base`, oldest first; without a base, all commits of `head`. */
  commits(base: string | undefined, head: string): Promise<Commit[]>;
  commit(sha: string): Promise<Commit | undefined>;
  changedFiles(from: string, to: string): Promise<ChangedFile[]>;
  /** The merged tree of both sides, or the conflicting paths; writes only objects. */
  mergeTrees(ours: string, theirs: string): Promise<{ tree: string } | { conflicts: string[] }>;
  writeCommit(commit: Omit<Commit, 'sha'>): Promise<string>;
  /** Moves a branch if it still points to `from`. `from` undefined: the branch does not exist yet. `to` undefined: deletes it. */
  moveBranch(branch: string, from: string | undefined, to: string | undefined): Promise<boolean>;
}

const zeroSha = '0'.repeat(40);
const commitFormat = ['%H', '%T', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'].join('%x1f');

/** Whether this is a full commit sha. */
export const isSha = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

function parseCommit(text: string): Commit {
  const [sha = '', tree = '', parents = '', an = '', ae = '', at = '', cn = '', ce = '', ct = '', ...message] =
    text.split('\x1f');
  return {
    sha,
    tree,
    parents: parents.split(' ').filter(Boolean),
    author: { name: an, email: ae, at: Number(at) * 1000 },
    committer: { name: cn, email: ce, at: Number(ct) * 1000 },
    message: message.join('\x1f').trimEnd(),
  };
}

function signatureEnvironment(role: 'AUTHOR' | 'COMMITTER', { name, email, at }: Signature): Record<string, string> {
  return {
    [`GIT_${role}_NAME`]: name,
    [`GIT_${role}_EMAIL`]: email,
    [`GIT_${role}_DATE`]: `${Math.floor(at / 1000)} +0000`,
  };
}

function parseChangedFiles(names: string, counts: string, patch: string): ChangedFile[] {
  const statuses: Record<string, ChangedFile['status']> = { A: 'added', D: 'removed' };
  const fields = names.split('\0');
  const lines = counts.split('\0');
  // The three outputs list the same files in the same order, because rename detection is off.
  const patches = patch.split(/^(?=diff --git )/m);
  return Array.from({ length: Math.floor(fields.length / 2) }, (_, n) => {
    const [additions = '0', deletions = '0'] = (lines[n] ?? '').split('\t');
    return {
      path: fields[2 * n + 1] ?? '',
      status: statuses[fields[2 * n] ?? ''] ?? 'modified',
      additions: Number(additions) || 0,
      deletions: Number(deletions) || 0,
      patch: patches[n] ?? '',
    };
  });
}

async function mergeTrees(directory: string, ours: string, theirs: string) {
  const args = ['merge-tree', '--write-tree', '-z', '--no-messages', '--name-only', ours, theirs];
  const { code, stdout, stderr } = await attemptGit(directory, args);
  if (code !== 0 && code !== 1) throw new Error(`git merge-tree: ${stderr.trim()}`);
  const [tree = '', ...conflicts] = stdout.toString('utf8').split('\0').filter(Boolean);
  return code === 0 ? { tree: tree.trim() } : { conflicts };
}

/** Asks each question once: what is true of commits by full sha never changes; a commit that is not there may still come. */
function once<A extends (string | undefined)[], T>(ask: (...names: A) => Promise<T>): (...names: A) => Promise<T> {
  const known = new Map<string, T>();
  return async (...names) => {
    const key = names.join();
    const found = known.get(key) ?? (await ask(...names));
    if (found && names.every((name) => name === undefined || isSha(name))) known.set(key, found);
    return found;
  };
}

/**
 * Opens the bare repository in `directory`, which must exist at the first call. Each method throws an OutsideError if git fails.
 */
export function openRepository(directory: string): Repository {
  const succeeds = async (args: readonly string[]) => (await attemptGit(directory, args)).code === 0;
  const log = async (args: readonly string[]) => {
    const printed = await git(directory, ['log', '-z', `--format=${commitFormat}`, ...args, '--']);
    return printed.split('\0').filter(Boolean).map(parseCommit);
  };
  return {
    directory,
    async branches() {
      const args = ['for-each-ref', '--format=%(objectname) %(refname:lstrip=2)', 'refs/heads/'];
      const rows = (await git(directory, args)).split('\n').filter(Boolean);
      return new Map(rows.map((row) => [row.slice(41), row.slice(0, 40)]));
    },
    defaultBranch: once(async () => (await git(directory, ['symbolic-ref', 'HEAD'])).replace('refs/heads/', '')),
    isAncestor: once((ancestor, commit) => succeeds(['merge-base', '--is-ancestor', ancestor, commit])),
    mergeBase: once(async (a, b) => {
      const { code, stdout } = await attemptGit(directory, ['merge-base', a, b]);
      return code === 0 ? stdout.toString('utf8').trim() : undefined;
    }),
    commits: once((base, head) => log(['--reverse', '--topo-order', base === undefined ? head : `${base}..${head}`])),
    commit: once(async (sha) => {
      const known = isSha(sha) && (await succeeds(['cat-file', '-e', `${sha}^{commit}`]));
      return known ? (await log(['-1', sha]))[0] : undefined;
    }),
    changedFiles: once(async (from, to) => {
      const diff = (...how: string[]) => git(directory, ['diff-tree', '-r', '--no-renames', ...how, from, to, '--']);
      return parseChangedFiles(
        ...(await Promise.all([diff('-z', '--name-status'), diff('-z', '--numstat'), diff('-p')])),
      );
    }),
    mergeTrees: once((ours, theirs) => mergeTrees(directory, ours, theirs)),
    writeCommit: ({ tree, parents, author, committer, message }) =>
      git(directory, ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])], {
        input: message,
        env: { ...signatureEnvironment('AUTHOR', author), ...signatureEnvironment('COMMITTER', committer) },
      }),
    async moveBranch(branch, from, to) {
      const input = `update refs/heads/${branch}\0${to ?? zeroSha}\0${from ?? zeroSha}\0`;
      return (await attemptGit(directory, ['update-ref', '-z', '--stdin'], { input })).code === 0;
    },
  };
}
