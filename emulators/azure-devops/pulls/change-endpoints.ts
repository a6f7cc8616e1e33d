/** What a pull request changes, over HTTP: its commits, its pushes, and the files that changed with each. */
import { type Call, type Endpoint, idPattern, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { pullOf, pullPath } from './pull-endpoints.ts';
import type { PullRequest } from './pull-model.ts';
import { commitView, fileChangeView, iterationsView } from './pull-views.ts';

/** The source commit of one push, counted from 1. */
function sourceOf({ iterations }: PullRequest, number: string | undefined): string {
  const found = iterations[Number(number) - 1];
  if (!found) throw errors.badArgument(`The iteration ${number} does not exist. Parameter name: iterationId`);
  return found.sourceSha;
}

/** Newest first, as the real system lists them. */
async function commits(call: Call, { repository, targetSha }: PullRequest, sourceSha: string) {
  const found = await repository.git.commits(targetSha, sourceSha);
  return valueList(found.toReversed().map((commit) => commitView(call, repository, commit)));
}

/** Compared with the merge base. */
async function changes({ repository: { git }, targetSha }: PullRequest, sourceSha: string) {
  const base = (await git.mergeBase(targetSha, sourceSha)) ?? targetSha;
  const files = await git.changedFiles(base, sourceSha);
  return { changeEntries: files.map((file, n) => fileChangeView(file, n + 1)) };
}

const iterations = `${pullPath}/iterations`;
const iteration = `${iterations}/:iteration{${idPattern}}`;

export const changeEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: `${pullPath}/commits`,
    location: 'git/pullRequestCommits',
    async answer(call, parameters) {
      const pull = await pullOf(call, parameters);
      return commits(call, pull, pull.sourceSha);
    },
  },
  {
    method: 'GET',
    path: iterations,
    location: 'git/pullRequestIterations',
    answer: async (call, parameters) => valueList(iterationsView(await pullOf(call, parameters))),
  },
  {
    method: 'GET',
    path: iteration,
    location: 'git/pullRequestIterations',
    async answer(call, { iteration: number, ...parameters }) {
      const pull = await pullOf(call, parameters);
      sourceOf(pull, number);
      return iterationsView(pull)[Number(number) - 1];
    },
  },
  {
    method: 'GET',
    path: `${iteration}/commits`,
    location: 'git/pullRequestCommits',
    async answer(call, { iteration: number, ...parameters }) {
      const pull = await pullOf(call, parameters);
      return commits(call, pull, sourceOf(pull, number));
    },
  },
  {
    method: 'GET',
    path: `${iteration}/changes`,
    location: 'git/pullRequestIterationChanges',
    async answer(call, { iteration: number, ...parameters }) {
      const pull = await pullOf(call, parameters);
      return changes(pull, sourceOf(pull, number));
    },
  },
];
