/** The port to the system that holds the pull requests. */
import type { Permit } from './gate/permit.ts';

export interface PullRequest {
  number: number;
  url: string;
  /** How work items link to it as one of their own kind, where tracker and code host are one system. */
  artifact?: string;
  /** The account that opened it. */
  openedBy: string;
  state: 'open' | 'closed' | 'merged';
  draft: boolean;
  branch: string;
  /** The branch's commit now, or at the merge. */
  headSha: string;
  base: string;
  /** The commit the merge left on the base branch; only when merged. */
  mergedSha?: string;
  /** When, in milliseconds since 1970, where the host says so. */
  mergedAt?: number;
  /** The account that merged. */
  mergedBy?: string;
}

/** What a person said on a pull request, oldest first. */
export interface ReviewNote {
  id: string;
  by: string;
  /** Whether the host says in these minutes that this person may write to the repository. */
  maySteer: boolean;
  kind: 'comment' | 'changes-requested' | 'approved';
  text: string;
  at: number;
}

/** What a program of the code host says of a commit. */
export interface Check {
  name: string;
  /** `unknown` stands for checks that could not be read: the list of them was cut. */
  state: 'pending' | 'passed' | 'failed' | 'unknown';
  url?: string;
  summary?: string;
}

export interface PullRequestDraft {
  branch: string;
  sha: string;
  base: string;
  title: string;
  body: string;
  draft: boolean;
}

/** Why looks at pull requests wait, and until when, in milliseconds since 1970. */
export interface LookPause {
  why: string;
  until: number;
}

export interface CodeHost {
  /** How many characters the text of a pull request may have; undefined where that is more than we write. */
  readonly bodyCharsMax?: number;
  /** Why a look should wait, so that enough of the token's calls is left for work in hand; undefined where it may begin. */
  lookPause?(): LookPause | undefined;
  /** When our token expires, milliseconds since 1970, as the host last said; null for one that lasts, undefined if it does not say. */
  tokenExpiresAt?(): number | null | undefined;
  /** The account whose token we hold. */
  me(): Promise<string>;
  /** The newest pull request from our branch into `base`, in whatever state. */
  find(branch: string, base: string): Promise<PullRequest | undefined>;
  get(number: number): Promise<PullRequest>;
  /** What people said, but for the notes whose ids were `heard` before. */
  notes(number: number, heard?: ReadonlySet<string>): Promise<ReviewNote[]>;
  /** The checks of the pull request's head, each name once; none where our token may not read them. */
  checks(pullRequest: Pick<PullRequest, 'number' | 'headSha'>): Promise<Check[]>;
  open(permit: Permit, draft: PullRequestDraft): Promise<PullRequest>;
  hasLabel(number: number, label: string): Promise<boolean>;
  /** Sets one label more; a permit to `label-pr` for this pull request. Throws OutsideError. */
  addLabel(permit: Permit, number: number, label: string): Promise<void>;
  /** Whether they are among those whose review is asked for. */
  isReviewer(number: number, reviewer: string): Promise<boolean>;
  /**
   * Asks one person or team for a review, by the name that the host knows them by; a permit to `ask-review` for this pull
   * request. Throws OutsideError, `refused` for somebody who cannot review.
   */
  addReviewer(permit: Permit, number: number, reviewer: string): Promise<void>;
}
