/**
 * Reads a tree that an agent wrote back as data: what changed against its index, and nothing else.
 *
 * look (names and stats) -> too large? -> bytes -> line ends -> changed?
 * Invariants: no link is followed, no program is started on the tree, and a file is read at most once, if it may have changed.
 */
import { countOf } from '../../base/text/count-of.ts';
import { limits } from '../../limits.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import type { Change } from '../change.ts';
import { checkChars, checkMeta } from '../path-rule.ts';
import type { Repository } from '../repository.ts';
import { type Content, oidOf, readContent } from './content.ts';
import { createIgnoreRules, type IgnoreRules } from './ignore-rules.ts';
import { hasCrlf, normalized, type TextRulesOf, withTextRules } from './line-ends.ts';
import { type Candidate, foldersOf, type Look, lookAtTree } from './look.ts';
import { type IndexEntry, type StatIndex, settledStampOf } from './stat-index.ts';
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
  /** More changed files than this are refused, as soon as their number is known; any number may change without it. */
  filesMax?: number | undefined;
}

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

function tooManyBytes(bytes: number): Refusal | undefined {
  if (bytes <= limits.diffBytesMax) return undefined;
  return refuse('DIFF_BYTES', `${bytes} bytes changed, at most ${limits.diffBytesMax} are allowed`);
}

/** Refuses by stats what is too large for sure. A touched file may still turn out to be unchanged, so it does not count here. */
function checkSize({ candidates, deleted }: Look, filesMax: number): Refusal | undefined {
  const tooBig = [...candidates].find(([, { bytes }]) => bytes > limits.fileBytesMax);
  if (tooBig) {
    const [path, { bytes }] = tooBig;
    return refuse(
      'DIFF_BYTES',
      `${path} has ${bytes} bytes, at most ${limits.fileBytesMax} are allowed in one changed file`,
    );
  }
  const changed = [...candidates.values()].filter(({ isChange }) => isChange);
  const count = changed.length + deleted.length;
  if (count > filesMax)
    return refuse('DIFF_FILES', `${countOf(count, 'file')} changed, at most ${filesMax} are allowed`);
  return tooManyBytes(changed.reduce((sum, { bytes }) => sum + bytes, 0));
}

/** A file or link as it was read. */
interface ReadFile {
  path: string;
  known: IndexEntry | undefined;
  content: Content;
  stamp: string;
}

/** Files that wait for one question about their attributes. */
const batch = { files: 1_000, bytes: 4 << 20 };

/** Compares what files hold with the index. */
function createChanges({ filesMax = Number.POSITIVE_INFINITY }: TreeRead, look: Look) {
  const entries = new Map(look.untouched);
  const changes: Change[] = [];
  let bytesChanged = 0;

  return {
    /** Takes a file with the bytes that would be committed. */
    add({ path, known, content: { mode, bytes }, stamp }: ReadFile): Refusal | undefined {
      const oid = oidOf(bytes);
      entries.set(path, { mode, oid, stamp });
      if (known?.oid === oid && known.mode === mode) return undefined;
      changes.push({ path, mode, bytes });
      bytesChanged += bytes.length;
      const count = changes.length + look.deleted.length;
      if (count > filesMax) {
        const touched = look.candidates.size + look.deleted.length;
        return refuse(
          'DIFF_FILES',
          `at least ${count} of ${touched} touched files changed, at most ${filesMax} are allowed`,
        );
      }
      return tooManyBytes(bytesChanged);
    },
    end(filesRead: number, allowedMeta: IgnoreRules): TreeReading | Refusal {
      // A candidate without an entry was removed after the first look.
      const removed = [...look.candidates].filter(([path, { known }]) => known && !entries.has(path));
      for (const path of [...look.deleted, ...removed.map(([path]) => path)]) changes.push({ path, deleted: true });
      for (const { path, deleted } of changes) {
        const fault = (deleted ? undefined : checkChars(path)) ?? checkMeta(path, allowedMeta);
        if (fault) return fault;
      }
      changes.sort((a, b) => (a.path < b.path ? -1 : 1));
      const unadmitted = [...look.unadmitted].sort();
      return { changes, unadmitted, filesRead, indexFor: (rev) => ({ rev, entries }) };
    },
  };
}

/** Reads files and gives them their line ends; a refusal of one of them refuses the whole reading. */
function createReading(options: TreeRead, look: Look, rulesOf: TextRulesOf) {
  const { repository } = options;
  const changes = createChanges(options, look);
  let filesRead = 0;
  let waiting: ReadFile[] = [];
  let waitingBytes = 0;

  /** Files whose line ends may have to be changed, all by one question. */
  async function settleWaiting(): Promise<Refusal | undefined> {
    const files = waiting;
    [waiting, waitingBytes] = [[], 0];
    const rules = await rulesOf(files.map(({ path }) => path));
    const inCommit = files.flatMap(({ path, known }) =>
      known && known.mode !== '120000' && rules.get(path) === 'auto' ? [known.oid] : [],
    );
    const blobs = await repository.readBlobs(inCommit);
    const committed = new Map(inCommit.map((oid, at) => [oid, blobs[at]]));
    for (const file of files) {
      const { path, known, content } = file;
      const bytes = normalized(content.bytes, rules.get(path), known && committed.get(known.oid));
      const fault = changes.add({ ...file, content: { ...content, bytes } });
      if (fault) return fault;
    }
    return undefined;
  }

  return {
    async take(found: Found, { known, isLink }: Candidate): Promise<Refusal | undefined> {
      if (!found.stat) return undefined;
      const isSameKind = isLink ? found.stat.isSymbolicLink() : found.stat.isFile();
      if (!isSameKind) return refuse('PATH_SPECIAL', `${found.path} became something else while it was read`);
      const content = readContent(found);
      if (content === undefined || isRefusal(content)) return content;
      filesRead += 1;
      const { mode, bytes } = content;
      const file = { path: found.path, known, content, stamp: settledStampOf(found.stat, Date.now()) };
      // A file that holds what the commit holds is unchanged, whatever a rule would make of its line ends.
      const isAsCommitted = known?.mode === mode && known.oid === oidOf(bytes);
      if (isAsCommitted || mode === '120000' || !hasCrlf(bytes)) return changes.add(file);
      waiting.push(file);
      waitingBytes += bytes.length;
      return waiting.length < batch.files && waitingBytes < batch.bytes ? undefined : settleWaiting();
    },
    async end(allowedMeta: IgnoreRules): Promise<TreeReading | Refusal> {
      return (await settleWaiting()) ?? changes.end(filesRead, allowedMeta);
    },
  };
}

/** Reads the tree; the first thing in it that may not be committed refuses it as a whole. Throws only on bugs and OutsideError. */
export async function readTree(options: TreeRead): Promise<TreeReading | Refusal> {
  const { repository, folder, index, admit, allowMeta = [], filesMax = Number.POSITIVE_INFINITY } = options;
  const ignored = await ignoreRulesOf(repository, index);
  const allowedMeta = createIgnoreRules([{ folder: '', text: allowMeta.join('\n') }]);
  const look = lookAtTree({ folder, index, admit, ignored, allowedMeta });
  if (isRefusal(look)) return look;
  const tooLarge = checkSize(look, filesMax);
  if (tooLarge) return tooLarge;
  return withTextRules(repository, index, async (rulesOf) => {
    const reading = createReading(options, look, rulesOf);
    const folders = foldersOf(look.candidates.keys());
    for (const found of walkTree(folder, (path) => folders.has(path))) {
      if (found.closed) return refuse('PATH_SPECIAL', `${found.path} is closed to the host`);
      const candidate = look.candidates.get(found.path);
      const fault = candidate && (await reading.take(found, candidate));
      if (fault) return fault;
    }
    return reading.end(allowedMeta);
  });
}
