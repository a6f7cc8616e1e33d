/** The state of the GitHub emulator for each repository: people, pull requests, and the checks of commits. */
import type { Clock } from '../../src/base/clock.ts';
import type { GitRepository } from '../git-http/git-http.ts';
import { openRepository, type Repository } from '../git-http/repository.ts';

type Access = 'none' | 'read' | 'write';

/** A person with one fine-grained token for this repository. */
export interface GitHubPerson {
  login: string;
  name: string;
  email: string;
  token: string;
  contents: Access;
  pullRequests: Access;
  /** No access by default. */
  webhooks?: Access;
  /** Branches that this person may neither push to nor merge into; `*` matches any characters. */
  protectedBranches?: readonly string[];
}

export interface GitHubTenant {
  owner: string;
  /** Its name now; requests for an earlier name are redirected. */
  repository: string;
  formerNames?: readonly string[];
  /** The bare repository. */
  directory: string;
  /** By role, such as `agent` and `engineer`; the pages act as `engineer` by default. */
  people: Readonly<Record<string, GitHubPerson>>;
  /** The slugs of the owner's teams that may read the repository. */
  teams?: readonly string[];
}

export interface Comment {
  id: number;
  author: string;
  body: string;
  at: number;
}

export interface Review extends Comment {
  /** Only its author sees a pending one. */
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'PENDING' | 'DISMISSED';
  sha: string;
}

export interface ReviewComment extends Comment {
  reviewId: number;
  path: string;
  line: number;
  sha: string;
}

export interface PullRequest {
  id: number;
  number: number;
  title: string;
  body: string;
  author: string;
  head: string;
  base: string;
  /** Read from git while it is open; kept unchanged after it was closed. */
  headSha: string;
  baseSha: string;
  draft: boolean;
  state: 'open' | 'closed';
  createdAt: number;
  updatedAt: number;
  closedAt?: number;
  merged?: { at: number; by: string; sha: string };
  reviewers: string[];
  /** Slugs of the teams that were asked for a review. */
  teams: string[];
  labels: string[];
  reviews: Review[];
  comments: Comment[];
  reviewComments: ReviewComment[];
}

export interface CommitStatus {
  id: number;
  state: 'error' | 'failure' | 'pending' | 'success';
  context: string;
  description: string | null;
  targetUrl: string | null;
  author: string;
  at: number;
}

export interface CheckRun {
  name: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion?: 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required';
  summary?: string;
}

/** An event of a repository, with GitHub's names; `by` is a login. */
export type HookEvent = { by: string } & (
  | { event: 'ping'; hookId: number }
  | { event: 'pull_request'; action: string; pull: PullRequest }
  | { event: 'pull_request_review'; action: 'submitted' | 'dismissed'; pull: PullRequest; review: Review }
  | { event: 'issue_comment'; action: 'created'; pull: PullRequest; comment: Comment }
  | { event: 'check_run'; action: 'created' | 'completed'; sha: string; check: CheckRun & { id: number; at: number } }
  | { event: 'status'; sha: string; status: CommitStatus }
);

/** A webhook: which events are sent by POST to which url. */
export interface RepositoryHook {
  id: number;
  url: string;
  /** The key for signatures; empty for none. */
  secret: string;
  /** Whether the payload is sent as a form field instead of JSON. */
  form: boolean;
  events: readonly string[];
  active: boolean;
  createdAt: number;
  /** The repository with the urls that the subscriber used. */
  view: View;
}

/** The urls for one request: every url in an answer has the host of the request. */
export interface View {
  origin: string;
  hosted: Hosted;
  defaultBranch: string;
}

export interface Hosted {
  tenant: GitHubTenant;
  id: number;
  readonly fullName: string;
  git: Repository;
  clock: Clock;
  pulls: PullRequest[];
  /** By commit, newest first. */
  statuses: Map<string, CommitStatus[]>;
  checkRuns: Map<string, (CheckRun & { id: number; at: number })[]>;
  hooks: RepositoryHook[];
  /** Sends an event to all subscribers. */
  tell(event: HookEvent): void;
  nextId(): number;
}

type Tell = (hosted: Hosted, event: HookEvent) => void;

export function openHosted(tenant: GitHubTenant, id: number, clock: Clock, tell: Tell): Hosted {
  let lastId = id * 1_000_000;
  const hosted: Hosted = {
    tenant,
    id,
    get fullName() {
      return `${tenant.owner}/${tenant.repository}`;
    },
    git: openRepository(tenant.directory),
    clock,
    pulls: [],
    statuses: new Map(),
    checkRuns: new Map(),
    hooks: [],
    tell: (event) => tell(hosted, event),
    nextId: () => ++lastId,
  };
  return hosted;
}

/** The reviews that a person sees: their own pending ones too, if they are known. */
export function reviewsSeenBy({ reviews }: PullRequest, login?: string): Review[] {
  return reviews.filter(({ state, author }) => state !== 'PENDING' || author === login);
}

/** The comments of the reviews that a person sees. */
export function reviewCommentsSeenBy(pull: PullRequest, login?: string): ReviewComment[] {
  const seen = new Set(reviewsSeenBy(pull, login).map(({ id }) => id));
  return pull.reviewComments.filter(({ reviewId }) => seen.has(reviewId));
}

export function personByLogin({ tenant }: Hosted, login: string): GitHubPerson | undefined {
  return Object.values(tenant.people).find((person) => person.login === login);
}

export function isProtectedFrom(person: GitHubPerson, branch: string): boolean {
  return (person.protectedBranches ?? []).some((pattern) => {
    const source = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${source.join('.*')}$`).test(branch);
  });
}

/** Repository, people and rights for the git server. */
export function gitRepositoryOf(tenant: GitHubTenant): GitRepository {
  const { owner, directory, people } = tenant;
  const allowed = Object.values(people).filter(({ contents }) => contents !== 'none');
  return {
    get path() {
      return `/${owner}/${tenant.repository}.git`;
    },
    get formerPaths() {
      return (tenant.formerNames ?? []).map((name) => `/${owner}/${name}.git`);
    },
    directory,
    people: allowed.map(({ login, token, contents, protectedBranches = [] }) => ({
      login,
      token,
      push: contents === 'write',
      protectedBranches,
    })),
  };
}
