/** The nouns of the pull requests: repositories with their policies, pull requests, and what people say and vote on them. */
import type { Repository } from '../git-http/repository.ts';
import type { BranchPolicy, Person, Project } from './model.ts';

export interface CodeRepository {
  /** GUID, the same on every start. */
  id: string;
  name: string;
  project: Project;
  git: Repository;
  /** May be changed at any time. */
  policies: BranchPolicy[];
  pulls: PullRequest[];
  /** Does one piece of work after the other, so that two requests at once never see each other's half. */
  serially<T>(work: () => Promise<T>): Promise<T>;
}

/** In the order of the API's own numbers, from 1 on. */
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

/** 10 approved, 5 approved with suggestions, 0 none, -5 waits for the author, -10 rejected. */
export type Vote = 10 | 5 | 0 | -5 | -10;

export interface ThreadComment {
  id: number;
  parentId: number;
  /** Undefined: the system itself. */
  by?: Person;
  text: string;
  at: string;
}

export interface Thread {
  id: number;
  comments: ThreadComment[];
  status?: string;
  /** Where in a file it stands, as it was sent. */
  context?: unknown;
  /** Only of what the system says: what happened, as the API tells it. */
  properties?: Record<string, string>;
  /** People named by the properties. */
  identities?: Record<string, Person>;
}

export interface PullStatus {
  id: number;
  state: string;
  description: string;
  context: { name: string; genre: string };
  targetUrl: string;
  /** The push that it is about; the whole pull request where it names none. */
  iterationId?: number;
  by: Person;
  at: string;
}

export interface PullRequest {
  /** Counts over the whole organization. */
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
  /** Both sides at the last merge that was tried. */
  sourceSha: string;
  targetSha: string;
  mergeStatus?: 'queued' | 'conflicts' | 'succeeded' | 'rejectedByPolicy';
  /** A trial while it is active, the real one once it is completed. */
  mergeSha?: string;
  mergeFailure?: string;
  /** When its merge was queued, milliseconds. */
  queuedAt: number;
  /** Asked for, and carried out when the queue comes to it. */
  completion?: Completion;
  reviewers: { person: Person; vote: Vote }[];
  threads: Thread[];
  labels: string[];
  statuses: PullStatus[];
  /** One for each push to the source branch, oldest first. */
  iterations: { sourceSha: string; at: string }[];
}

/** What is told of a pull request, after it happened. */
export interface PullEvent {
  pull: PullRequest;
  by: Person;
  kind: 'created' | 'updated' | 'merged' | 'commented';
  /** What was said, where something was. */
  comment?: ThreadComment;
}
