/**
 * What the `git-ops` tool does in one turn of an approved item: the tree is read as data, and commits are ours to make.
 *
 * files -> readTree -> plan and path rules -> commit by plumbing -> event; push and pull request are intents that the
 * platform carries out: the host's tests first, then the push, then the pull request.
 */
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import { checkBase, checkBranch } from '../git/branch-rule.ts';
import { type Author, commitChanges } from '../git/commit.ts';
import { createGlob } from '../git/glob.ts';
import { checkMessage } from '../git/message-rule.ts';
import type { Repository } from '../git/repository.ts';
import { readTree, type TreeReading } from '../git/tree-read.ts';
import { restorePaths } from '../git/tree-restore.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { GitTurn } from '../tools/shipped/git-ops.ts';
import { plannedPaths } from '../work-items/plan.ts';
import type { Delivery, WorkItem } from '../work-items/work-item.ts';
import type { Drive } from './drive-item.ts';
import type { Tree } from './workspace.ts';

export interface GitTurnSettings {
  author: Author;
  signOff: boolean;
  outOfPlan: 'block' | 'warn';
  /** Patterns outside which nothing may change. */
  paths: readonly string[] | undefined;
  allowMeta: boolean;
  filesMax: number;
  linesMax: number;
}

export interface GitTurnOptions {
  settings: GitTurnSettings;
  repository: Repository;
  tree: Tree;
  drive: Drive;
  /** The sandbox's user where we are root. */
  ownerUid: number | undefined;
  crashPoints: CrashPoints;
  clock: Clock;
}

const diffCharsMax = 60_000;

export function createGitTurn(options: GitTurnOptions): GitTurn {
  const { settings, repository, tree, drive, ownerUid, crashPoints, clock } = options;
  const added = new Set<string>();
  const isAllowedPath = settings.paths?.map(createGlob);

  const baseOf = (item: WorkItem) => item.plan?.baseSha ?? tree.sha;
  const headOf = (item: WorkItem) => item.change?.sha ?? baseOf(item);

  function read(): Promise<TreeReading | Refusal> {
    const plan = drive.item().plan;
    const planned = plan ? plannedPaths(plan.plan) : new Set<string>();
    return readTree({
      repository,
      folder: tree.folder,
      index: tree.index(),
      admit: (path) => planned.has(path) || added.has(path),
      ...(settings.allowMeta ? { allowMeta: ['**'] } : {}),
    });
  }

  /** Why these paths may not change, if they may not. */
  function checkPaths(item: WorkItem, paths: readonly string[]): Refusal | undefined {
    const planned = item.plan ? plannedPaths(item.plan.plan) : new Set<string>();
    const outside = paths.filter((path) => !planned.has(path));
    if (outside.length > 0 && settings.outOfPlan === 'block') {
      return refuse('OUT_OF_PLAN', `the approved plan does not name ${outside.slice(0, 5).join(', ')}`);
    }
    const denied = isAllowedPath && paths.find((path) => !isAllowedPath.some((matches) => matches(path)));
    return denied ? refuse('TOOL_PATH', `${denied} is outside git.paths`) : undefined;
  }

  async function commit(message: string): Promise<unknown | Refusal> {
    const item = drive.item();
    const text = checkMessage(message, { workItemId: item.workItemId });
    if (isRefusal(text)) return text;
    const reading = await read();
    if (isRefusal(reading)) return reading;
    const { changes, unadmitted } = reading;
    if (changes.length === 0) return { committed: false, why: 'nothing changed', unadmitted };
    const denied = checkPaths(
      item,
      changes.map((change) => change.path),
    );
    if (denied) return denied;
    const { author, signOff, filesMax, linesMax } = settings;
    const committed = await commitChanges({
      repository,
      parents: [headOf(item)],
      against: baseOf(item),
      changes,
      message: text,
      author,
      signOff,
      at: clock.now(),
      bounds: { filesMax, linesMax },
    });
    if (isRefusal(committed)) return committed;
    crashPoints.reach('worker.commit');
    const { sha, diff } = committed;
    const summary = diff.files.map((file) => `${file.path} (+${file.added} -${file.removed})`).join('\n');
    const stored = await drive.advance({ kind: 'change-made', sha, summary, deliver: 'no' });
    if (isRefusal(stored)) return stored;
    tree.setIndex(reading.indexFor(sha));
    return { committed: true, sha, files: diff.files, unadmitted };
  }

  /** Lets the platform test and deliver the commit; answers with what came of it, or that it goes on without the model. */
  async function deliver(how: Delivery): Promise<unknown | Refusal> {
    const { change, pullRequest } = drive.item();
    if (!change) return refuse('BRANCH_FORM', 'nothing is committed yet', 'Commit first, with git-ops commit.');
    if (pullRequest && change.pushed) return { pushed: true, pullRequest: pullRequest.url };
    const wait = clock.sleep(limits.effectWaitSeconds * 1_000).then(() => 'pending' as const);
    const advanced = drive.advance({ kind: 'change-made', sha: change.sha, summary: change.summary, deliver: how });
    const done = await Promise.race([advanced, wait]);
    if (done === 'pending') return { pending: true, why: 'tests and push go on without you; you may end your turn' };
    if (isRefusal(done)) return done;
    const { item } = done;
    const tests = item.change?.tests;
    if (tests && !tests.passed && !item.change?.pushed) return { pushed: false, tests: 'failed', output: tests.output };
    if (item.refusal && !item.change?.pushed) return item.refusal;
    return { pushed: item.change?.pushed ?? false, tests: 'passed', pullRequest: item.pullRequest?.url };
  }

  function checkOurs(branch: string | undefined): Refusal | undefined {
    const item = drive.item();
    if (branch === undefined) return undefined;
    const name = checkBranch(branch, repository.branchRule(item.workItemId));
    if (isRefusal(name)) return name;
    if (name === item.branch) return undefined;
    return refuse('BRANCH_FORM', `this session's branch is ${item.branch}, not ${name}`, 'Use the session branch.');
  }

  return {
    async status() {
      const reading = await read();
      if (isRefusal(reading)) return reading;
      const { branch, change, pullRequest } = drive.item();
      const changed = reading.changes.map(({ path, deleted }) => ({ path, change: deleted ? 'deleted' : 'changed' }));
      return { branch, commit: change?.sha, pullRequest: pullRequest?.url, changed, notAdded: reading.unadmitted };
    },
    async diff() {
      const item = drive.item();
      const { files, text } = await repository.diff(baseOf(item), headOf(item), diffCharsMax);
      return { from: baseOf(item), to: headOf(item), files, text };
    },
    log: async (count) => repository.log(headOf(drive.item()), count),
    branchCreate: async (branch) => checkOurs(branch) ?? { branch: drive.item().branch, created: true },
    async restore(files) {
      const owner = ownerUid === undefined ? {} : { ownerUid };
      const refusal = await restorePaths({
        repository,
        folder: tree.folder,
        index: tree.index(),
        paths: files,
        ...owner,
      });
      return refusal ?? { restored: files };
    },
    async add(files) {
      for (const file of files) added.add(file);
      return { added: [...added] };
    },
    commit,
    push: async (branch) => checkOurs(branch) ?? deliver('push'),
    async openPullRequest({ branch, base }) {
      const wrongBase = base === undefined ? undefined : checkBase(base, repository.targetBranch);
      return checkOurs(branch) ?? wrongBase ?? deliver('pull-request');
    },
  };
}
