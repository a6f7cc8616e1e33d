/**
 * Reads a tree that an agent wrote back as data: what changed against its index, and nothing else.
 *
 * walk -> name -> known and untouched? -> ignored? -> kind -> admitted? -> bytes -> changed?
 * Invariants: no link is followed, no program is started on the tree, a file is read at most once.
 */
import { limits } from '../../limits.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import type { Change } from '../change.ts';
import { checkChars, checkMeta, meansGit } from '../path-rule.ts';
import type { Repository } from '../repository.ts';
import { checkKind, oidOf, readContent } from './content.ts';
import { createIgnoreRules, type IgnoreRules } from './ignore-rules.ts';
import { type IndexEntry, type StatIndex, settledStampOf, stampOf } from './stat-index.ts';
import { type Found, walkTree } from './walk.ts';

export interface TreeReading {
  /** Against the index's commit, ordered by path. */
  changes: Change[];
  /** New files that nobody planned or added, ordered by path; they are not read. */
  unadmitted: string[];
  /** How many files had to be read. */
  filesRead: number;
  /** The index once these changes are committed as `rev`. */
  indexFor(rev: string): StatIndex;
}

export interface TreeRead {
  repository: Repository;
  folder: string;
  index: StatIndex;
  /** Whether a new file may enter: the plan names it, or it was added by name. */
  admit: (path: string) => boolean;
  /** `git.allowMeta`. */
  allowMeta?: readonly string[];
}

/** Bounds the depth too, and with it the descriptors that are open at once. */
const pathCharsMax = 1_000;

/** The rules of the commit's own `.gitignore` files, which the agent's copies cannot change. */
export async function ignoreRulesOf(repository: Repository, index: StatIndex): Promise<IgnoreRules> {
  const files = [...index.entries].filter(
    ([path, { mode }]) => /(^|\/)\.gitignore$/.test(path) && mode.startsWith('100'),
  );
  const texts = await repository.readBlobs(files.map(([, { oid }]) => oid));
  return createIgnoreRules(
    files.map(([path], at) => ({
      folder: path.replace(/\/?\.gitignore$/, ''),
      text: texts[at]?.toString('utf8') ?? '',
    })),
  );
}

/** Every folder that holds a file of the index. */
function foldersOf(index: StatIndex): Set<string> {
  const folders = new Set<string>();
  for (const path of index.entries.keys()) {
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

/** Collects what the walk finds; a refusal of any entry refuses the whole reading. */
function createReading({ index, admit, allowMeta = [] }: TreeRead, ignore: IgnoreRules) {
  const folders = foldersOf(index);
  const allowed = createIgnoreRules([{ folder: '', text: allowMeta.join('\n') }]);
  const changes: Change[] = [];
  const unadmitted: string[] = [];
  const entries = new Map<string, IndexEntry>();
  const counts = { found: 0, read: 0, bytes: 0 };

  function take(found: Found, known: IndexEntry | undefined): Refusal | undefined {
    const content = readContent(found);
    if (content === undefined || isRefusal(content)) return content;
    counts.read += 1;
    const { mode, bytes } = content;
    const oid = oidOf(bytes);
    const stamp = found.stat ? settledStampOf(found.stat, Date.now()) : '';
    entries.set(found.path, { mode, oid, stamp });
    if (known?.oid === oid && known.mode === mode) return undefined;
    counts.bytes += bytes.length;
    if (counts.bytes > limits.diffBytesMax) return refuse('DIFF_BYTES', `over ${limits.diffBytesMax} bytes changed`);
    changes.push({ path: found.path, mode, bytes });
    return checkChars(found.path) ?? checkMeta(found.path, allowed);
  }

  function see(found: Found): Refusal | undefined {
    const { path, stat } = found;
    if (path === '.git') return undefined;
    counts.found += 1;
    if (counts.found > limits.treeFilesMax * 2) return refuse('DIFF_FILES', 'the tree holds too many files');
    const known = index.entries.get(path);
    const badPlace = checkPlace(found, known !== undefined || folders.has(path));
    if (badPlace) return badPlace;
    if (known && known.stamp === undefined) return undefined;
    if (stat?.isDirectory() || (!stat && !path.includes('\ufffd'))) return undefined;
    if (known && stat && known.stamp === stampOf(stat)) {
      entries.set(path, known);
      return undefined;
    }
    if (!known && ignore.ignores(path, false)) return undefined;
    // A name that the commit has already is not asked about until its file is another.
    const fault = (known ? undefined : checkChars(path)) ?? checkKind(found);
    if (fault) return fault;
    if (known || admit(path)) return take(found, known);
    unadmitted.push(path);
    return checkMeta(path, allowed);
  }

  return {
    see,
    enters(path: string): boolean {
      const known = index.entries.get(path);
      if (path === '.git' || (known && known.stamp === undefined)) return false;
      return folders.has(path) || !ignore.ignores(path, true);
    },
    end(): TreeReading | Refusal {
      for (const [path, entry] of index.entries) {
        if (entries.has(path)) continue;
        // What was never written stands as it was; all else that the walk did not meet is gone.
        if (entry.stamp === undefined) entries.set(path, entry);
        else changes.push({ path, deleted: true });
        const fault = entry.stamp === undefined ? undefined : checkMeta(path, allowed);
        if (fault) return fault;
      }
      changes.sort((a, b) => (a.path < b.path ? -1 : 1));
      unadmitted.sort();
      return { changes, unadmitted, filesRead: counts.read, indexFor: (rev) => ({ rev, entries }) };
    },
  };
}

/** Reads the tree; the first thing in it that may not be committed refuses it as a whole. Throws only on bugs and OutsideError. */
export async function readTree(options: TreeRead): Promise<TreeReading | Refusal> {
  const reading = createReading(options, await ignoreRulesOf(options.repository, options.index));
  for (const found of walkTree(options.folder, reading.enters)) {
    const fault = reading.see(found);
    if (fault) return fault;
  }
  return reading.end();
}
