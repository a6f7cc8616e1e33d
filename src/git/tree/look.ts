/**
 * The first look at a tree that an agent wrote: what may have changed since its index, by names and stats only.
 *
 * walk -> name -> known and untouched? -> ignored? -> kind -> admitted? -> to be read
 * No file is opened, so that too large a change is refused before it costs anything.
 */
import { limits } from '../../limits.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { checkChars, checkMeta, meansGit } from '../path-rule.ts';
import { checkKind } from './content.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { type IndexEntry, type StatIndex, stampOf } from './stat-index.ts';
import { type Found, walkTree } from './walk.ts';

export interface LookOptions {
  folder: string;
  index: StatIndex;
  /** Whether a new file may enter: the plan names it, or it was added by name. */
  admit: (path: string) => boolean;
  /** The commit's own `.gitignore` files. */
  ignored: IgnoreRules;
  /** `git.allowMeta`. */
  allowedMeta: IgnoreRules;
}

/** A file or link that has to be read. */
export interface Candidate {
  isLink: boolean;
  /** What the index has at this path; absent for a new file. */
  known: IndexEntry | undefined;
  /** Whether its stats show a change: a new path, another mode, a link in place of a file. */
  isChange: boolean;
  bytes: number;
}

export interface Look {
  candidates: ReadonlyMap<string, Candidate>;
  /** Paths of the index that are gone. */
  deleted: readonly string[];
  /** New files that nobody planned or added. */
  unadmitted: readonly string[];
  /** What did not change, as the index has it. */
  untouched: ReadonlyMap<string, IndexEntry>;
}

/** Bounds the depth too, and with it the number of open descriptors. */
const pathCharsMax = 1_000;

/** Every folder that holds one of these paths. */
export function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

/** What a name, its length and its closedness forbid, whatever the entry is. */
function checkPlace({ path, name, closed }: Found, isOfCommit: boolean): Refusal | undefined {
  if (meansGit(name)) return refuse('PATH_META', `${path} means .git on some file system`);
  if (closed) return refuse('PATH_SPECIAL', `${path} is closed to the host`);
  if (isOfCommit || path.length <= pathCharsMax) return undefined;
  return refuse('PATH_CHARS', `${path.slice(0, 200)}... is longer than ${pathCharsMax} characters`);
}

function candidateOf({ stat }: Found, known: IndexEntry | undefined): Candidate {
  const isLink = stat?.isSymbolicLink() ?? false;
  const mode = isLink ? '120000' : (stat?.mode ?? 0n) & 0o100n ? '100755' : '100644';
  return { isLink, known, isChange: known?.mode !== mode, bytes: Number(stat?.size ?? 0n) };
}

/** Looks at every entry of the tree; the first one that may not be committed refuses it as a whole. */
export function lookAtTree({ folder, index, admit, ignored, allowedMeta }: LookOptions): Look | Refusal {
  const folders = foldersOf(index.entries.keys());
  const candidates = new Map<string, Candidate>();
  const unadmitted: string[] = [];
  const untouched = new Map<string, IndexEntry>();
  let count = 0;

  function see(found: Found): Refusal | undefined {
    const { path, stat } = found;
    if (path === '.git') return undefined;
    count += 1;
    const countMax = limits.treeFilesMax * 2;
    if (count > countMax) return refuse('DIFF_FILES', `the tree holds more than ${countMax} files and folders`);
    const known = index.entries.get(path);
    const badPlace = checkPlace(found, known !== undefined || folders.has(path));
    if (badPlace) return badPlace;
    if (known && known.stamp === undefined) return undefined;
    if (stat?.isDirectory() || (!stat && !path.includes('\ufffd'))) return undefined;
    if (known && stat && known.stamp === stampOf(stat)) {
      untouched.set(path, known);
      return undefined;
    }
    if (!known && ignored.ignores(path, false)) return undefined;
    // The commit may hold such a name already; only a change to that file is refused.
    const fault = (known ? undefined : checkChars(path)) ?? checkKind(found);
    if (fault) return fault;
    if (known || admit(path)) {
      candidates.set(path, candidateOf(found, known));
      return undefined;
    }
    unadmitted.push(path);
    return checkMeta(path, allowedMeta);
  }

  function enters(path: string): boolean {
    const known = index.entries.get(path);
    if (path === '.git' || (known && known.stamp === undefined)) return false;
    return folders.has(path) || !ignored.ignores(path, true);
  }

  for (const found of walkTree(folder, enters)) {
    const fault = see(found);
    if (fault) return fault;
  }
  const deleted: string[] = [];
  for (const [path, entry] of index.entries) {
    if (untouched.has(path) || candidates.has(path)) continue;
    // What was never written stays as it was; everything else that the walk did not meet is gone.
    if (entry.stamp === undefined) untouched.set(path, entry);
    else deleted.push(path);
  }
  return { candidates, deleted, unadmitted, untouched };
}
