/** Repositories, branches and pull requests over HTTP: find, create, read, change and complete. */
import { type Call, countOf, type Endpoint, enumValue, idPattern, objectBody, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import type { Person } from '../model.ts';
import { pullErrors } from './pull-errors.ts';
import { linkWorkItem } from './pull-merge.ts';
import type { CodeRepository, MergeStrategy, PullRequest } from './pull-model.ts';
import { changePull, createPull, listPulls, type PullChange, readPull } from './pull-requests.ts';
import { pullView, refView, repositoryView } from './pull-views.ts';

export const repositoryPath = '/_apis/git/repositories/:repository';
export const pullPath = `${repositoryPath}/pullrequests/:id{${idPattern}}`;

const pageMax = 1_000;
const statuses = { notSet: 0, active: 1, abandoned: 2, completed: 3, all: 4 };
const strategies: Record<MergeStrategy, number> = { noFastForward: 1, squash: 2, rebase: 3, rebaseMerge: 4 };

function repositoriesOf({ tenant, project }: Call): CodeRepository[] {
  return tenant.repositories.filter((repository) => !project || repository.project.id === project.id);
}

/** Finds a repository by name or id, in any case; within the project if the url names one. */
export function repositoryOf(call: Call, name = ''): CodeRepository {
  const wanted = name.toLowerCase();
  const found = repositoriesOf(call).find((each) => each.name.toLowerCase() === wanted || each.id === wanted);
  if (!found) throw pullErrors.missingRepository(name);
  return found;
}

/** The pull request in a url below its repository. */
export function pullOf(call: Call, { repository, id }: Record<string, string>): Promise<PullRequest> {
  return readPull(call.tenant, Number(id), repositoryOf(call, repository));
}

/** The branch of a full ref name; any other ref is treated as a branch that does not exist. */
function branchOf(name: unknown): string {
  const [, branch] = /^refs\/heads\/(.+)$/.exec(String(name ?? '')) ?? [];
  if (branch === undefined) throw pullErrors.missingBranch();
  return branch;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
const listIn = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value : []);

function personOf(call: Call, id: unknown): Person {
  const { people, groups } = call.tenant;
  const found = [...people, ...groups].find((person) => person.id === String(id).toLowerCase());
  if (!found) throw errors.badArgument(`The identity '${id}' could not be found.`);
  return found;
}

const descriptionCharsMax = 4_000;

function descriptionOf(value: unknown): string | undefined {
  const text = textOf(value);
  if (text && text.length > descriptionCharsMax)
    throw errors.badArgument(`A maximum of ${descriptionCharsMax} characters is allowed. Parameter name: description`);
  return text;
}

async function create(call: Call, { repository }: Record<string, string>) {
  const body = objectBody(call);
  const home = repositoryOf(call, repository);
  const title = textOf(body.title)?.trim();
  if (!title) throw errors.badArgument('Value cannot be null. Parameter name: title');
  const items = listIn(body.workItemRefs).map(({ id }) => call.tenant.item(Number(id)));
  const pull = await createPull(call.tenant, home, call.person, {
    title,
    description: descriptionOf(body.description) ?? '',
    source: branchOf(body.sourceRefName),
    target: branchOf(body.targetRefName),
    isDraft: body.isDraft === true,
    reviewers: listIn(body.reviewers).map(({ id }) => personOf(call, id)),
    labels: listIn(body.labels).map(({ name }) => String(name)),
  });
  for (const item of items) linkWorkItem(call.tenant, item, pull, call.person);
  return pullView(call, pull);
}

function changeOf(body: Record<string, unknown>): PullChange {
  const { title, description, targetRefName, isDraft, status, lastMergeSourceCommit, completionOptions } = body;
  const options = (completionOptions ?? {}) as Record<string, unknown>;
  const seen = textOf((lastMergeSourceCommit as Record<string, unknown> | undefined)?.commitId);
  const message = textOf(options.mergeCommitMessage);
  const wanted = enumValue(status, statuses, 'notSet', 'status');
  if (wanted === 'all') throw errors.badArgument(`The value '${status}' is not valid for the parameter 'status'.`);
  return {
    ...(textOf(title) ? { title: String(title) } : {}),
    ...(description === undefined ? {} : { description: descriptionOf(description) ?? '' }),
    ...(targetRefName === undefined ? {} : { target: branchOf(targetRefName) }),
    ...(typeof isDraft === 'boolean' ? { isDraft } : {}),
    ...(wanted === 'notSet' ? {} : { status: wanted }),
    ...(seen === undefined ? {} : { seenSha: seen }),
    completion: {
      strategy: enumValue(options.mergeStrategy, strategies, 'noFastForward', 'mergeStrategy'),
      deleteSourceBranch: options.deleteSourceBranch === true,
      transitionWorkItems: options.transitionWorkItems === true,
      ...(message ? { message } : {}),
    },
  };
}

/** Newest first; only active ones unless another status is requested. */
async function search(call: Call, repositories: readonly CodeRepository[]) {
  const status = enumValue(call.query('searchCriteria.status'), statuses, 'active', 'searchCriteria.status');
  const criterion = (name: string) => call.query(`searchCriteria.${name}`);
  const [source, target] = [criterion('sourceRefName'), criterion('targetRefName')];
  const idIn = (name: string) => criterion(name)?.toLowerCase();
  const [creator, reviewer, home] = [idIn('creatorId'), idIn('reviewerId'), idIn('repositoryId')];
  const all = (await Promise.all(repositories.map((repository) => listPulls(call.tenant, repository)))).flat();
  const found = all
    .filter((pull) => status === 'all' || status === 'notSet' || pull.status === status)
    .filter((pull) => source === undefined || `refs/heads/${pull.source}` === source)
    .filter((pull) => target === undefined || `refs/heads/${pull.target}` === target)
    .filter((pull) => creator === undefined || pull.createdBy.id === creator)
    .filter((pull) => reviewer === undefined || pull.reviewers.some(({ person }) => person.id === reviewer))
    .filter((pull) => home === undefined || pull.repository.id === home)
    .toSorted((a, b) => b.id - a.id);
  const skip = countOf(call.query('skip'), 0, Number.MAX_SAFE_INTEGER);
  const top = countOf(call.query('top'), 100, pageMax);
  return valueList(found.slice(skip, skip + top).map((pull) => pullView(call, pull)));
}

async function refs(call: Call, repository: CodeRepository) {
  const [filter = '', contains = ''] = [call.query('filter'), call.query('filterContains')];
  const branches = [...(await repository.git.branches())].sort(([a], [b]) => (a < b ? -1 : 1));
  const found = branches.filter(([name]) => `heads/${name}`.startsWith(filter) && name.includes(contains));
  return valueList(found.map(([name, sha]) => refView(call, repository, name, sha)));
}

const location = 'git/pullRequests';

export const pullEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/_apis/git/repositories',
    location: 'git/repositories',
    async answer(call) {
      const rows = repositoriesOf(call).map(async (each) => repositoryView(call, each, await each.git.defaultBranch()));
      return valueList(await Promise.all(rows));
    },
  },
  {
    method: 'GET',
    path: repositoryPath,
    location: 'git/repositories',
    async answer(call, { repository }) {
      const found = repositoryOf(call, repository);
      return repositoryView(call, found, await found.git.defaultBranch());
    },
  },
  {
    method: 'GET',
    path: `${repositoryPath}/refs`,
    location: 'git/refs',
    answer: (call, { repository }) => refs(call, repositoryOf(call, repository)),
  },
  {
    method: 'GET',
    path: '/_apis/git/pullrequests',
    location,
    answer: (call) => search(call, repositoriesOf(call)),
  },
  {
    method: 'GET',
    path: `${repositoryPath}/pullrequests`,
    location,
    answer: (call, { repository }) => search(call, [repositoryOf(call, repository)]),
  },
  { method: 'POST', path: `${repositoryPath}/pullrequests`, location, status: 201, answer: create },
  {
    method: 'GET',
    path: `/_apis/git/pullrequests/:id{${idPattern}}`,
    location,
    answer: async (call, { id }) => pullView(call, await readPull(call.tenant, Number(id))),
  },
  {
    method: 'GET',
    path: pullPath,
    location,
    answer: async (call, parameters) => pullView(call, await pullOf(call, parameters)),
  },
  {
    method: 'PATCH',
    path: pullPath,
    location,
    async answer(call, parameters) {
      const pull = await pullOf(call, parameters);
      return pullView(call, await changePull(call.tenant, pull, call.person, changeOf(objectBody(call))));
    },
  },
];
