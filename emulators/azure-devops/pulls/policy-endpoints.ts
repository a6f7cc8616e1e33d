/** The state of branch policies for a pull request: required reviewers, and builds that validate it. */
import { z } from 'zod';
import { type Call, countOf, type Endpoint, idPattern, projectIn, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { guidOf } from '../guid.ts';
import { policiesOf, statusOf } from './pull-merge.ts';
import type { CodeRepository, PullRequest, ReviewerPolicy } from './pull-model.ts';
import { readPull } from './pull-requests.ts';

export interface Build {
  /** The policy's name. */
  name: string;
  status: 'queued' | 'running' | 'approved' | 'rejected' | 'broken';
  /** The errors of the build. */
  errors?: readonly string[];
}

export interface Policies {
  endpoints: readonly Endpoint[];
  /** Sets the state of a build, as only a pipeline can; another push to the branch queues the build again. */
  setBuild(pull: PullRequest, build: Build): void;
}

interface StoredBuild extends Build {
  /** The commit that it built. */
  sha: string;
  at: string;
}

const pageMax = 100;

/** The ids are the same in every organization. */
const types = {
  build: { id: '0609b952-1397-4640-95ec-e00a01b2c241', displayName: 'Build' },
  reviewers: { id: 'fa4e907d-c16b-4a4c-9dfa-4906e5d171dd', displayName: 'Minimum number of reviewers' },
  required: { id: 'fd2167ab-b0be-447a-8ec8-39368250530e', displayName: 'Required reviewers' },
} as const;

function record(pull: PullRequest, type: keyof typeof types, name: string, settings: object, more: object) {
  const artifactId = `vstfs:///CodeReview/CodeReviewId/${pull.repository.project.id}/${pull.id}`;
  const configuration = { isEnabled: true, isBlocking: true, isDeleted: false, type: types[type], settings };
  const evaluationId = guidOf(`${artifactId}/${type}/${name}`);
  return { configuration, artifactId, evaluationId, startedDate: pull.createdAt, ...more };
}

function buildRecord(pull: PullRequest, { name, status, errors: said = [], sha, at }: StoredBuild, n: number) {
  const settings = { displayName: name, buildDefinitionId: n + 1, validDuration: 0, scope: [] };
  if (sha !== pull.sourceSha) return record(pull, 'build', name, settings, { status: 'queued' });
  const context = {
    buildId: n + 100,
    buildDefinitionId: n + 1,
    isExpired: false,
    lastMergeSourceCommitId: sha,
    buildOutputPreview: said.length > 0 ? { errors: said.map((message) => ({ message })) } : null,
  };
  const isOver = status === 'approved' || status === 'rejected';
  return record(pull, 'build', name, settings, { status, context, ...(isOver ? { completedDate: at } : {}) });
}

function reviewersRecord(pull: PullRequest) {
  const votes = pull.reviewers.map(({ vote }) => vote);
  const status = votes.some((vote) => vote < 0) ? 'rejected' : votes.some((vote) => vote > 0) ? 'approved' : 'queued';
  return record(pull, 'reviewers', '', { minimumApproverCount: 1, creatorVoteCounts: false }, { status });
}

interface OwnPolicy {
  repository: CodeRepository;
  policy: ReviewerPolicy;
}

/** The policies about reviewers of the project. */
function ownPolicies(call: Call): OwnPolicy[] {
  const { id } = projectIn(call);
  const own = call.tenant.repositories.filter(({ project }) => project.id === id);
  return own.flatMap((repository) => repository.requiredReviewers.map((policy) => ({ repository, policy })));
}

function configurationView({ base, project }: Call, { repository, policy }: OwnPolicy) {
  const { id, isBlocking, branch, reviewers } = policy;
  const refName = branch === undefined ? null : `refs/heads/${branch}`;
  const scope = [{ repositoryId: repository.id, refName, matchKind: 'Exact' }];
  return {
    id,
    revision: 1,
    isEnabled: true,
    isBlocking,
    isDeleted: false,
    type: types.required,
    settings: { requiredReviewerIds: reviewers.map((reviewer) => reviewer.id), minimumApproverCount: 1, scope },
    url: `${base}/${project?.id}/_apis/policy/configurations/${id}`,
  };
}

function requiredRecord(call: Call, pull: PullRequest, policy: ReviewerPolicy) {
  const { settings, isBlocking } = configurationView(call, { repository: pull.repository, policy });
  const made = record(pull, 'required', `${policy.id}`, settings, { status: statusOf(pull, policy) });
  return { ...made, configuration: { ...made.configuration, id: policy.id, isBlocking } };
}

const configurationBody = z.object({
  isBlocking: z.boolean().default(true),
  type: z.object({ id: z.literal(types.required.id) }),
  settings: z.object({
    requiredReviewerIds: z.array(z.string()).min(1),
    scope: z.array(z.object({ repositoryId: z.string().nullish(), refName: z.string().nullish() })).min(1),
  }),
});

/** Only required reviewers can be configured. */
function configure(call: Call) {
  const parsed = configurationBody.safeParse(call.body);
  if (!parsed.success) throw errors.badArgument(`The policy is not valid: ${z.prettifyError(parsed.error)}`);
  const { isBlocking, settings } = parsed.data;
  const { tenant } = call;
  const reviewers = settings.requiredReviewerIds.map((id) => {
    const found = [...tenant.people, ...tenant.groups].find((each) => each.id === id.toLowerCase());
    if (!found) throw errors.badArgument(`The identity '${id}' could not be found.`);
    return found;
  });
  const [{ repositoryId, refName } = {}] = settings.scope;
  const repository = tenant.repositories.find(({ id }) => !repositoryId || id === repositoryId);
  if (!repository) throw errors.badArgument(`The repository '${repositoryId}' could not be found.`);
  const id = Math.max(0, ...tenant.repositories.flatMap((each) => each.requiredReviewers.map((own) => own.id))) + 1;
  const policy = { id, isBlocking, branch: refName?.replace('refs/heads/', '') || undefined, reviewers };
  repository.requiredReviewers.push(policy);
  return configurationView(call, { repository, policy });
}

const location = 'policy/configurations';
const root = '/_apis/policy/configurations';

const configurations: readonly Endpoint[] = [
  {
    method: 'GET',
    path: root,
    location,
    answer: (call) => valueList(ownPolicies(call).map((own) => configurationView(call, own))),
  },
  { method: 'POST', path: root, location, answer: configure },
  {
    method: 'DELETE',
    path: `${root}/:id{${idPattern}}`,
    location,
    answer(call, { id }) {
      const own = ownPolicies(call).find(({ policy }) => policy.id === Number(id));
      if (!own) throw errors.badArgument(`The policy ${id} could not be found.`);
      own.repository.requiredReviewers = own.repository.requiredReviewers.filter((each) => each !== own.policy);
      return new Response(null, { status: 204 });
    },
  },
  {
    method: 'GET',
    path: '/_apis/policy/types',
    location: 'policy/types',
    answer: () => valueList(Object.values(types)),
  },
];

export function createPolicies(): Policies {
  const builds = new Map<PullRequest, StoredBuild[]>();

  async function evaluations(call: Call) {
    const [, id] = /^vstfs:\/\/\/CodeReview\/CodeReviewId\/[^/]+\/(\d+)$/i.exec(call.query('artifactId') ?? '') ?? [];
    if (id === undefined) throw errors.badArgument('The value is not an artifact. Parameter name: artifactId');
    const pull = await readPull(call.tenant, Number(id));
    const required = policiesOf(pull).map((policy) => requiredRecord(call, pull, policy));
    const own = (builds.get(pull) ?? []).map((build, n) => buildRecord(pull, build, n));
    const records = [reviewersRecord(pull), ...required, ...own];
    const skip = countOf(call.query('skip'), 0, Number.MAX_SAFE_INTEGER);
    return valueList(records.slice(skip, skip + countOf(call.query('top'), pageMax, pageMax)));
  }

  return {
    endpoints: [
      { method: 'GET', path: '/_apis/policy/evaluations', location: 'policy/evaluations', answer: evaluations },
      ...configurations,
    ],
    setBuild(pull, build) {
      const others = (builds.get(pull) ?? []).filter(({ name }) => name !== build.name);
      builds.set(pull, [...others, { ...build, sha: pull.sourceSha, at: new Date(Date.now()).toISOString() }]);
    },
  };
}
