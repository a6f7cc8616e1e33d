/** How repositories, pull requests, threads and votes look as JSON. */

import type { ChangedFile, Commit, Signature } from '../../git-http/repository.ts';
import { personView, type Scope } from '../items/views.ts';
import type { Person } from '../model.ts';
import { artifactOf } from './pull-merge.ts';
import type { CodeRepository, PullRequest, PullStatus, Reviewer, Thread, ThreadComment } from './pull-model.ts';

/** `…:15.060Z` -> `…:15.0600000Z`, the time format of the API's git part. */
const gitDate = (iso: string) => iso.replace(/Z$/, '0000Z');

const refName = (branch: string) => `refs/heads/${branch}`;

/** The system account that reports votes. */
const system: Person = {
  id: '00000002-0000-8888-8000-000000000000',
  name: 'Microsoft.VisualStudio.Services.TFS',
  mail: '',
  role: 'other',
  descriptor: 's2s.00000002-0000-8888-8000-000000000000',
};

const repositoryUrl = ({ base }: Scope, { project, id }: CodeRepository) =>
  `${base}/${project.id}/_apis/git/repositories/${id}`;

const pullUrl = (scope: Scope, { repository, id }: PullRequest) =>
  `${repositoryUrl(scope, repository)}/pullRequests/${id}`;

export function repositoryView(scope: Scope, repository: CodeRepository, defaultBranch?: string) {
  const { id, name, project } = repository;
  const webUrl = `${scope.base}/${encodeURIComponent(project.name)}/_git/${encodeURIComponent(name)}`;
  return {
    id,
    name,
    url: repositoryUrl(scope, repository),
    project: {
      ...project,
      url: `${scope.base}/_apis/projects/${project.id}`,
      state: 'wellFormed',
      revision: 1,
      visibility: 'private',
    },
    ...(defaultBranch === undefined ? {} : { defaultBranch: refName(defaultBranch), size: 0 }),
    remoteUrl: webUrl,
    webUrl,
    isDisabled: false,
  };
}

export function refView(scope: Scope, repository: CodeRepository, branch: string, objectId: string) {
  const url = `${repositoryUrl(scope, repository)}/refs?filter=${encodeURIComponent(`heads/${branch}`)}`;
  return { name: refName(branch), objectId, url };
}

export function reviewerView(scope: Scope, pull: PullRequest, { person, vote, isRequired }: Reviewer) {
  const identity = personView({ ...scope, version: 7.1 }, person) as object;
  const reviewerUrl = `${pullUrl(scope, pull)}/reviewers/${person.id}`;
  const required = isRequired ? { isRequired } : {};
  return { ...identity, reviewerUrl, vote, ...required, hasDeclined: false, isFlagged: false };
}

export const labelView = (name: string) => ({ id: name, name, active: true });

function completionView({
  strategy,
  message,
  deleteSourceBranch,
  transitionWorkItems,
}: PullRequest['completion'] & {}) {
  return {
    mergeStrategy: strategy,
    deleteSourceBranch,
    transitionWorkItems,
    ...(message === undefined ? {} : { mergeCommitMessage: message }),
  };
}

export function pullView(scope: Scope, pull: PullRequest) {
  const { id, repository, status, completion, mergeStatus, mergeSha, mergeFailure, closedAt, closedBy } = pull;
  const who = (person: Person) => personView({ ...scope, version: 7.1 }, person);
  const commit = (sha: string) => ({ commitId: sha, url: `${repositoryUrl(scope, repository)}/commits/${sha}` });
  const by = closedBy ?? completion?.by;
  return {
    repository: repositoryView(scope, repository),
    pullRequestId: id,
    codeReviewId: id,
    status,
    createdBy: who(pull.createdBy),
    creationDate: gitDate(pull.createdAt),
    ...(closedAt ? { closedDate: gitDate(closedAt) } : {}),
    ...(by ? { closedBy: who(by) } : {}),
    title: pull.title,
    ...(pull.description ? { description: pull.description } : {}),
    sourceRefName: refName(pull.source),
    targetRefName: refName(pull.target),
    ...(mergeStatus ? { mergeStatus } : {}),
    ...(mergeFailure ? { mergeFailureMessage: mergeFailure } : {}),
    isDraft: pull.isDraft,
    lastMergeSourceCommit: commit(pull.sourceSha),
    lastMergeTargetCommit: commit(pull.targetSha),
    ...(mergeSha ? { lastMergeCommit: commit(mergeSha) } : {}),
    reviewers: pull.reviewers.map((reviewer) => reviewerView(scope, pull, reviewer)),
    ...(pull.labels.length > 0 ? { labels: pull.labels.map(labelView) } : {}),
    url: pullUrl(scope, pull),
    ...(completion
      ? { completionOptions: completionView(completion), completionQueueTime: gitDate(completion.at) }
      : {}),
    supportsIterations: true,
    artifactId: artifactOf(pull),
  };
}

export function commentView(scope: Scope, comment: ThreadComment) {
  const { id, parentId, by, text, at, changedAt = at, isDeleted } = comment;
  return {
    id,
    parentCommentId: parentId,
    author: personView({ ...scope, version: 7.1 }, by ?? system),
    ...(isDeleted ? { isDeleted } : { content: text }),
    publishedDate: gitDate(at),
    lastUpdatedDate: gitDate(changedAt),
    lastContentUpdatedDate: gitDate(changedAt),
    commentType: by ? 'text' : 'system',
    usersLiked: [],
  };
}

export function threadView(scope: Scope, { id, comments, status, context, properties, identities }: Thread) {
  const [first, last] = [comments[0]?.at ?? '', comments.at(-1)?.at ?? ''];
  const typed = (value: string) => ({ $type: 'System.String', $value: value });
  const each = <T, U>(record: Record<string, T> | undefined, view: (value: T) => U) =>
    record ? Object.fromEntries(Object.entries(record).map(([name, value]) => [name, view(value)])) : null;
  return {
    pullRequestThreadContext: null,
    id,
    publishedDate: gitDate(first),
    lastUpdatedDate: gitDate(last),
    comments: comments.map((comment) => commentView(scope, comment)),
    ...(status === undefined ? {} : { status }),
    threadContext: context ?? null,
    properties: each(properties, typed) ?? {},
    identities: each(identities, (person) => personView({ ...scope, version: 7.1 }, person)),
    isDeleted: false,
  };
}

export function statusView(scope: Scope, status: PullStatus) {
  const { id, state, description, context, targetUrl, iterationId, by, at } = status;
  const createdBy = personView({ ...scope, version: 7.1 }, by);
  const dates = { creationDate: gitDate(at), updatedDate: gitDate(at) };
  const about = iterationId === undefined ? {} : { iterationId };
  return { ...about, id, state, description, context, ...dates, createdBy, targetUrl };
}

export function iterationsView({ iterations }: PullRequest) {
  return iterations.map(({ sourceSha, at }, n) => ({
    id: n + 1,
    description: '',
    createdDate: gitDate(at),
    updatedDate: gitDate(at),
    sourceRefCommit: { commitId: sourceSha },
    hasMoreCommits: false,
    reason: n === 0 ? 'create' : 'push',
  }));
}

const signatureView = ({ name, email, at }: Signature) => ({ name, email, date: gitDate(new Date(at).toISOString()) });

export function commitView(scope: Scope, repository: CodeRepository, { sha, author, committer, message }: Commit) {
  return {
    commitId: sha,
    author: signatureView(author),
    committer: signatureView(committer),
    comment: message,
    url: `${repositoryUrl(scope, repository)}/commits/${sha}`,
  };
}

const changeTypes = { added: 'add', removed: 'delete', modified: 'edit' } as const;

export function fileChangeView({ path, status }: ChangedFile, id: number) {
  return { changeTrackingId: id, changeId: id, item: { path: `/${path}` }, changeType: changeTypes[status] };
}
