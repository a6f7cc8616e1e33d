/**
 * Makes a commit out of changes that are data, by plumbing alone.
 *
 * read-tree -> LFS check -> hash-object -> update-index -> write-tree -> bounds -> commit-tree
 */
import { join } from 'node:path';
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
  /** Added and removed lines together. */
  linesMax: number;
}

export interface CommitRequest {
  repository: Repository;
  /** The first is the branch's head; a second one is the base that was merged in. */
  parents: readonly [string, ...string[]];
  /** The commit or tree that `changes` are against; the first parent unless a merge was written into the tree. */
  onto?: string;
  /** What the whole change is measured against for its bounds and its diff; the first parent unless given. */
  against?: string;
  changes: readonly Change[];
  /** As `checkMessage` returned it. */
  message: string;
  author: Author;
  signOff: boolean;
  /** Milliseconds since 1970; the same inputs at the same time give the same sha. */
  at: number;
  bounds: DiffBounds;
}

export interface Committed {
  /** The first parent itself when nothing differs from it. */
  sha: string;
  diff: Diff;
}

/** Blobs written at once, each by a process. */
const writersMax = 8;

/** Which of these paths the commit's own attributes keep in Git LFS; git asks its index, no folder. */
async function findLfs({ repository }: CommitRequest, indexFile: string, paths: readonly string[]) {
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

/** Index lines for the changes; removals first, so that a folder may stand where a file stood. */
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

/** The tree with the changes in it. */
async function writeChanged(request: CommitRequest): Promise<string | Refusal> {
  const { repository, changes, parents, onto = parents[0] } = request;
  return repository.withScratch(async (scratch) => {
    const indexFile = join(scratch, 'index');
    const env = { GIT_INDEX_FILE: indexFile };
    await repository.git(['read-tree', '--end-of-options', onto], { env });
    const lfs = await findLfs(
      request,
      indexFile,
      changes.map(({ path }) => path),
    );
    if (lfs !== undefined) return refuse('PATH_LFS', `${lfs} is kept in Git LFS`);
    const input = await indexLines(request);
    await repository.git(['update-index', '-z', '--add', '--replace', '--index-info'], { env, input });
    return (await repository.git(['write-tree'], { env })).stdout.toString().trim();
  });
}

/** Refuses a change that is larger than people agreed to review. */
function checkBounds(diff: Diff, { filesMax, linesMax }: DiffBounds): Refusal | undefined {
  const lines = diff.files.reduce((sum, { added, removed }) => sum + added + removed, 0);
  if (diff.files.length > filesMax) return refuse('DIFF_FILES', `${diff.files.length} files changed, ${filesMax} may`);
  if (lines > linesMax) return refuse('DIFF_LINES', `${lines} lines changed, ${linesMax} may`);
  if (diff.bytes > limits.diffBytesMax) {
    return refuse('DIFF_BYTES', `${diff.bytes} bytes changed, ${limits.diffBytesMax} may`);
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

/** Commits; no ref is moved, the sha is all there is of it until it is pushed. */
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
