/** What we know of one work item beyond its tile: its phase, plan, approval, change, pull request and deployment. */
import type { Refusal } from '../refusal.ts';
import type { BarredMoves } from './board-move.ts';
import type { Phase } from './phase.ts';
import type { Plan } from './plan.ts';
import type { Person } from './tracker.ts';

export interface PostedPlan {
  plan: Plan;
  /** sha256 of what was posted. */
  hash: string;
  /** The commit of the target branch it was made from. */
  baseSha: string;
  /** Hash of the tile's content fields when it was made. */
  contentHash: string;
  /** Where it stands on the tile, once it does. */
  posted?: { commentId: number; version: number; at: number };
  /** The approved plan that it takes the place of, where the work turned out to need other files. */
  revises?: Plan;
  /** How often people were reminded of it. */
  reminders?: number;
}

export interface Approval {
  /** The revision that set the state to approved. */
  rev: number;
  by: Person;
  at: number;
}

export interface TestOutcome {
  passed: boolean;
  /** The last lines of the output, redacted. */
  output: string;
  seconds: number;
}

/** How far a change shall go now: no further, onto its branch, or into a pull request. */
export type Delivery = 'no' | 'push' | 'pull-request';

export interface Change {
  sha: string;
  /** The lines and paths, as people read them in the pull request. */
  summary: string;
  /** How far it was wanted to go when its tests were started. */
  deliver: Delivery;
  tests?: TestOutcome;
  pushed?: boolean;
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

export interface WorkItem {
  workItemId: number;
  title: string;
  type: string;
  phase: Phase;
  /** When it came into its phase, milliseconds since 1970. */
  since?: number;
  /** How often its status comment was written. */
  told?: number;
  plan?: PostedPlan;
  approval?: Approval;
  /** The revision by which we took the approved tile. */
  claimRev?: number;
  branch?: string;
  change?: Change;
  /** A commit with work on top of the change, or of the plan's base, that stands in no commit of the branch yet. */
  kept?: string;
  /** The last commit of ours that is on the branch. */
  pushedSha?: string;
  pullRequest?: { number: number; url: string };
  /** What must be merged into the change, as it was last seen. */
  behind?: Behind;
  /** Ids of what was said and found on the pull request that the engine was told of. */
  heard?: string[];
  mergedSha?: string;
  /**
   * The last deployment of its merge, the commit that the instance ran before it, whether its end is not known yet, and
   * who cancelled the item meanwhile.
   */
  deployment?: { deploymentId: string; before?: string; isUnderWay?: boolean; left?: string };
  /** The tile's last change of state when a person cancelled it here: only a later one brings it back. */
  cancelledRev?: number;
  deployedSha?: string;
  question?: { text: string; at?: number };
  /** What the engine is told when it goes on: an answer, feedback, a failed test, what is missing. */
  hint?: string;
  /** Why it waits or ended, where that needs words. */
  refusal?: Refusal;
  /** Changes of its tile that a rule of the board refused. */
  barred?: BarredMoves;
  /** Branches of earlier plans that people may still look at; the next plan gets one of its own. */
  branchesLeft?: number;
  /** How often its tile was moved by us; makes each move's key its own. */
  moves: number;
  attempts: number;
  repairs: number;
  replans: number;
  questions: number;
}

export function newWorkItem(workItemId: number, title: string, type: string): WorkItem {
  const counts = { moves: 0, attempts: 0, repairs: 0, replans: 0, questions: 0 };
  return { workItemId, title, type, phase: 'intake', ...counts };
}
