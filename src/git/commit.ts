/**
 * Creates a commit from changes given as data, using only git's plumbing.
 *
 * read-tree -> LFS check -> hash-object -> update-index -> write-tree -> bounds -> commit-tree
 */

import { join } from 'node:path';
import { countOf } from '../base/text/count-of.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { Change } from './change.ts';
import type { Diff } from './diff.ts';
import { records } from './git-program.ts';
import type { Repository } from './repository.ts';

export interface Author {
  name: string;
  email: string;
}

export interface DiffBounds {
  filesMax: number;
  /** The maximum number of added and removed lines together. */
  linesMax: number;
}

export interface CommitRequest {
  repository: Repository;
  /** The first is the head of the branch; a second one is the merged base. */
  parents: readonly [string, ...string[]];
  /** The commit or tree that `changes` are relative to; by default the first parent, unless the tree contains a merge. */
  onto?: string;
  /** The base for the limits and the diff of the whole change; by default the first parent. */
  against?: string;
  changes: readonly Change[];
  /** The message that `checkMessage` returned. */
  message: string;
  author: Author;
  signOff: boolean;
  /** Milliseconds since 1970; the same inputs at the same time give the same sha. */
  at: number;
  bounds: DiffBounds;
  /** Whether changed files of Git LFS are taken as they are: for a commit that is never pushed. */
  takesLfs?: boolean;
}

export interface Committed {
  /** The first parent itself if nothing changed. */
  sha: string;
  diff: Diff;
}

/** How many blobs are written in parallel, each by a process. */
const writersMax = 8;

/** The first of these paths that the commit's attributes put into Git LFS; git reads the index, not a folder. */
async function findLfs({ repository }: CommitRequest, indexFile: string, paths: readonly string[]) {
  if (paths.length === 0) return undefined;
  const { stdout } = await repository.git(['check-attr', '--cached', '-z', '--stdin', 'filter'], {
    env: { GIT_INDEX_FILE: indexFile },
    input: paths.map((path) => `${path}\0`).join(''),
  });
  const answers = records(stdout);
  return answers.find((_, at) => at % 3 === 0 && answers[at + 2] === 'lfs');
}

async function writeBlob({ git }: Repository, bytes: Buffer): Promise<string> {
  const { stdout } = await git(['hash-object', '-w', '--no-filters', '--stdin'], { input: bytes });
  return stdout.toString().trim();
}

/** Index lines for the changes; removals come first, so that a folder can replace a file. */
async function indexLines({ repository, changes }: CommitRequest): Promise<string> {
  const lines = changes.flatMap((change) => (change.deleted ? `0 ${'0'.repeat(40)}\t${change.path}\0` : []));
  const kept = changes.filter((change) => !change.deleted);
  for (let at = 0; at < kept.length; at += writersMax) {
    const part = kept.slice(at, at + writersMax);
    const oids = await Promise.all(part.map(({ bytes }) => writeBlob(repository, bytes)));
    lines.push(...part.map(({ mode, path }, n) => `${mode} ${oids[n]}\t${path}\0`));
  }
  return lines.join('');
}

/** The tree with the changes. */
async function writeChanged(request: CommitRequest): Promise<string | Refusal> {
  const { repository, changes, parents, onto = parents[0], takesLfs = false } = request;
  return repository.withScratch(async (scratch) => {
    const indexFile = join(scratch, 'index');
    const env = { GIT_INDEX_FILE: indexFile };
    await repository.git(['read-tree', '--end-of-options', onto], { env });
    const written = takesLfs ? [] : changes.filter(({ deleted }) => !deleted).map(({ path }) => path);
    const lfs = await findLfs(request, indexFile, written);
    if (lfs !== undefined) return refuse('PATH_LFS', `${lfs} is stored in Git LFS`);
    const input = await indexLines(request);
    await repository.git(['update-index', '-z', '--add', '--replace', '--index-info'], { env, input });
    return (await repository.git(['write-tree'], { env })).stdout.toString().trim();
  });
}

/** Refuses a change that is larger than the configured limits. */
function checkBounds(diff: Diff, { filesMax, linesMax }: DiffBounds): Refusal | undefined {
  const lines = diff.files.reduce((sum, { added, removed }) => sum + added + removed, 0);
  if (diff.files.length > filesMax)
    return refuse('DIFF_FILES', `${countOf(diff.files.length, 'file')} changed, at most ${filesMax} are allowed`);
  if (lines > linesMax)
    return refuse('DIFF_LINES', `${countOf(lines, 'line')} changed, at most ${linesMax} are allowed`);
  if (diff.bytes > limits.diffBytesMax) {
    return refuse('DIFF_BYTES', `${diff.bytes} bytes changed, at most ${limits.diffBytesMax} are allowed`);
  }
  return undefined;
}

function identity({ name, email }: Author, at: number): Record<string, string> {
  const plain = (text: string) => text.replace(/[\p{Cc}<>]/gu, '').trim();
  const date = `@${Math.floor(at / 1_000)} +0000`;
  return {
    GIT_AUTHOR_NAME: plain(name),
    GIT_AUTHOR_EMAIL: plain(email),
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: plain(name),
    GIT_COMMITTER_EMAIL: plain(email),
    GIT_COMMITTER_DATE: date,
  };
}

/** Creates the commit without moving a ref: until it is pushed, only its sha is known. */
export async function commitChanges(request: CommitRequest): Promise<Committed | Refusal> {
  const { repository, parents, message, author, signOff, at } = request;
  const tree = await writeChanged(request);
  if (isRefusal(tree)) return tree;
  const diff = await repository.diff(request.against ?? parents[0], tree);
  const fault = checkBounds(diff, request.bounds);
  if (fault) return fault;
  const [parentTree] = (await repository.git(['rev-parse', '--verify', `${parents[0]}^{tree}`])).stdout
    .toString()
    .split('\n');
  if (parentTree === tree && parents.length === 1) return { sha: parents[0], diff };
  const env = identity(author, at);
  const trailer = signOff ? `\n\nSigned-off-by: ${env.GIT_AUTHOR_NAME} <${env.GIT_AUTHOR_EMAIL}>` : '';
  const { stdout } = await repository.git(['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])], {
    env,
    input: `${message}${trailer}\n`,
  });
  return { sha: stdout.toString().trim(), diff };
}
