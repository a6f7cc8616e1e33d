/** Reviews of pull requests over HTTP: threads, votes, labels, statuses, and linked work items. */
import { type Call, type Endpoint, enumValue, idPattern, objectBody, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { itemUrl } from '../items/views.ts';
import { needContribute } from './code-repository.ts';
import { pullOf, pullPath } from './pull-endpoints.ts';
import { pullErrors } from './pull-errors.ts';
import { workItemsOf } from './pull-merge.ts';
import type { PullRequest, PullStatus } from './pull-model.ts';
import { addReply, addThread, castVote, isVote } from './pull-requests.ts';
import { commentView, iterationsView, labelView, reviewerView, statusView, threadView } from './pull-views.ts';

const threadStates = { unknown: 0, active: 1, fixed: 2, wontFix: 3, closed: 4, byDesign: 5, pending: 6 };
const statusStates = { notSet: 0, pending: 1, succeeded: 2, failed: 3, error: 4, notApplicable: 5 };

function wordsOf(comment: unknown): string {
  const { content } = (comment ?? {}) as Record<string, unknown>;
  if (typeof content !== 'string' || !content.trim())
    throw errors.badArgument('Value cannot be null. Parameter name: content');
  return content;
}

function createThread(call: Call, pull: PullRequest) {
  const { comments, status, threadContext } = objectBody(call);
  const [first, ...more] = Array.isArray(comments) ? comments : [];
  const thread = addThread(call.tenant, pull, call.person, wordsOf(first), {
    ...(status === undefined ? {} : { status: enumValue(status, threadStates, 'active', 'status') }),
    ...(threadContext ? { context: threadContext } : {}),
  });
  for (const comment of more) addReply(call.tenant, thread, call.person, wordsOf(comment), 1);
  return threadView(call, thread);
}

const threads: readonly Endpoint[] = [
  {
    method: 'GET',
    path: `${pullPath}/threads`,
    location: 'git/pullRequestThreads',
    async answer(call, parameters) {
      const pull = await pullOf(call, parameters);
      return valueList(pull.threads.map((thread) => threadView(call, thread)));
    },
  },
  {
    method: 'POST',
    path: `${pullPath}/threads`,
    location: 'git/pullRequestThreads',
    answer: async (call, parameters) => createThread(call, await pullOf(call, parameters)),
  },
  {
    method: 'POST',
    path: `${pullPath}/threads/:thread{${idPattern}}/comments`,
    location: 'git/pullRequestThreadComments',
    async answer(call, { thread: id, ...parameters }) {
      const pull = await pullOf(call, parameters);
      const thread = pull.threads.find((each) => each.id === Number(id));
      if (!thread) throw pullErrors.missingThread(Number(id));
      const { parentCommentId } = objectBody(call);
      const parent = Number(parentCommentId ?? 1);
      const comment = addReply(call.tenant, thread, call.person, wordsOf(call.body), parent);
      call.tenant.tellPull({ pull, by: call.person, kind: 'commented', comment });
      return commentView(call, comment);
    },
  },
];

const reviewers: readonly Endpoint[] = [
  {
    method: 'GET',
    path: `${pullPath}/reviewers`,
    location: 'git/pullRequestReviewers',
    async answer(call, parameters) {
      const pull = await pullOf(call, parameters);
      return valueList(pull.reviewers.map((reviewer) => reviewerView(call, pull, reviewer)));
    },
  },
  {
    method: 'PUT',
    path: `${pullPath}/reviewers/:reviewer`,
    location: 'git/pullRequestReviewers',
    async answer(call, { reviewer: id, ...parameters }) {
      const pull = await pullOf(call, parameters);
      needContribute(call.person, 'PullRequestContribute');
      const person = call.tenant.people.find((each) => each.id === id);
      const vote = Number(objectBody(call).vote ?? 0);
      if (!person) throw errors.badArgument(`The identity '${id}' could not be found.`);
      if (!isVote(vote)) throw errors.badArgument(`The value '${vote}' is not valid for the parameter 'vote'.`);
      if (vote !== 0 && person !== call.person) throw pullErrors.needsPermission('VoteForOthers', call.person.name);
      const known = pull.reviewers.find((each) => each.person === person);
      if (vote !== 0 || known) castVote(call.tenant, pull, person, vote);
      else pull.reviewers.push({ person, vote });
      const now = pull.reviewers.find((each) => each.person === person);
      return now && reviewerView(call, pull, now);
    },
  },
];

function addStatus(call: Call, pull: PullRequest): PullStatus {
  needContribute(call.person, 'PullRequestContribute');
  const { state, description, context, targetUrl, iterationId } = objectBody(call);
  const { name, genre } = (context ?? {}) as Record<string, unknown>;
  const status: PullStatus = {
    id: pull.statuses.length + 1,
    state: enumValue(state, statusStates, 'notSet', 'state'),
    description: String(description ?? ''),
    context: { name: String(name ?? ''), genre: String(genre ?? '') },
    targetUrl: String(targetUrl ?? ''),
    ...(iterationId === undefined ? {} : { iterationId: Number(iterationId) }),
    by: call.person,
    at: call.tenant.nextTime(),
  };
  pull.statuses.push(status);
  return status;
}

const marks: readonly Endpoint[] = [
  {
    method: 'GET',
    path: `${pullPath}/labels`,
    location: 'git/pullRequestLabels',
    answer: async (call, parameters) => valueList((await pullOf(call, parameters)).labels.map(labelView)),
  },
  {
    method: 'POST',
    path: `${pullPath}/labels`,
    location: 'git/pullRequestLabels',
    async answer(call, parameters) {
      const pull = await pullOf(call, parameters);
      needContribute(call.person, 'PullRequestContribute');
      const name = String(objectBody(call).name ?? '').trim();
      if (!name) throw errors.badArgument('Value cannot be null. Parameter name: name');
      if (!pull.labels.includes(name)) pull.labels.push(name);
      return labelView(name);
    },
  },
  {
    method: 'GET',
    path: `${pullPath}/statuses`,
    location: 'git/pullRequestStatuses',
    async answer(call, parameters) {
      const pull = await pullOf(call, parameters);
      return valueList(pull.statuses.map((status) => statusView(call, status)));
    },
  },
  {
    method: 'POST',
    path: `${pullPath}/statuses`,
    location: 'git/pullRequestStatuses',
    answer: async (call, parameters) => statusView(call, addStatus(call, await pullOf(call, parameters))),
  },
  {
    method: 'GET',
    path: `${pullPath}/iterations`,
    location: 'git/pullRequestIterations',
    answer: async (call, parameters) => valueList(iterationsView(await pullOf(call, parameters))),
  },
  {
    method: 'GET',
    path: `${pullPath}/workitems`,
    location: 'git/pullRequestWorkItems',
    async answer(call, parameters) {
      const items = workItemsOf(call.tenant, await pullOf(call, parameters));
      return valueList(items.map((item) => ({ id: String(item.id), url: itemUrl(call, item) })));
    },
  },
];

export const reviewEndpoints: readonly Endpoint[] = [...threads, ...reviewers, ...marks];
