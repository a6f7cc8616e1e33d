/**
 * What the `git-ops` tool does in one turn of an approved item; names of branches and paths are the model's, unchecked.
 *
 * Commits are made here. Push and pull request are intents that the platform carries out: the host's tests first, then the
 * push, then the pull request.
 */

import type { Redact } from '../../../base/redact.ts';
import { checkBase, checkBranch } from '../../../git/branch-rule.ts';
import { restorePaths } from '../../../git/tree/restore.ts';
import { limits } from '../../../limits.ts';
import { isRefusal, type Refusal, refuse } from '../../../refusal.ts';
import type { GitTurn } from '../../../tools/shipped/git-ops.ts';
import type { CommitGoal, PullRequestWords } from '../../../work-items/work-item.ts';
import { commitWork, type GitWork, headOf, readWork, someOf } from './git-commit.ts';

const diffBytesMax = 60_000;

/** Only the session's own branch exists for a turn. */
function checkOurs({ turn, drive }: GitWork, branch: string | undefined): Refusal | undefined {
  if (branch === undefined) return undefined;
  const item = drive.item();
  const name = checkBranch(branch, turn.connections.repository.branchRule(item.workItemId));
  if (isRefusal(name)) return name;
  const ours = item.change?.branch;
  if (name === ours) return undefined;
  return refuse('BRANCH_FORM', `this session's branch is ${ours}, not ${name}`, 'Use the session branch.');
}

/** Lets the platform test and deliver the commit; returns the result, or that the platform continues without the model. */
async function deliver(
  { turn, drive }: GitWork,
  how: CommitGoal,
  words?: PullRequestWords,
): Promise<unknown | Refusal> {
  const { change, review } = drive.item();
  const { commit } = change ?? {};
  if (!commit) return refuse('BRANCH_FORM', 'nothing is committed yet', 'Commit first, with git-ops commit.');
  if (review && commit.pushed) return { pushed: true, pullRequest: review.url };
  const wait = turn.clock.sleep(limits.effectWaitSeconds * 1_000).then(() => 'pending' as const);
  const made = { kind: 'change-made', sha: commit.sha, summary: commit.summary, deliver: how } as const;
  const advanced = drive.advance({ ...made, ...(words ? { words } : {}) });
  const done = await Promise.race([advanced, wait]);
  if (done === 'pending') return { pending: true, why: 'Tests and push continue without you. End your turn.' };
  if (isRefusal(done)) return done;
  const { item } = done;
  const { tests, pushed = false } = item.change?.commit ?? {};
  if (tests && !tests.passed && !pushed) return { pushed: false, tests: 'failed', output: tests.output };
  if (item.refusal && !pushed) return item.refusal;
  // The item went back to planning: what it waits for is what the next turn is told.
  if (!pushed && item.hint !== undefined) return { pushed, why: item.hint, next: 'End your turn.' };
  return { pushed, tests: 'passed', pullRequest: item.review?.url };
}

/** Undefined where the model gave none: what it said before stays. */
function wordsOf(redact: Redact, title = '', body = ''): PullRequestWords | undefined {
  if (title.trim() === '' && body.trim() === '') return undefined;
  return {
    ...(title.trim() === '' ? {} : { title: redact(title) }),
    ...(body.trim() === '' ? {} : { body: redact(body) }),
  };
}

async function statusOf(work: GitWork): Promise<unknown | Refusal> {
  const reading = await readWork(work);
  if (isRefusal(reading)) return reading;
  const { change, review } = work.drive.item();
  const changed = reading.changes.map(({ path, deleted }) => ({ path, change: deleted ? 'deleted' : 'changed' }));
  const facts = { branch: change?.branch, commit: change?.commit?.sha, pullRequest: review?.url };
  return { ...facts, changed, notAdded: someOf(reading.unadmitted) };
}

/** `ownerUid` is the sandbox's user where we are root. */
export function createGitTurn(work: GitWork, ownerUid: number | undefined): GitTurn {
  const { turn, tree, drive } = work;
  const { repository } = turn.connections;
  return {
    status: () => statusOf(work),
    async diff(paths = []) {
      const [from, to] = [tree.base, headOf(work).sha];
      const { files, text, cut } = await repository.diff(from, to, { textBytesMax: diffBytesMax, paths });
      return { from, to, files, text, ...(cut ? { cut: 'the text is cut: name fewer files' } : {}) };
    },
    log: async (count) => repository.log(headOf(work).sha, count),
    branchCreate: async (branch) => checkOurs(work, branch) ?? { branch: drive.item().change?.branch, created: true },
    async restore(paths) {
      const owner = ownerUid === undefined ? {} : { ownerUid };
      const place = { repository, folder: tree.folder, index: tree.index() };
      return (await restorePaths({ ...place, paths, ...owner })) ?? { restored: paths };
    },
    async add(files) {
      for (const file of files) work.added.add(file);
      return { added: [...work.added] };
    },
    commit: (message) => commitWork(work, message),
    push: async (branch) => checkOurs(work, branch) ?? deliver(work, 'push'),
    async openPullRequest({ branch, base, title, body }) {
      const wrongBase = base === undefined ? undefined : checkBase(base, repository.targetBranch);
      return checkOurs(work, branch) ?? wrongBase ?? deliver(work, 'pull-request', wordsOf(turn.redact, title, body));
    },
  };
}
