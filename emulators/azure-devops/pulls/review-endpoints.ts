/** Reviews of pull requests over HTTP: reviewers and votes, labels, statuses, and linked work items. */
import { type Call, type Endpoint, enumValue, objectBody, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { itemUrl } from '../items/views.ts';
import type { Person } from '../model.ts';
import { needContribute } from './code-repository.ts';
import { pullOf, pullPath } from './pull-endpoints.ts';
import { pullErrors } from './pull-errors.ts';
import { workItemsOf } from './pull-merge.ts';
import type { PullRequest, PullStatus, Reviewer } from './pull-model.ts';
import { castVote, isVote } from './pull-requests.ts';
import { labelView, reviewerView, statusView } from './pull-views.ts';

const statusStates = { notSet: 0, pending: 1, succeeded: 2, failed: 3, error: 4, notApplicable: 5 };

/** A person or group of the organization, by id. */
function reviewerNamed(call: Call, id: unknown): Person {
  const found = [...call.tenant.people, ...call.tenant.groups].find((each) => each.id === String(id).toLowerCase());
  if (!found) throw errors.badArgument(`The identity '${id}' could not be found.`);
  return found;
}

/** Adds a reviewer, or changes what is known of one; only a reviewer's own vote is taken. */
function putReviewer(call: Call, pull: PullRequest, id: unknown, body: Record<string, unknown>): Reviewer {
  needContribute(call.person, 'PullRequestContribute');
  const person = reviewerNamed(call, id);
  const vote = Number(body.vote ?? 0);
  if (!isVote(vote)) throw errors.badArgument(`The value '${vote}' is not valid for the parameter 'vote'.`);
  if (vote !== 0 && person !== call.person) throw pullErrors.needsPermission('VoteForOthers', call.person.name);
  const known = pull.reviewers.find((each) => each.person === person);
  if (vote !== 0 || (known && body.vote !== undefined && person === call.person))
    castVote(call.tenant, pull, person, vote);
  else if (!known) {
    pull.reviewers.push({ person, vote });
    call.tenant.tellPull({ pull, by: call.person, kind: 'updated' });
  }
  const now = pull.reviewers.find((each) => each.person === person) ?? { person, vote };
  if (typeof body.isRequired === 'boolean') now.isRequired = body.isRequired;
  return now;
}

const reviewer = `${pullPath}/reviewers/:reviewer`;

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
    method: 'POST',
    path: `${pullPath}/reviewers`,
    location: 'git/pullRequestReviewers',
    async answer(call, parameters) {
      const pull = await pullOf(call, parameters);
      const asked: unknown[] = Array.isArray(call.body) ? call.body : [];
      const bodies = asked.map((each) => (each ?? {}) as Record<string, unknown>);
      return valueList(
        bodies.map(({ id, isRequired }) => reviewerView(call, pull, putReviewer(call, pull, id, { isRequired }))),
      );
    },
  },
  {
    method: 'PUT',
    path: reviewer,
    location: 'git/pullRequestReviewers',
    async answer(call, { reviewer: id, ...parameters }) {
      const pull = await pullOf(call, parameters);
      return reviewerView(call, pull, putReviewer(call, pull, id, objectBody(call)));
    },
  },
  {
    method: 'GET',
    path: reviewer,
    location: 'git/pullRequestReviewers',
    async answer(call, { reviewer: id, ...parameters }) {
      const pull = await pullOf(call, parameters);
      const person = reviewerNamed(call, id);
      const found = pull.reviewers.find((each) => each.person === person);
      if (!found) throw errors.badArgument(`The identity '${id}' is no reviewer of the pull request.`);
      return reviewerView(call, pull, found);
    },
  },
  {
    method: 'DELETE',
    path: reviewer,
    location: 'git/pullRequestReviewers',
    async answer(call, { reviewer: id, ...parameters }) {
      const pull = await pullOf(call, parameters);
      needContribute(call.person, 'PullRequestContribute');
      pull.reviewers = pull.reviewers.filter(({ person }) => person !== reviewerNamed(call, id));
      call.tenant.tellPull({ pull, by: call.person, kind: 'updated' });
      return new Response(null, { status: 200 });
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
    method: 'DELETE',
    path: `${pullPath}/labels/:label`,
    location: 'git/pullRequestLabels',
    async answer(call, { label = '', ...parameters }) {
      const pull = await pullOf(call, parameters);
      needContribute(call.person, 'PullRequestContribute');
      pull.labels = pull.labels.filter((name) => name.toLowerCase() !== label.toLowerCase());
      return new Response(null, { status: 200 });
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
    path: `${pullPath}/workitems`,
    location: 'git/pullRequestWorkItems',
    async answer(call, parameters) {
      const items = workItemsOf(call.tenant, await pullOf(call, parameters));
      return valueList(items.map((item) => ({ id: String(item.id), url: itemUrl(call, item) })));
    },
  },
];

export const reviewEndpoints: readonly Endpoint[] = [...reviewers, ...marks];
