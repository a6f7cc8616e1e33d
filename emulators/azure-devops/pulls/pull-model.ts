/** The data types of pull requests: repositories with their policies, pull requests, threads and votes. */
import type { Repository } from '../../git-http/repository.ts';
import type { BranchPolicy, Person, Project } from '../model.ts';

export interface CodeRepository {
  /** GUID, the same on every start. */
  id: string;
  name: string;
  project: Project;
  git: Repository;
  /** Can be changed at any time. */
  policies: BranchPolicy[];
  /** Who must approve pull requests into which branches. */
  requiredReviewers: ReviewerPolicy[];
  pulls: PullRequest[];
  /** Runs work one after the other, so that concurrent requests never see unfinished changes. */
  serially<T>(work: () => Promise<T>): Promise<T>;
}

/** A policy that people or groups must approve. */
export interface ReviewerPolicy {
  id: number;
  isBlocking: boolean;
  /** The target branch, without `refs/heads/`; undefined for every branch. */
  branch: string | undefined;
  reviewers: readonly Person[];
}

/** In the order of the API's numbers, beginning with 1. */
export type MergeStrategy = 'noFastForward' | 'squash' | 'rebase' | 'rebaseMerge';

export interface Completion {
  by: Person;
  /** ISO time. */
  at: string;
  strategy: MergeStrategy;
  message?: string;
  deleteSourceBranch: boolean;
  transitionWorkItems: boolean;
}

/** 10 approved, 5 approved with suggestions, 0 none, -5 waiting for the author, -10 rejected. */
export type Vote = 10 | 5 | 0 | -5 | -10;

/** A person or a group, whose members vote for it. */
export interface Reviewer {
  person: Person;
  vote: Vote;
  /** Set by a policy, or by who asked for the review. */
  isRequired?: boolean;
}

export interface ThreadComment {
  id: number;
  parentId: number;
  /** Undefined for the system itself. */
  by?: Person;
  text: string;
  at: string;
  /** When its author changed or deleted it. */
  changedAt?: string;
  isDeleted?: boolean;
}

export interface Thread {
  id: number;
  comments: ThreadComment[];
  status?: string;
  /** The position in a file, as it was sent. */
  context?: unknown;
  /** Only for comments of the system: what happened, in the API's form. */
  properties?: Record<string, string>;
  /** The people named in the properties. */
  identities?: Record<string, Person>;
}

export interface PullStatus {
  id: number;
  state: string;
  description: string;
  context: { name: string; genre: string };
  targetUrl: string;
  /** The push that it concerns; if absent, the whole pull request. */
  iterationId?: number;
  by: Person;
  at: string;
}

export interface PullRequest {
  /** Unique in the organization. */
  id: number;
  repository: CodeRepository;
  title: string;
  description: string;
  /** Branches without `refs/heads/`. */
  source: string;
  target: string;
  isDraft: boolean;
  status: 'active' | 'completed' | 'abandoned';
  createdBy: Person;
  /** ISO times. */
  createdAt: string;
  closedAt?: string;
  closedBy?: Person;
  /** Both sides of the last merge attempt. */
  sourceSha: string;
  targetSha: string;
  mergeStatus?: 'queued' | 'conflicts' | 'succeeded' | 'rejectedByPolicy';
  /** The trial merge while it is active, the real merge after completion. */
  mergeSha?: string;
  mergeFailure?: string;
  /** When its merge was queued, in milliseconds. */
  queuedAt: number;
  /** The requested completion; executed when the queue reaches it. */
  completion?: Completion;
  reviewers: Reviewer[];
  threads: Thread[];
  labels: string[];
  statuses: PullStatus[];
  /** One for each push to the source branch, oldest first. */
  iterations: { sourceSha: string; at: string }[];
}

/** An event of a pull request. */
export interface PullEvent {
  pull: PullRequest;
  by: Person;
  kind: 'created' | 'updated' | 'merged' | 'commented';
  /** The comment, if there is one. */
  comment?: ThreadComment;
}
