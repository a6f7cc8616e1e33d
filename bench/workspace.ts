/** Measures a tree of 50,000 files: writing it, compared with `git worktree add`, and committing it after ten edits. */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../src/base/program.ts';
import { commitChanges } from '../src/git/commit.ts';
import { openRepository, type Repository } from '../src/git/repository.ts';
import { readTree } from '../src/git/tree/read.ts';
import { loadIndex } from '../src/git/tree/stat-index.ts';
import { writeTree } from '../src/git/tree/write.ts';
import { isRefusal, type Refusal } from '../src/refusal.ts';
import { median } from './median.ts';

const filesCount = 50_000;
const editsCount = 10;
const rounds = 3;

const pathOf = (at: number) => `dir-${at % 500}/part-${at % 7}/file-${at}.ts`;

function must<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`${value.refused}: ${value.why}`);
  return value;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** A commit with many small files, packed as after a fetch. */
async function makeCommit({ git }: Repository): Promise<string> {
  const parts = ['commit refs/heads/bench\ncommitter Bench <bench@localhost> 1700000000 +0000\ndata 5\nbench\n'];
  for (let at = 0; at < filesCount; at += 1) {
    const text = `export const value${at} = ${at};\n`.repeat(20);
    parts.push(`M 100644 inline ${pathOf(at)}\ndata ${text.length}\n${text}\n`);
  }
  await git(['fast-import', '--quiet'], { input: parts.join('') });
  return (await git(['rev-parse', 'refs/heads/bench'])).stdout.toString().trim();
}

async function addWorktree(gitDir: string, folder: string, sha: string): Promise<void> {
  const { code, stderr } = await runProgram({
    file: '/usr/bin/git',
    args: ['--git-dir', gitDir, 'worktree', 'add', '--quiet', '--detach', folder, sha],
    env: { PATH: '/usr/bin:/bin', HOME: gitDir, GIT_CONFIG_NOSYSTEM: '1' },
    timeoutMs: 120_000,
  });
  if (code !== 0) throw new Error(stderr);
}

/** Reads a tree after a few edits and commits it; returns milliseconds. */
async function commitEdits(repository: Repository, sha: string, folder: string, indexFile: string): Promise<number> {
  for (let at = 0; at < editsCount; at += 1)
    appendFileSync(join(folder, pathOf(at * 1_000)), `// ${performance.now()}\n`);
  return timed(async () => {
    const reading = must(await readTree({ repository, folder, index: loadIndex(indexFile), admit: () => false }));
    const { diff } = must(
      await commitChanges({
        repository,
        parents: [sha],
        changes: reading.changes,
        message: 'perf: measure (#1)',
        author: { name: 'Bench', email: 'bench@localhost' },
        signOff: false,
        at: 0,
        bounds: { filesMax: editsCount, linesMax: 1_000 },
      }),
    );
    if (diff.files.length !== editsCount) throw new Error(`${diff.files.length} files were committed`);
  });
}

/** `treeRatio` is our time divided by git's for the same commit; both are medians. */
export async function benchWorkspace(): Promise<{ treeRatio: number; commit50kMs: number }> {
  const root = mkdtempSync(join(tmpdir(), 'jvagent-bench-'));
  try {
    const repository = must(
      await openRepository({
        folder: join(root, 'agent'),
        remote: { url: 'https://localhost/bench.git' },
        targetBranch: 'bench',
        branchPrefix: 'feature/bench-',
        allowLoopback: false,
      }),
    );
    const sha = await makeCommit(repository);
    const [ours, theirs, commits]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      const [folder, indexFile] = [join(root, `tree-${round}`), join(root, `index-${round}.json`)];
      const worktree = join(root, `worktree-${round}`);
      theirs.push(await timed(() => addWorktree(repository.gitDir, worktree, sha)));
      ours.push(await timed(async () => must(await writeTree({ repository, rev: sha, folder, indexFile }))));
      commits.push(await commitEdits(repository, sha, folder, indexFile));
      for (const done of [folder, worktree]) rmSync(done, { recursive: true });
    }
    return { treeRatio: median(ours) / median(theirs), commit50kMs: median(commits) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
