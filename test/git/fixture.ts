/** A remote served by a real git over HTTP, an agent's repository on it, and a tree written from it. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { git } from '../../emulators/git-http/git.ts';
import { createGitHttp } from '../../emulators/git-http/git-http.ts';
import { listen, type Respond } from '../../src/base/http.ts';
import { runProgram } from '../../src/base/program.ts';
import { type CommitRequest, commitChanges } from '../../src/git/commit.ts';
import { openRepository, type Repository, type RepositoryOptions } from '../../src/git/repository.ts';
import { readTree, type TreeRead, type TreeReading } from '../../src/git/tree/read.ts';
import { loadIndex, storeIndex } from '../../src/git/tree/stat-index.ts';
import { writeTree } from '../../src/git/tree/write.ts';
import { isRefusal, type Refusal } from '../../src/refusal.ts';

export type Files = Record<string, string | Buffer | { mode: string; content: string | Buffer }>;

/** A customer's branch with everything in it that needs care. */
export const sampleFiles: Files = {
  '.gitattributes': '[attr]big filter=lfs diff=lfs -text\n*.psd big\n*.txt text eol=crlf filter=x\n',
  '.gitignore': 'out/\n*.tmp\nkept/*\n',
  'src/a.txt': 'one\ntwo\n',
  'src/deep/er/b.js': 'b\n',
  'script.sh': { mode: '100755', content: '#!/bin/sh\n' },
  'crlf.txt': 'a\r\nb\n',
  'art.psd': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
  link: { mode: '120000', content: 'src/a.txt' },
  'src/outside': { mode: '120000', content: '/etc/passwd' },
  vendor: { mode: '160000', content: '1'.repeat(40) },
  'kept/in.txt': 'tracked although ignored\n',
  'od d/ü"x.txt': 'odd\n',
};

export const token = 'acme-token-5f1c';
export const author = { name: 'Acme Agent', email: 'agent@acme.test' };

/** The value of something that must not be a refusal. */
export function accepted<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`refused: ${value.refused}: ${value.why}`);
  return value;
}

export function codeOf(value: unknown): string | undefined {
  return isRefusal(value) ? value.refused : undefined;
}

function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** Commits `files` on top of the branch, a null removes one; for repositories that a test owns. */
export async function commitFiles(
  directory: string,
  branch: string,
  files: Record<string, Files[string] | null>,
  parent?: string,
): Promise<string> {
  const parts: Buffer[] = [];
  const put = (text: string | Buffer) => parts.push(Buffer.from(text));
  put(`commit refs/heads/${branch}\ncommitter People <people@acme.test> 1700000000 +0000\ndata 5\nseed\n`);
  if (parent) put(`from ${parent}\n`);
  for (const [path, value] of Object.entries(files)) {
    if (value === null) {
      put(`D ${quoted(path)}\n`);
      continue;
    }
    const plain = typeof value === 'string' || Buffer.isBuffer(value);
    const { mode, content } = plain ? { mode: '100644', content: value } : value;
    const bytes = Buffer.from(content);
    if (mode === '160000') put(`M 160000 ${content} ${quoted(path)}\n`);
    else {
      put(`M ${mode} inline ${quoted(path)}\ndata ${bytes.length}\n`);
      put(bytes);
      put('\n');
    }
  }
  await git(directory, ['fast-import', '--quiet', '--force'], { input: Buffer.concat(parts) });
  return git(directory, ['rev-parse', `refs/heads/${branch}`]);
}

export async function makeBare(directory: string): Promise<void> {
  await git(directory, ['init', '--quiet', '--bare', '--initial-branch=main']);
}

/** Plain git as a person would start it in a folder, with nothing held back: what the controls use. */
export async function plainGit(folder: string, args: readonly string[], env: Record<string, string> = {}) {
  return runProgram({
    file: '/usr/bin/git',
    args,
    cwd: folder,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: join(folder, '..'),
      GIT_AUTHOR_NAME: 'p',
      GIT_AUTHOR_EMAIL: 'p@p.test',
      GIT_COMMITTER_NAME: 'p',
      GIT_COMMITTER_EMAIL: 'p@p.test',
      GIT_TERMINAL_PROMPT: '0',
      ...env,
    },
    timeoutMs: 20_000,
  });
}

/** A program in `root` that marks that it was started, and where the mark is; `cat` makes it pass as a filter. */
export function createCanary(root: string, last: 'cat' | 'exit 1' = 'cat') {
  const mark = join(root, 'canary.fired');
  const program = join(root, 'canary.sh');
  writeFileSync(program, `#!/bin/sh\necho "$@" >> ${mark}\n${last}\n`);
  chmodSync(program, 0o755);
  return { program, mark, fired: () => existsSync(mark), reset: () => rmSync(mark, { force: true }) };
}

/** A git program that notes each start (its arguments and environment) and then is git. */
export function createCountingGit(root: string) {
  const log = join(root, 'git-starts.log');
  const file = join(root, 'counting-git');
  writeFileSync(file, `#!/bin/sh\n{ echo "start $*"; env | sed 's/^/env /'; } >> ${log}\nexec /usr/bin/git "$@"\n`);
  chmodSync(file, 0o755);
  const lines = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n') : []);
  return {
    file,
    starts: (word: string) => lines().filter((line) => line.startsWith('start ') && line.includes(` ${word} `)).length,
    environmentNames: () =>
      new Set(lines().flatMap((line) => (line.startsWith('env ') ? (line.slice(4).split('=')[0] ?? '') : []))),
    text: () => lines().join('\n'),
    reset: () => rmSync(log, { force: true }),
  };
}

/** Writes a file as an agent would, with the folders above it. */
export function write({ folder }: { folder: string }, path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

export interface Fixture {
  root: string;
  remote: string;
  url: string;
  base: string;
  repository: Repository;
  /** Writes a fresh tree of a commit; reading and committing go through its stored index. */
  tree(rev?: string): Promise<TreeFixture>;
  open(options?: Partial<RepositoryOptions>): Promise<Repository>;
  close(): Promise<void>;
}

export interface TreeFixture {
  folder: string;
  indexFile: string;
  read(options?: Partial<TreeRead>): Promise<TreeReading | Refusal>;
  /** Reads and commits on top of `parent`; everything new is admitted unless said otherwise. */
  commit(
    parent: string,
    options?: Partial<TreeRead>,
    request?: Partial<CommitRequest>,
  ): ReturnType<typeof commitChanges>;
}

async function createTree(repository: Repository, root: string, rev: string): Promise<TreeFixture> {
  const home = mkdtempSync(join(root, 'tree-'));
  const folder = join(home, 'tree');
  const indexFile = join(home, 'index.json');
  accepted(await writeTree({ repository, rev, folder, indexFile }));
  const read = (options: Partial<TreeRead> = {}) =>
    readTree({ repository, folder, index: loadIndex(indexFile), admit: () => true, ...options });
  return {
    folder,
    indexFile,
    read,
    async commit(parent, options, request = {}) {
      const reading = await read(options);
      if (isRefusal(reading)) return reading;
      const made = await commitChanges({
        repository,
        parents: [parent],
        changes: reading.changes,
        message: 'feat: change things (#123)',
        author,
        signOff: false,
        at: 1_700_000_000_000,
        bounds: { filesMax: 1_000, linesMax: 100_000 },
        ...request,
      });
      if (!isRefusal(made)) storeIndex(indexFile, reading.indexFor(made.sha));
      return made;
    },
  };
}

export interface FixtureOptions extends Partial<RepositoryOptions> {
  wrap?: (handler: Respond) => Respond;
}

/** The remote's `customer/acme` holds `files`; `main` is its default branch and holds something else. */
export async function createFixture(files: Files, options: FixtureOptions = {}): Promise<Fixture> {
  const { wrap = (handler) => handler, ...repositoryOptions } = options;
  const root = mkdtempSync(join(tmpdir(), 'jvagent-git-'));
  const remote = join(root, 'remote.git');
  await makeBare(remote);
  await commitFiles(remote, 'main', { 'README.md': 'product\n' });
  const base = await commitFiles(remote, 'customer/acme', files);
  const people = [{ login: 'agent', token, push: true, protectedBranches: ['main', 'feature/acme-666*'] }];
  const server = await listen(
    wrap(createGitHttp({ repositories: [{ path: '/acme/app.git', directory: remote, people }] })),
  );
  const url = `${server.url}/acme/app.git`;
  const open = async (more: Partial<RepositoryOptions> = {}) =>
    accepted(
      await openRepository({
        folder: join(root, 'agent'),
        remote: { url, token },
        targetBranch: 'customer/acme',
        branchPrefix: 'feature/acme-',
        allowLoopback: true,
        ...repositoryOptions,
        ...more,
      }),
    );
  const repository = await open();
  await repository.fetch();
  return {
    root,
    remote,
    url,
    base,
    repository,
    open,
    tree: (rev = base) => createTree(repository, root, rev),
    async close() {
      await server.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
