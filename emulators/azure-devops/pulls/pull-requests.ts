/**
 * The operations on pull requests, used by both the API and the pages.
 *
 * create, new commits -> queued -> trial merge: succeeded or conflicts
 * complete -> queued -> policy -> the real merge by git -> completed; work items moved, source branch deleted
 *
 * Queued work is executed when the pull request is next read, after its delay. Each function runs
 * in the queue of its repository.
 */

import { errors } from '../api/errors.ts';
import type { Person } from '../model.ts';
import type { Tenant } from '../tenant.ts';
import { needContribute, refusalOf } from './code-repository.ts';
import { pullErrors } from './pull-errors.ts';
import { attemptMerge } from './pull-merge.ts';
import type { CodeRepository, Completion, PullRequest, Reviewer, Thread, ThreadComment, Vote } from './pull-model.ts';

/** How long a queued merge takes, in milliseconds. */
export const mergeMs = 30;

const allPulls = (tenant: Tenant): PullRequest[] => tenant.repositories.flatMap(({ pulls }) => pulls);

function queueMerge(tenant: Tenant, pull: PullRequest): void {
  for (const key of ['mergeSha', 'mergeFailure', 'completion'] as const) delete pull[key];
  Object.assign(pull, { mergeStatus: 'queued', queuedAt: tenant.now() });
}

/** Updates an active pull request from its branches, and advances its merge by one step. */
async function refresh(tenant: Tenant, pull: PullRequest): Promise<PullRequest> {
  if (pull.status !== 'active') return pull;
  const branches = await pull.repository.git.branches();
  const sourceSha = branches.get(pull.source) ?? pull.sourceSha;
  const targetSha = branches.get(pull.target) ?? pull.targetSha;
  if (sourceSha !== pull.sourceSha) pull.iterations.push({ sourceSha, at: tenant.nextTime() });
  if (sourceSha !== pull.sourceSha || targetSha !== pull.targetSha) {
    Object.assign(pull, { sourceSha, targetSha });
    queueMerge(tenant, pull);
  }
  const isDue = pull.mergeStatus === 'queued' && tenant.now() - pull.queuedAt >= mergeMs;
  if (!isDue) return pull;
  const by = pull.completion?.by ?? pull.createdBy;
  await attemptMerge(tenant, pull);
  tenant.tellPull({ pull, by, kind: 'merged' });
  // A completion has its own event, in addition to the merge, which may have been a trial.
  if (pull.closedAt !== undefined) tenant.tellPull({ pull, by, kind: 'updated' });
  return pull;
}

/** All pull requests of the repository, newest first. */
export function listPulls(tenant: Tenant, repository: CodeRepository): Promise<PullRequest[]> {
  return repository.serially(async () => {
    for (const pull of repository.pulls) await refresh(tenant, pull);
    return repository.pulls.toReversed();
  });
}

/** The current pull request; TF401180 if it does not exist or belongs to another repository. */
export function readPull(tenant: Tenant, id: number, repository?: CodeRepository): Promise<PullRequest> {
  const pull = allPulls(tenant).find((each) => each.id === id);
  if (!pull || (repository && pull.repository !== repository)) throw pullErrors.missingPull();
  return pull.repository.serially(() => refresh(tenant, pull));
}

export interface NewPull {
  title: string;
  description: string;
  source: string;
  target: string;
  isDraft: boolean;
  reviewers: readonly Person[];
  labels: readonly string[];
}

/** The reviewers that the caller names, and those that policies demand. */
function firstReviewers({ requiredReviewers }: CodeRepository, { reviewers, target }: NewPull): Reviewer[] {
  const policies = requiredReviewers.filter(({ branch }) => branch === undefined || branch === target);
  const required = new Set(policies.flatMap((policy) => policy.reviewers));
  return [...new Set([...reviewers, ...required])].map((person) =>
    required.has(person) ? { person, vote: 0, isRequired: true } : { person, vote: 0 },
  );
}

/** Accepts a pull request without changes, like Azure Repos. */
export function createPull(
  tenant: Tenant,
  repository: CodeRepository,
  by: Person,
  wanted: NewPull,
): Promise<PullRequest> {
  needContribute(by, 'PullRequestContribute');
  return repository.serially(async () => {
    const branches = await repository.git.branches();
    const [sourceSha, targetSha] = [branches.get(wanted.source), branches.get(wanted.target)];
    if (!sourceSha || !targetSha || wanted.source === wanted.target) throw pullErrors.missingBranch();
    const words = refusalOf(repository, 'creation', wanted.source);
    if (words) throw pullErrors.policy(words);
    const isSame = (each: PullRequest) =>
      each.status === 'active' && each.source === wanted.source && each.target === wanted.target;
    if (repository.pulls.some(isSame)) throw pullErrors.pullExists();
    const pull: PullRequest = {
      ...wanted,
      id: allPulls(tenant).length + 1,
      repository,
      status: 'active',
      createdBy: by,
      createdAt: tenant.nextTime(),
      sourceSha,
      targetSha,
      mergeStatus: 'queued',
      queuedAt: tenant.now(),
      reviewers: firstReviewers(repository, wanted),
      threads: [],
      labels: [...wanted.labels],
      statuses: [],
      iterations: [{ sourceSha, at: tenant.nextTime() }],
    };
    repository.pulls.push(pull);
    tenant.tellPull({ pull, by, kind: 'created' });
    return pull;
  });
}

export interface PullChange {
  title?: string;
  description?: string;
  target?: string;
  isDraft?: boolean;
  status?: PullRequest['status'];
  /** With `completed`: the source commit that the person has seen; a different one is refused. */
  seenSha?: string;
  completion?: Omit<Completion, 'by' | 'at'>;
}

function complete(tenant: Tenant, pull: PullRequest, by: Person, { seenSha, completion }: PullChange): void {
  if (seenSha === undefined) throw errors.badArgument('Value cannot be null. Parameter name: lastMergeSourceCommit');
  if (pull.isDraft) throw pullErrors.notEditable();
  if (seenSha !== pull.sourceSha) throw pullErrors.stale();
  queueMerge(tenant, pull);
  const options = completion ?? { strategy: 'noFastForward', deleteSourceBranch: false, transitionWorkItems: false };
  pull.completion = { ...options, by, at: tenant.nextTime() };
}

async function reactivate(tenant: Tenant, pull: PullRequest): Promise<void> {
  const branches = await pull.repository.git.branches();
  if (pull.status !== 'abandoned') throw pullErrors.notEditable();
  if (!branches.has(pull.source) || !branches.has(pull.target)) throw pullErrors.missingBranch();
  delete pull.closedAt;
  delete pull.closedBy;
  pull.status = 'active';
  queueMerge(tenant, pull);
}

function abandon(tenant: Tenant, pull: PullRequest, by: Person): void {
  delete pull.mergeStatus;
  delete pull.mergeSha;
  delete pull.completion;
  Object.assign(pull, { status: 'abandoned', closedAt: tenant.nextTime(), closedBy: by });
}

async function retarget(tenant: Tenant, pull: PullRequest, target: string): Promise<void> {
  const targetSha = (await pull.repository.git.branches()).get(target);
  if (!targetSha) throw pullErrors.missingBranch();
  Object.assign(pull, { target, targetSha });
  queueMerge(tenant, pull);
}

/** Changes title, description, draft flag, target or state; a completion is only queued here. */
export function changePull(tenant: Tenant, pull: PullRequest, by: Person, change: PullChange): Promise<PullRequest> {
  needContribute(by, change.status === 'completed' ? 'GenericContribute' : 'PullRequestContribute');
  return pull.repository.serially(async () => {
    await refresh(tenant, pull);
    const { title, description, isDraft, target, status } = change;
    if (status === 'active' && pull.status !== 'active') await reactivate(tenant, pull);
    if (pull.status !== 'active') throw pullErrors.notEditable();
    if (title !== undefined) pull.title = title;
    if (description !== undefined) pull.description = description;
    if (isDraft !== undefined) pull.isDraft = isDraft;
    if (target !== undefined) await retarget(tenant, pull, target);
    if (status === 'completed') complete(tenant, pull, by, change);
    if (status === 'abandoned') abandon(tenant, pull, by);
    tenant.tellPull({ pull, by, kind: 'updated' });
    return pull;
  });
}

type NewThread = Pick<Thread, 'status' | 'context' | 'properties' | 'identities'>;

/** Starts a thread; `by` is undefined for the system. */
export function addThread(
  tenant: Tenant,
  pull: PullRequest,
  by: Person | undefined,
  text: string,
  more: NewThread = {},
): Thread {
  const thread: Thread = { id: pull.threads.length + 1, comments: [], ...more };
  const comment = addReply(tenant, thread, by, text, 0);
  pull.threads.push(thread);
  if (by) tenant.tellPull({ pull, by, kind: 'commented', comment });
  return thread;
}

export function addReply(
  tenant: Tenant,
  thread: Thread,
  by: Person | undefined,
  text: string,
  parentId: number,
): ThreadComment {
  if (by) needContribute(by, 'PullRequestContribute');
  const comment = { id: thread.comments.length + 1, parentId, text, at: tenant.nextTime(), ...(by ? { by } : {}) };
  thread.comments.push(comment);
  return comment;
}

export const isVote = (value: number): value is Vote => [10, 5, 0, -5, -10].includes(value);

/** A person who votes becomes a reviewer, and the system reports the vote in a thread. */
export function castVote(tenant: Tenant, pull: PullRequest, person: Person, vote: Vote): void {
  needContribute(person, 'PullRequestContribute');
  const reviewer = pull.reviewers.find((each) => each.person.id === person.id);
  if (reviewer) reviewer.vote = vote;
  else pull.reviewers.push({ person, vote });
  addThread(tenant, pull, undefined, `${person.name} voted ${vote}`, {
    properties: {
      CodeReviewThreadType: 'VoteUpdate',
      CodeReviewVotedByTfId: person.id,
      CodeReviewVoteResult: String(vote),
      CodeReviewVotedByIdentity: '1',
    },
    identities: { '1': person },
  });
  tenant.tellPull({ pull, by: person, kind: 'updated' });
}
