/**
 * Measures a session's tree of 5,000 and of 50,000 files as the product makes it, against `git worktree add` and `git clone` of the same
 * repository on the same disk; and the commit of a small change in it.
 */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../src/base/program.ts';
import { createWorkspace, type Tree } from '../src/checkout/workspace.ts';
import { commitChanges } from '../src/git/commit.ts';
import { trackingRef } from '../src/git/remote-refs.ts';
import { openRepository, type Repository } from '../src/git/repository.ts';
import { readTree } from '../src/git/tree/read.ts';
import { limits } from '../src/limits.ts';
import { isRefusal, type Refusal } from '../src/refusal.ts';
import { createSandbox } from '../src/sandbox/sandbox.ts';
import { type Measured, median, medianRatio, type Row, timed } from './measure.ts';

/** How many files, and how often each side is measured. */
const sizes = [
  { files: 5_000, rounds: 5 },
  { files: 50_000, rounds: 3 },
] as const;
const editsCount = 10;
const branch = 'bench';

const pathOf = (at: number) => `dir-${at % 500}/part-${at % 7}/file-${at}.ts`;

function must<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`${value.refused}: ${value.why}`);
  return value;
}

/** A commit with many small files, packed as after a fetch. */
async function makeCommit({ git }: Repository, files: number): Promise<string> {
  const head = `commit ${trackingRef(branch)}\ncommitter Bench <bench@localhost> 1700000000 +0000\ndata 5\nbench\n`;
  const parts = [head];
  for (let at = 0; at < files; at += 1) {
    const text = `export const value${at} = ${at};\n`.repeat(20);
    parts.push(`M 100644 inline ${pathOf(at)}\ndata ${text.length}\n${text}\n`);
  }
  await git(['fast-import', '--quiet'], { input: parts.join('') });
  const sha = (await git(['rev-parse', trackingRef(branch)])).stdout.toString().trim();
  // For those who clone it.
  await git(['update-ref', `refs/heads/${branch}`, sha]);
  return sha;
}

async function byGit(gitDir: string, ...args: readonly string[]): Promise<void> {
  const env = { PATH: '/usr/bin:/bin', HOME: gitDir, GIT_CONFIG_NOSYSTEM: '1' };
  const { code, stderr } = await runProgram({ file: '/usr/bin/git', args, env, timeoutMs: 300_000 });
  if (code !== 0) throw new Error(stderr);
}

/** Reads a tree after a few edits and commits it; returns milliseconds. */
async function commitEdits(repository: Repository, { folder, sha, index }: Tree, files: number): Promise<number> {
  for (let at = 0; at < editsCount; at += 1)
    appendFileSync(join(folder, pathOf((at * files) / editsCount)), `// ${performance.now()}\n`);
  return timed(async () => {
    const { changes } = must(await readTree({ repository, folder, index: index(), admit: () => false }));
    const { diff } = must(
      await commitChanges({
        repository,
        parents: [sha],
        changes,
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

async function measure(root: string, { files, rounds }: (typeof sizes)[number]) {
  const repository = must(
    await openRepository({
      folder: join(root, 'agent'),
      remote: { url: 'https://localhost/bench.git' },
      targetBranch: branch,
      branchPrefix: 'feature/bench-',
      allowLoopback: false,
    }),
  );
  const { gitDir } = repository;
  const sha = await makeCommit(repository, files);
  const { uid } = createSandbox({ sandboxUid: 20_001, processesMax: 1, memoryMb: limits.sandboxMemoryMb });
  // Where we are root, each file is given to the sandbox's user, as in the product.
  const ownerUid = process.getuid?.() === 0 ? uid : undefined;
  const workspace = createWorkspace({ agentId: 'bench', stateFolder: root, runFolder: root, repository, ownerUid });
  const times = { ours: [] as number[], worktree: [] as number[], clone: [] as number[], commit: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const [worktree, clone, sessionId] = [join(root, `worktree-${round}`), join(root, `clone-${round}`), `wi-${round}`];
    const add = ['--git-dir', gitDir, 'worktree', 'add', '--quiet', '--detach', worktree, sha];
    times.worktree.push(await timed(() => byGit(gitDir, ...add)));
    const wanted = { sessionId, sha, branch, keep: false, last: undefined };
    let tree: Tree | undefined;
    times.ours.push(
      await timed(async () => {
        tree = must(await workspace.prepare(wanted));
      }),
    );
    times.clone.push(await timed(() => byGit(gitDir, 'clone', '--quiet', '--branch', branch, gitDir, clone)));
    if (tree) times.commit.push(await commitEdits(repository, tree, files));
    for (const done of [worktree, clone]) rmSync(done, { recursive: true });
    workspace.drop(sessionId);
  }
  return times;
}

/** `treeRatio` is our time divided by that of `git worktree add` for 50,000 files; `commit50kMs` our commit of ten edits among them. */
export async function benchWorkspace(): Promise<Measured> {
  const rows: Row[] = [];
  const medians: Record<string, number> = {};
  for (const size of sizes) {
    const root = mkdtempSync(join(tmpdir(), 'jvagent-bench-'));
    const name = `${size.files / 1_000}k`;
    try {
      const { ours, worktree, clone, commit } = await measure(root, size);
      const tree = { what: `tree of ${name} files, ms`, values: ours };
      rows.push({ ...tree, beside: { what: 'git worktree add', values: worktree } });
      rows.push({ ...tree, beside: { what: 'git clone', values: clone } });
      rows.push({ what: `commit of ${editsCount} edits in ${name} files, ms`, values: commit });
      medians[`tree${name}Ratio`] = medianRatio(ours, worktree);
      medians[`clone${name}Ratio`] = medianRatio(ours, clone);
      medians[`commit${name}Ms`] = median(commit);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  const { tree50kRatio: treeRatio, ...others } = medians;
  return { medians: { treeRatio: treeRatio ?? Number.NaN, ...others }, rows };
}
