/**
 * Writes a commit's files into a fresh folder exactly as their blobs are: no filter, no conversion of line ends (see
 * `line-ends.ts`), no submodule.
 *
 * ls-tree -> blobs in batches, large ones by git itself -> files opened with O_EXCL -> stat index for the reader.
 */
import { closeSync, constants, fstatSync, lchownSync, lstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { limits } from '../../limits.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import type { ListedPath } from '../history.ts';
import { meansGit, staysInside } from '../path-rule.ts';
import type { Repository } from '../repository.ts';
import { makeLinks, settleFile } from './placed.ts';
import { type IndexEntry, type StatIndex, settle, stampOf, storeIndex } from './stat-index.ts';

export interface TreeWrite {
  repository: Repository;
  /** A commit or a tree. */
  rev: string;
  /** Must not exist yet. */
  folder: string;
  /** Where the stat index is kept, outside the tree. */
  indexFile: string;
  /** The sandbox's user, who will own every file; absent: our own user. */
  ownerUid?: number | undefined;
}

/** Blobs read by one git process; a larger one is not read but written by git. */
const batchBytes = 16 << 20;
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Why the tree cannot be written, if it cannot. */
function faultOf(listed: readonly ListedPath[]): Refusal | undefined {
  if (listed.length > limits.treeFilesMax) {
    return refuse('DIFF_FILES', `the repository has more than ${limits.treeFilesMax} files`, 'Raise the limit.');
  }
  if (listed.reduce((sum, { size = 0 }) => sum + size, 0) > limits.treeBytesMax) {
    return refuse(
      'DIFF_BYTES',
      `the repository's files have more than ${limits.treeBytesMax} bytes`,
      'Raise the limit.',
    );
  }
  const bad = listed.find(({ path }) => path.split('/').some(meansGit));
  return bad && refuse('PATH_META', `${bad.path} of the repository means .git on some file system`);
}

/** Cuts the list into parts whose blobs one process reads at once. */
function* batchesOf(listed: readonly ListedPath[]): Generator<ListedPath[]> {
  let batch: ListedPath[] = [];
  let bytes = 0;
  for (const entry of listed) {
    batch.push(entry);
    bytes += (entry.size ?? 0) + 100;
    if (bytes < batchBytes) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

function createTreeFolders(root: string, ownerUid: number | undefined) {
  const made = new Set<string>();
  const own = (path: string) => {
    if (ownerUid !== undefined) lchownSync(path, ownerUid, ownerUid);
  };
  /** Makes the folder and those above it, once; `` is the root. */
  const make = (path: string): void => {
    if (made.has(path)) return;
    made.add(path);
    if (path !== '') make(path.includes('/') ? dirname(path) : '');
    const full = join(root, path);
    mkdirSync(full, { mode: 0o755 });
    own(full);
  };
  return { make, own };
}

function openFile(full: string, mode: number, ownerUid: number | undefined): number {
  const fd = openSync(full, newFile, mode);
  settleFile(fd, mode, ownerUid);
  return fd;
}

function writeFile(full: string, mode: number, bytes: Buffer, ownerUid: number | undefined): string {
  const fd = openFile(full, mode, ownerUid);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    return stampOf(fstatSync(fd, { bigint: true }));
  } finally {
    closeSync(fd);
  }
}

type TreeFolders = ReturnType<typeof createTreeFolders>;

interface Blob {
  entry: ListedPath;
  bytes: Buffer;
}

/** Writes one blob to its path; the entry that the index gets for it. */
function place(
  root: string,
  folders: TreeFolders,
  { entry: { path, mode, oid }, bytes }: Blob,
  uid?: number,
): IndexEntry {
  folders.make(dirname(path) === '.' ? '' : dirname(path));
  const executable = mode === '100755';
  const stamp = writeFile(join(root, path), executable ? 0o755 : 0o644, bytes, uid);
  return { mode: executable ? '100755' : '100644', oid, stamp };
}

/** The same for links, all at once. A link that leaves the tree stays in the commit but is not made. */
async function placeLinks(root: string, folders: TreeFolders, blobs: readonly Blob[]): Promise<[string, IndexEntry][]> {
  const links = blobs.map(({ entry: { path, oid }, bytes }) => {
    const target = bytes.toString('utf8');
    return { path, oid, target, at: join(root, path), isMade: staysInside(path, target) };
  });
  const made = links.filter(({ isMade }) => isMade);
  for (const { path } of made) folders.make(dirname(path) === '.' ? '' : dirname(path));
  await makeLinks(made);
  for (const { at } of made) folders.own(at);
  return links.map(({ path, oid, at, isMade }) => {
    const stamp = isMade ? { stamp: stampOf(lstatSync(at, { bigint: true })) } : {};
    return [path, { mode: '120000', oid, ...stamp }];
  });
}

/** The same for a blob that is too large for memory: git writes it. A link of that length is not made. */
async function placeLarge(
  { repository, folder: root, ownerUid }: TreeWrite,
  folders: TreeFolders,
  { path, mode, oid }: ListedPath,
): Promise<IndexEntry> {
  if (mode === '120000') return { mode, oid };
  folders.make(dirname(path) === '.' ? '' : dirname(path));
  const executable = mode === '100755';
  const fd = openFile(join(root, path), executable ? 0o755 : 0o644, ownerUid);
  try {
    await repository.writeBlob(oid, fd);
    return { mode: executable ? '100755' : '100644', oid, stamp: stampOf(fstatSync(fd, { bigint: true })) };
  } finally {
    closeSync(fd);
  }
}

/** Reads the next batch of blobs while the last one is being written. */
async function* readAhead(repository: Repository, blobs: readonly ListedPath[]) {
  const batches = [...batchesOf(blobs)];
  const read = (at: number) => {
    const contents = repository.readBlobs((batches[at] ?? []).map(({ oid }) => oid));
    // The await below reports it. If writing fails first, nothing awaits it any more.
    contents.catch(() => undefined);
    return contents;
  };
  let next = read(0);
  for (const [at, batch] of batches.entries()) {
    const contents = await next;
    next = read(at + 1);
    yield batch.map((entry, n) => ({ entry, bytes: contents[n] ?? Buffer.alloc(0) }));
  }
}

/** Resolves with the index, or with a refusal if nothing was written. Throws if the folder exists. */
export async function writeTree(request: TreeWrite): Promise<StatIndex | Refusal> {
  const { repository, rev, folder, indexFile, ownerUid } = request;
  const all = await repository.list(rev);
  const fault = faultOf(all);
  if (fault) return fault;
  // Names that are not UTF-8 cannot be told apart here, so they are not written and stay as the commit has them.
  const listed = all.filter(({ path }) => !path.includes('\ufffd'));
  const folders = createTreeFolders(folder, ownerUid);
  folders.make('');
  // The mount point of the read-only view.
  folders.make('.git');
  const entries = new Map<string, IndexEntry>();
  for (const { path, oid, size } of listed) {
    if (size !== undefined) continue;
    folders.make(path);
    entries.set(path, { mode: '160000', oid });
  }
  const isLarge = ({ size = 0 }: ListedPath) => size > batchBytes;
  for (const entry of listed.filter(isLarge)) entries.set(entry.path, await placeLarge(request, folders, entry));
  const blobs = listed.filter((entry) => entry.size !== undefined && !isLarge(entry));
  for await (const batch of readAhead(repository, blobs)) {
    const isLink = ({ entry }: Blob) => entry.mode === '120000';
    for (const blob of batch) {
      if (!isLink(blob)) entries.set(blob.entry.path, place(folder, folders, blob, ownerUid));
    }
    for (const [path, entry] of await placeLinks(folder, folders, batch.filter(isLink))) entries.set(path, entry);
  }
  await settle();
  const index = { rev, entries };
  storeIndex(indexFile, index);
  return index;
}
