/** Restores paths of a tree from its index's commit, in a folder that an agent may be changing at the same time. */
import { closeSync, constants, lchownSync, lstatSync, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { messageOf, OutsideError } from '../../base/errors.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { meansGit, staysInside } from '../path-rule.ts';
import type { Repository } from '../repository.ts';
import { makeLinks, settleFile } from './placed.ts';
import type { IndexEntry, StatIndex } from './stat-index.ts';

export interface TreeRestore {
  repository: Repository;
  folder: string;
  index: StatIndex;
  /** Literal paths of the commit. */
  paths: readonly string[];
  ownerUid?: number | undefined;
}

const folderOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Opens a folder by name in an open one; creates it if it is missing, or if a file or link is in its place. */
function openInside(parent: number, name: string, ownerUid: number | undefined): number {
  const at = `/proc/self/fd/${parent}/${name}`;
  const stat = lstatSync(at, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory()) unlinkSync(at);
  if (!stat?.isDirectory()) mkdirSync(at, { mode: 0o755 });
  const fd = openSync(at, folderOnly);
  if (!stat?.isDirectory()) settleFile(fd, 0o755, ownerUid);
  return fd;
}

/** Calls `use` with the opened parent folder of `path`; no name is resolved twice. */
async function withParent(
  folder: string,
  path: string,
  ownerUid: number | undefined,
  use: (at: string) => Promise<void>,
): Promise<void> {
  const names = path.split('/');
  const last = names.pop() ?? '';
  const open = [openSync(folder, folderOnly)];
  try {
    for (const name of names) open.push(openInside(open.at(-1) ?? -1, name, ownerUid));
    await use(`/proc/self/fd/${open.at(-1)}/${last}`);
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

/** `target` is the target of a link; git writes a file of any size. */
async function place(
  { repository, ownerUid }: TreeRestore,
  at: string,
  { mode, oid }: IndexEntry,
  target: string | undefined,
): Promise<void> {
  if (lstatSync(at, { throwIfNoEntry: false })) unlinkSync(at);
  if (target !== undefined) {
    await makeLinks([{ target, at }]);
    if (ownerUid !== undefined) lchownSync(at, ownerUid, ownerUid);
    return;
  }
  const fd = openSync(at, newFile, 0o600);
  try {
    await repository.writeBlob(oid, fd);
    settleFile(fd, mode === '100755' ? 0o755 : 0o644, ownerUid);
  } finally {
    closeSync(fd);
  }
}

/** Restores the paths; stops at the first one that is not in the commit, or that is a folder now. */
export async function restorePaths(options: TreeRestore): Promise<Refusal | undefined> {
  const { repository, folder, index, paths, ownerUid } = options;
  const wanted = paths.map((path) => ({ path, entry: index.entries.get(path) }));
  for (const { path, entry } of wanted) {
    if (entry?.stamp === undefined || path.split('/').some(meansGit)) {
      return refuse(
        'TOOL_PATH',
        `${JSON.stringify(path)} is not a file of the commit`,
        'Name files as `git ls-files` prints them.',
      );
    }
  }
  const links = wanted.flatMap(({ entry }) => (entry?.mode === '120000' ? entry.oid : []));
  const targets = new Map((await repository.readBlobs(links)).map((bytes, at) => [links[at], bytes.toString('utf8')]));
  for (const { path, entry } of wanted) {
    if (!entry) continue;
    const target = entry.mode === '120000' ? targets.get(entry.oid) : undefined;
    if (target !== undefined && !staysInside(path, target)) continue;
    try {
      await withParent(folder, path, ownerUid, (full) => place(options, full, entry, target));
    } catch (error) {
      if (error instanceof OutsideError) throw error;
      return refuse(
        'PATH_SPECIAL',
        `${path} could not be restored: ${(error as NodeJS.ErrnoException).code ?? messageOf(error)}`,
      );
    }
  }
  return undefined;
}
