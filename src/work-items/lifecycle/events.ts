/** What can happen to a work item, and what the platform then intends to do: the two vocabularies of the lifecycle. */
import type { Refusal } from '../../refusal.ts';
import type { BoardMove, SeenTile } from '../board-move.ts';
import type { StateKey } from '../phase.ts';
import type { WrittenPlan } from '../plan.ts';
import type { Warning } from '../second-look.ts';
import type { Person } from '../tracker.ts';
import type { Approval, Behind, CommitGoal, PullRequestWords, TestOutcome, WorkItem } from '../work-item.ts';
import type { Hold } from './hold.ts';

/** A fact, read live or done by us; never a hook's or a model's word about the outside. */
export type LifecycleEvent =
  | { kind: 'found'; title: string; type: string }
  | { kind: 'found-approved'; title: string; type: string }
  | ({ kind: 'plan-submitted'; baseSha: string; contentHash: string } & WrittenPlan)
  /** `sha` holds work that a turn left outside every commit of the branch. */
  | { kind: 'work-kept'; sha: string }
  /** Nobody has decided on the plan for so long. */
  | { kind: 'reminder-due'; hours: number }
  | { kind: 'question-asked'; question: string }
  | { kind: 'answered'; answer: string }
  /** `code` is of what stopped it, where that was no word of the model's. */
  | { kind: 'turn-fell-short'; why: string; code?: 'TURN_TIME' | 'STALLED' }
  | { kind: 'approved'; approval: Approval; branch: string }
  /** `rev` is that of the change of state that was judged, `by` whose it was. */
  | { kind: 'gate-refused'; refusal: Refusal; rev?: number | undefined; by?: Person | undefined }
  /** On the board; or by a person in Slack, of the plan with this `hash`. */
  | { kind: 'rejected'; feedback: string; by?: string; hash?: string }
  /** `rev` is that of an approval that was judged. */
  | { kind: 'plan-stale'; refusal: Refusal; rev?: number | undefined }
  | { kind: 'change-made'; sha: string; summary: string; deliver: CommitGoal; words?: PullRequestWords }
  /** `heard` names what the feedback tells. */
  | { kind: 'steered'; feedback: string; heard: string[] }
  | { kind: 'fell-behind'; behind: Behind }
  | { kind: 'caught-up' }
  /** A repair turn ended well and changed nothing; its last words. */
  | { kind: 'left-as-is'; words: string }
  | { kind: 'merged'; mergedSha: string }
  | { kind: 'pull-request-closed'; why: string }
  | { kind: 'pull-request-reopened' }
  | { kind: 'already-deployed'; sha: string }
  | { kind: 'moved'; to: 'new' | 'planReady' | 'elsewhere'; why: string }
  | { kind: 'gone'; why: string }
  | { kind: 'gave-up'; refusal: Refusal }
  /** `rev` is that of the tile's last change of state. */
  | { kind: 'cancelled-by'; by: string; rev: number }
  /** `mergedSha` is that of the item's pull request, where people merged it. */
  | { kind: 'retried-by'; by: string; mergedSha?: string }
  /** `refusal` says why the instance cannot go back from this item's merge. */
  | { kind: 'rolled-back-by'; by: string; refusal?: Refusal }
  /**
   * The item comes out of a backup: whether we moved its tile on since, into which state (`found`), and the pull request
   * that it did not know of, with the approval that it was opened under if the tile still tells of that.
   */
  | { kind: 'restored'; movedOn: boolean; found?: string; ahead?: AheadOfBackup }
  | { kind: 'effect-done'; intent: Intent; result: EffectResult }
  /** `seen` where the other side itself refused a change of the tile. */
  | { kind: 'effect-refused'; intent: Intent; refusal: Refusal; seen?: SeenTile }
  /** A turn came to rest; `refusal` is why, where people are to be told. */
  | { kind: 'rests'; refusal?: Refusal }
  /** Moves that a rule of the board refused are tried again, or dropped because people moved the tile. */
  | { kind: 'unbarred'; again: boolean };

export interface AheadOfBackup {
  branch: string;
  number: number;
  url: string;
  headSha: string;
  approval?: Approval;
}

/** Something to be done outside, under a permit, once in effect; `nth` tells it from an earlier one of the same content. */
export type Intent =
  | BoardMove
  | { kind: 'post-plan'; hash: string; nth: number }
  /** The comment with the plan says at its top that it must not be approved. */
  | { kind: 'mark-stale'; hash: string; why: string; againAt: number }
  | { kind: 'ask'; question: string; nth: number }
  | { kind: 'test'; sha: string; nth: number }
  /** One that an earlier version asked for has no `nth`. */
  | { kind: 'push'; sha: string; branch: string; nth?: number }
  | { kind: 'open-pr'; branch: string; sha: string; nth: number }
  | { kind: 'label-pr'; number: number; label: string }
  | { kind: 'ask-review'; number: number; reviewer: string }
  | { kind: 'comment'; text: string; nth: number }
  /** The status comment says what is so now. */
  | { kind: 'tell'; nth: number }
  | { kind: 'set-fields'; fields: Readonly<Record<string, unknown>>; nth: number }
  | { kind: 'create-child'; type: string; fields: Readonly<Record<string, unknown>>; nth: number }
  | { kind: 'deploy'; sha: string; nth: number }
  /** What was sent is waited for and verified, whatever became of the item meanwhile; `nth` is that of its deployment. */
  | { kind: 'verify'; sha: string; deploymentId: string; nth: number }
  /** `before` is the commit to come back to, where it is known. */
  | { kind: 'rollback'; sha: string; deploymentId: string; nth: number; before?: string };

export type IntentKind = Intent['kind'];

/** The outcome of an effect; each kind fills in its own fields. */
export interface EffectResult {
  rev?: number;
  commentId?: number;
  version?: number;
  at?: number;
  tests?: TestOutcome;
  /** What the second look at a tested commit says. */
  warnings?: readonly Warning[];
  number?: number;
  url?: string;
  artifact?: string;
  deploymentId?: string;
  workItemId?: number;
  /** Whether the instance runs the merge and is healthy; undefined while that is not known yet. */
  deployed?: boolean;
  /** The instance had not changed, so that there was nothing to roll back. */
  nothingSent?: true;
  /** How people took the item away meanwhile. */
  takenAway?: string;
  /** The commit that the instance ran before. */
  before?: string;
  why?: string;
}

/** The bounds and wishes of an agent that the lifecycle asks for. */
export interface LifecycleRules {
  attemptsMax: number;
  repairsMax: number;
  replansMax: number;
  questionsMax: number;
  testsMayFail: boolean;
  /** The labels of a new pull request. */
  labels: readonly string[];
  /** Who is asked to review a new pull request. */
  reviewers: readonly string[];
  /** Whether a merge is brought to an instance, by us or by the customer's own pipeline. */
  deploys: boolean;
  rollback: 'auto' | 'ask' | 'never';
}

/** An effect that the session owes: it was asked for, and the lifecycle has not seen its outcome. */
export interface OwedEffect {
  intent: Intent;
  state: 'intended' | 'begun' | 'done' | 'refused';
  refusal?: Refusal | undefined;
}

/** What a decision needs to know beside the item. */
export interface Facts {
  rules: LifecycleRules;
  /** Milliseconds since 1970. */
  now: number;
  owed: readonly OwedEffect[];
  /** The agent's other items that hold files of theirs. */
  others: readonly WorkItem[];
}

export interface Decision {
  item: WorkItem;
  intents: Intent[];
  /** What the session owed before is owed no more. */
  callsOff?: true;
  /** What the item's instance is put on hold for. */
  hold?: Hold | undefined;
}

export type EnginePhase = 'planning' | 'executing' | 'repair';

/** What ends a wait: the tile comes into one of these states, somebody writes on it, or its pull request is merged. */
export type WaitsFor = { resumePrompt: string } & (
  | { what: 'state'; states: readonly StateKey[] }
  | { what: 'comment' }
  | { what: 'merge'; url: string }
);

export type EventKind = LifecycleEvent['kind'];
export type EventOf<K extends EventKind> = Extract<LifecycleEvent, { kind: K }>;
export type IntentOf<K extends IntentKind> = Extract<Intent, { kind: K }>;
export type Row<K extends EventKind> = (item: WorkItem, event: EventOf<K>, facts: Facts) => Decision;
/** What each event does in one phase; an event without a row changes nothing there. */
export type Rows = { readonly [K in EventKind]?: Row<K> | undefined };

/** All that holds for items in one phase. */
export interface PhaseRules {
  readonly rows: Rows;
  /** The turn of the engine that the item needs once nothing is owed; undefined when it rests. */
  readonly engine?: (item: WorkItem) => EnginePhase | undefined;
  /** What it waits for, shown to people and outsiders; the lifecycle itself never reads it. */
  readonly waitsFor?: (item: WorkItem) => WaitsFor;
}
