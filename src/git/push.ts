/**
 * Pushes one exact commit to one exact branch, with a permit and a lease, and detects a push that was already done.
 *
 * branch rule -> what is at the remote? -> permit spent -> push -> outcome in the remote's own words
 */

import { OutsideError, type OutsideErrorFacts } from '../base/errors.ts';
import type { ProgramResult } from '../base/program.ts';
import type { Redact } from '../base/redact.ts';
import { startOf } from '../documents/cut.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { Permit } from '../work-items/gate/permit.ts';
import { checkBranch } from './branch-rule.ts';
import { gitFailure } from './git-program.ts';
import { isAboutContent } from './push-refusal.ts';
import type { Repository } from './repository.ts';

export interface PushRequest {
  repository: Repository;
  sha: string;
  branch: string;
  /** The commit of the branch at the last fetch; absent if the branch must not exist yet. */
  expected?: string;
  /** The remote may quote what it refuses, and people and the model are shown its words. */
  redact?: Redact;
}

export interface Pushed {
  /** Whether the branch was at this commit before. */
  already: boolean;
}

const request = 'git push';

function fault(message: string, facts: Omit<OutsideErrorFacts, 'system' | 'request'>): OutsideError {
  return new OutsideError(`git push: ${message}`, { system: 'git', request, ...facts });
}

/** What the remote said: the lines that git marks with `remote:`. */
function remoteWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.startsWith('remote:'));
  const words = lines.map((line) => line.slice('remote:'.length).trim()).join('\n');
  return startOf(words.trim(), 2_000);
}

/** What `git push --porcelain` reports about our ref; undefined if the remote did not get that far. */
function rejection(
  { stdout, stderr }: ProgramResult,
  { branch, redact = (text) => text }: PushRequest,
): OutsideError | undefined {
  const line = stdout
    .toString('utf8')
    .split('\n')
    .find((it) => it.startsWith('!\t'));
  const summary = line?.split('\t')[2] ?? '';
  if (!/^\[(remote )?rejected\]/.test(summary)) return undefined;
  const words = redact(remoteWords(stderr)) || summary;
  if (/^\[rejected\]|cannot lock ref/.test(`${summary}\n${words}`)) {
    return fault(`${branch} is not where it was: ${words}`, { kind: 'conflict' });
  }
  const typeKey = isAboutContent(summary, remoteWords(stderr)) ? 'PUSH_CONTENT' : 'PUSH_REJECTED';
  return fault(`the remote refused ${branch}: ${words}`, { kind: 'refused', typeKey });
}

function pushArgs({ repository, sha, branch, expected = '' }: PushRequest): string[] {
  const ref = `refs/heads/${branch}`;
  return [
    'push',
    '--porcelain',
    '--no-verify',
    '--no-follow-tags',
    '--no-signed',
    '--recurse-submodules=no',
    '--atomic',
    `--force-with-lease=${ref}:${expected}`,
    '--end-of-options',
    repository.access.url,
    `${sha}:${ref}`,
  ];
}

/** With a lease alone we could overwrite people's commits that we have seen, so our commit must contain them. */
async function checkHistory({ repository, sha, expected }: PushRequest): Promise<void> {
  if (!(await repository.contains(sha))) throw new Error(`bug: ${sha} is not a commit of this repository`);
  if (expected === undefined) return;
  const known = await repository.contains(expected);
  if (known && (await repository.isAncestor(expected, sha))) return;
  throw fault(`${sha} does not contain ${expected}`, { kind: 'conflict' });
}

/**
 * Spends the permit and pushes. Throws OutsideError: `conflict` if the branch is at another commit, `refused` with the
 * remote's own words (PUSH_CONTENT where they are about the commits, else PUSH_REJECTED), `auth`, or what kept us from reaching it; `maybeDone` when only the answer is missing.
 */
export async function push(permit: Permit, asked: PushRequest): Promise<Pushed | Refusal> {
  const { repository, sha, branch } = asked;
  const { workItemId } = permit.binding;
  const name = checkBranch(branch, repository.branchRule(workItemId));
  if (isRefusal(name)) return name;
  const before = await repository.remoteHead(branch);
  if (before === sha) return { already: true };
  if (before !== asked.expected) {
    throw fault(`${branch} is at ${before ?? 'no commit'}, not at ${asked.expected ?? 'no commit'}`, {
      kind: 'conflict',
    });
  }
  await checkHistory(asked);
  const refusal = permit.spend(['push'], { sha, branch });
  if (refusal) return refusal;
  try {
    const args = pushArgs(asked);
    const done = await repository.git(args, { env: repository.access.env, okCodes: [0, 1] });
    if (done.code === 0) return { already: false };
    throw rejection(done, asked) ?? gitFailure(args, done, done.stderr);
  } catch (error) {
    if (!(error instanceof OutsideError) || (!error.retryable && error.facts.kind !== 'conflict')) throw error;
    // The push may be done although its answer was lost, or a git process that outlived its worker may have done it.
    const after = await repository.remoteHead(branch).catch(() => undefined);
    if (after === sha) return { already: false };
    if (!error.retryable) throw error;
    throw new OutsideError(error.message, { ...error.facts, request, maybeDone: true }, { cause: error });
  }
}
