/** What we know about a work item in addition to its tile: its phase, and the outcome of each stage. */
import type { Refusal } from '../refusal.ts';
import type { BarredMoves } from './board-move.ts';
import type { Phase } from './phase.ts';
import type { Plan, WrittenPlan } from './plan.ts';
import type { Warning } from './second-look.ts';
import type { Person } from './tracker.ts';

export interface PostedPlan extends WrittenPlan {
  /** The commit of the target branch it was made from. */
  baseSha: string;
  /** Hash of the tile's content fields when it was made. */
  contentHash: string;
  /** Where it is on the tile, after it was posted. */
  posted?: { commentId: number; version: number; at: number };
  /** The approved plan that it takes the place of, where the work turned out to need other files. */
  revises?: Plan;
  /** How often people were reminded of it. */
  reminders?: number;
  /** Why it must not be approved any more, and when it is made again, milliseconds since 1970. */
  stale?: { refusal: Refusal; againAt: number };
}

/** A person's move of the tile that lets the plan be carried out. */
export interface Approval {
  /** The revision that set the state to approved. */
  rev: number;
  by: Person;
  at: number;
  /** The revision by which we took the approved tile, once we have. */
  claimRev?: number;
}

export interface TestOutcome {
  passed: boolean;
  /** What was run; undefined where nothing was. */
  command?: string;
  /** The last lines of the output, redacted. */
  output: string;
  seconds: number;
}

/** How far a commit shall go now: no further, onto its branch, or into a pull request. */
export type CommitGoal = 'no' | 'push' | 'pull-request';

export interface Commit {
  sha: string;
  /** The lines and paths, as people read them in the pull request. */
  summary: string;
  /** How far it was wanted to go when its tests were started. */
  deliver: CommitGoal;
  tests?: TestOutcome;
  /** What the second look at it says, for the people who review it. */
  warnings?: readonly Warning[];
  pushed?: boolean;
}

/** What the model wrote for the pull request, redacted; it is sanitized where it is shown. */
export interface PullRequestWords {
  title?: string;
  body?: string;
}

/** The work under an approved plan. */
export interface Change {
  branch: string;
  /** The last commit that was made. */
  commit?: Commit;
  /** A commit with work on top of `commit`, or of the plan's base, that stands in no commit of the branch yet. */
  kept?: string;
  /** The last commit of ours that is on the branch. */
  pushedSha?: string;
  /** A commit whose content the remote refused, in its words: its work is gone on with, and the next commit takes its place. */
  refused?: { sha: string; words: string };
  /** For the pull request that is opened with it. */
  words?: PullRequestWords;
  /** Ids of what was said and found on the pull request that the engine was told of. */
  heard?: string[];
}

/** What stands between the change and its merge. */
export interface Behind {
  /** The commit to merge in: the target branch's, or people's on our own branch. */
  theirs: string;
  of: 'target' | 'branch';
  /** Who can merge it. */
  needs: 'git' | 'engine' | 'people';
  /** The files that keep git from doing it alone. */
  files: string[];
}

/** The pull request. */
export interface Review {
  number: number;
  url: string;
  /** People closed it, or turned it to another branch, and the item was cancelled for that. */
  isClosed?: true;
  /** What must be merged into the change, as it was last seen. */
  behind?: Behind;
  /** What the commit on its way has merged in. */
  merging?: string;
  /** What is not merged in again by ourselves, since the remote refused the merge. */
  left?: string;
}

/** The merge on its way to the instance. */
export interface Deployment {
  mergedSha: string;
  /** What was sent last. */
  sent?: SentDeployment;
  deployedSha?: string;
}

export interface SentDeployment {
  deploymentId: string;
  /** When its sending was stored, milliseconds since 1970: what it is waited for counts from here. */
  at?: number;
  /** The commit that the instance ran before. */
  before?: string;
  /** Its end is not known yet. */
  isUnderWay?: boolean;
  /** Who took the item away meanwhile, and how. */
  takenAway?: string;
}

/** How often things happened. */
export interface Counts {
  /** The tile was moved, or written on, by us; makes each of these effects' key its own. */
  moves: number;
  /** The status comment was written. */
  told: number;
  attempts: number;
  /** Plans that were out of date one after another, without a person's decision in between. */
  stale?: number;
  repairs: number;
  replans: number;
  questions: number;
  /** Branches of earlier plans that people may still look at; the next plan gets one of its own. */
  branchesLeft: number;
}

/** Grouped by stage: an item that goes back leaves out the groups of the stages that it has to go through again. */
export interface WorkItem {
  workItemId: number;
  title: string;
  type: string;
  phase: Phase;
  /** When it came into its phase, milliseconds since 1970. */
  since?: number;
  plan?: PostedPlan;
  approval?: Approval;
  change?: Change;
  review?: Review;
  deployment?: Deployment;
  counts: Counts;
  question?: { text: string; at?: number };
  /** What the engine is told when it goes on: an answer, feedback, a failed test, what is missing. */
  hint?: string;
  /** Why it waits or ended, where that needs words. */
  refusal?: Refusal;
  /** Why its last turn came to rest in this phase, as the status comment tells it. */
  restsFor?: Refusal;
  /** Changes of its tile that a rule of the board refused. */
  barred?: BarredMoves;
  /** The tile's last change of state when a person cancelled it here: only a later one brings it back. */
  cancelledRev?: number;
}

export function newWorkItem(workItemId: number, title: string, type: string): WorkItem {
  const counts = { moves: 0, told: 0, attempts: 0, repairs: 0, replans: 0, questions: 0, branchesLeft: 0 };
  return { workItemId, title, type, phase: 'intake', counts };
}

/** The commit that has the item's work, whether it is on its branch or not. */
export function workOf({ change }: WorkItem): string | undefined {
  return change?.kept ?? change?.refused?.sha ?? change?.commit?.sha;
}
