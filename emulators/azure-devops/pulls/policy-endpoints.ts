/** The state of branch policies for a pull request: required reviewers, and builds that validate it. */
import { type Call, countOf, type Endpoint, valueList } from '../api/call.ts';
import { errors } from '../api/errors.ts';
import { guidOf } from '../guid.ts';
import type { PullRequest } from './pull-model.ts';
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

export function createPolicies(): Policies {
  const builds = new Map<PullRequest, StoredBuild[]>();

  async function evaluations(call: Call) {
    const [, id] = /^vstfs:\/\/\/CodeReview\/CodeReviewId\/[^/]+\/(\d+)$/i.exec(call.query('artifactId') ?? '') ?? [];
    if (id === undefined) throw errors.badArgument('The value is not an artifact. Parameter name: artifactId');
    const pull = await readPull(call.tenant, Number(id));
    const records = [reviewersRecord(pull), ...(builds.get(pull) ?? []).map((build, n) => buildRecord(pull, build, n))];
    const skip = countOf(call.query('skip'), 0, Number.MAX_SAFE_INTEGER);
    return valueList(records.slice(skip, skip + countOf(call.query('top'), pageMax, pageMax)));
  }

  return {
    endpoints: [
      { method: 'GET', path: '/_apis/policy/evaluations', location: 'policy/evaluations', answer: evaluations },
    ],
    setBuild(pull, build) {
      const others = (builds.get(pull) ?? []).filter(({ name }) => name !== build.name);
      builds.set(pull, [...others, { ...build, sha: pull.sourceSha, at: new Date(Date.now()).toISOString() }]);
    },
  };
}
