/** Reads commits of our repository; it reads only git objects, never a folder. */

import type { ReadFault } from '../base/files.ts';
import { limits } from '../limits.ts';
import { type Git, records } from './git-program.ts';

export interface LoggedCommit {
  sha: string;
  author: string;
  /** ISO 8601. */
  at: string;
  subject: string;
}

/** One path of a commit; `size` is absent for a submodule. */
export interface ListedPath {
  path: string;
  mode: string;
  oid: string;
  size?: number | undefined;
}

/** Shas, branch names and so on from outside come after this argument, so that git does not treat them as options. */
const end = '--end-of-options';

const entryForm = /^(\d{6}) \w+ ([0-9a-f]{40,64}) +(\d+|-)\t(.*)$/s;

function parseListed(record: string): ListedPath[] {
  const [, mode = '', oid = '', size = '-', path = ''] = entryForm.exec(record) ?? [];
  return path === '' ? [] : [{ path, mode, oid, size: size === '-' ? undefined : Number(size) }];
}

const logFormat = '--format=%H%x00%an%x00%aI%x00%s';

function parseLog(stdout: Buffer): LoggedCommit[] {
  const fields = stdout.toString('utf8').split('\0');
  const commits: LoggedCommit[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [sha = '', author = '', when = '', subject = ''] = fields.slice(at, at + 4);
    commits.push({ sha, author, at: when, subject });
  }
  return commits;
}

export interface History {
  /** The commit of a sha or a ref in our repository. */
  resolve(rev: string): Promise<string | undefined>;
  contains(sha: string): Promise<boolean>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  changedPaths(from: string, to: string): Promise<string[]>;
  /** All paths of a commit or tree, including submodules, in git's order. */
  list(rev: string): Promise<ListedPath[]>;
  pathsAt(sha: string): Promise<string[]>;
  /** Whether there is a file at this path. */
  exists(sha: string, path: string): Promise<boolean>;
  readFile(sha: string, path: string, bytesMax: number): Promise<{ bytes: Buffer } | { fault: ReadFault }>;
  /** The contents of blobs, in the requested order; throws if they are too large for memory together. */
  readBlobs(oids: readonly string[]): Promise<Buffer[]>;
  /** Writes a blob of any size to an open file. */
  writeBlob(oid: string, fd: number): Promise<void>;
  /** The newest `count` commits in the history of `sha` but not of `since`, newest first. */
  log(sha: string, count: number, since?: string): Promise<LoggedCommit[]>;
}

/** Splits the output of `cat-file --batch`: a header line, the bytes, a line feed. */
function splitBatch(stdout: Buffer, oids: readonly string[]): Buffer[] {
  let at = 0;
  return oids.map((oid) => {
    const lineEnd = stdout.indexOf(10, at);
    const header = stdout.toString('latin1', at, lineEnd);
    const size = Number(/ blob (\d+)$/.exec(header)?.[1] ?? Number.NaN);
    if (Number.isNaN(size)) throw new Error(`bug: object ${oid} is not a blob of the repository: ${header}`);
    at = lineEnd + 1 + size + 1;
    return stdout.subarray(lineEnd + 1, lineEnd + 1 + size);
  });
}

export function createHistory(git: Git): History {
  async function entryAt(sha: string, path: string): Promise<ListedPath | undefined> {
    const { stdout } = await git(['ls-tree', '-z', '-l', '--full-tree', end, sha, path]);
    return records(stdout)
      .flatMap(parseListed)
      .find((entry) => entry.path === path);
  }

  async function list(rev: string): Promise<ListedPath[]> {
    const { stdout } = await git(['ls-tree', '-r', '-z', '-l', '--full-tree', end, rev]);
    return records(stdout).flatMap(parseListed);
  }

  async function readBlobs(oids: readonly string[]): Promise<Buffer[]> {
    if (oids.length === 0) return [];
    const input = oids.map((oid) => `${oid}\n`).join('');
    const { stdout } = await git(['cat-file', '--batch'], { input, outputBytesMax: limits.blobsBytesMax });
    return splitBatch(stdout, oids);
  }

  return {
    list,
    readBlobs,
    async writeBlob(oid, fd) {
      await git(['cat-file', 'blob', oid], { outputFd: fd });
    },
    async resolve(rev) {
      const asked = await git(['rev-parse', '--verify', '--quiet', end, `${rev}^{commit}`], { okCodes: [0, 1, 128] });
      return asked.code === 0 ? asked.stdout.toString().trim() : undefined;
    },
    async contains(sha) {
      if (!/^[0-9a-f]{40,64}$/.test(sha)) return false;
      return (await git(['cat-file', '-e', `${sha}^{commit}`], { okCodes: [0, 1, 128] })).code === 0;
    },
    async isAncestor(ancestor, descendant) {
      return (await git(['merge-base', '--is-ancestor', end, ancestor, descendant], { okCodes: [0, 1] })).code === 0;
    },
    async changedPaths(from, to) {
      const { stdout } = await git(['diff-tree', '-r', '-z', '--name-only', '--no-renames', end, from, to]);
      return records(stdout);
    },
    async pathsAt(sha) {
      return (await list(sha)).map((entry) => entry.path);
    },
    async exists(sha, path) {
      const entry = await entryAt(sha, path);
      return entry?.size !== undefined;
    },
    async readFile(sha, path, bytesMax) {
      const entry = await entryAt(sha, path);
      if (!entry) return { fault: 'missing' };
      if (entry.mode === '120000') return { fault: 'link' };
      if (entry.size === undefined) return { fault: 'special' };
      if (entry.size > bytesMax) return { fault: 'too-big' };
      const [bytes = Buffer.alloc(0)] = await readBlobs([entry.oid]);
      return { bytes };
    },
    async log(sha, count, since) {
      const without = since === undefined ? [] : [`^${since}`];
      const asked = ['log', '-z', '--no-mailmap', `--max-count=${count}`, logFormat];
      return parseLog((await git([...asked, end, sha, ...without])).stdout);
    },
  };
}
