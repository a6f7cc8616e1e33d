/** A work item of acme with its plan, its tile and the people around it, for tests of the lifecycle and the gate. */
import { isRefusal, type Refusal } from '../../src/refusal.ts';
import type { GateFacts, GateRules } from '../../src/work-items/gate/rules.ts';
import { decide } from '../../src/work-items/lifecycle/decide.ts';
import type { Facts, Intent, LifecycleEvent, LifecycleRules } from '../../src/work-items/lifecycle/events.ts';
import type { Phase } from '../../src/work-items/phase.ts';
import { type Plan, type PlanBounds, planComment, writePlan } from '../../src/work-items/plan.ts';
import type { Person, StateChange, Tile, TileComment } from '../../src/work-items/tracker.ts';
import {
  type Commit,
  type Counts,
  newWorkItem,
  type PostedPlan,
  type WorkItem,
} from '../../src/work-items/work-item.ts';

export const me: Person = { id: 'agent-id', name: 'Acme agent', mail: 'agent@acme.example' };
export const eve: Person = { id: 'eve-id', name: 'Eve', mail: 'eve@acme.example' };
export const rob: Person = { id: 'rob-id', name: 'Rob', mail: 'rob@acme.example' };

export const mapping = {
  new: 'New',
  planning: 'Planning',
  planReady: 'Plan Ready',
  approved: 'Approved',
  inProgress: 'In Progress',
  prCreated: 'PR Created',
  deployed: 'Deployed',
  rejected: 'Rejected',
  failed: 'Failed',
};

const everyPhase: Readonly<Record<Phase, true>> = {
  intake: true,
  planning: true,
  'needs-info': true,
  'plan-ready': true,
  executing: true,
  'pr-created': true,
  deploying: true,
  deployed: true,
  cancelled: true,
  refused: true,
  failed: true,
};
export const phases = Object.keys(everyPhase) as Phase[];

export const gateRules: GateRules = { mapping, approvers: ['eve@acme.example'], maxAgeDays: 14, notRequester: false };

/** What texts about acme's work items name. */
export const statusNames = {
  agentId: 'codechange/acme',
  mapping,
  approvers: ['eve@acme.example'],
  notRequester: false,
};

export const rules: LifecycleRules = {
  attemptsMax: 3,
  repairsMax: 2,
  replansMax: 2,
  questionsMax: 2,
  testsMayFail: false,
  labels: [],
  reviewers: [],
  deploys: true,
  rollback: 'auto',
};

export const bounds: PlanBounds = {
  outOfPlan: 'block',
  targetBranch: 'main',
  instance: { name: 'acme-prod', mode: 'push' },
};

export const plan: Plan = {
  summary: 'Guard the keys against prototypes.',
  steps: ['Refuse `__proto__`', 'Cover it with a test'],
  files: [
    { path: 'src/pointer.js', change: 'edit' },
    { path: 'test/keys.js', change: 'new' },
  ],
  tests: ['npm test'],
  risks: 'Callers that relied on it.',
  rollback: 'Revert the merge.',
};

export const day = 86_400_000;
export const base = 'b'.repeat(40);
export const sha = 'c'.repeat(40);
export const merged = 'd'.repeat(40);
/** When the plan was posted. */
export const postedAt = Date.UTC(2026, 10, 20, 10);

export const postedPlan: PostedPlan = {
  ...writePlan(12, plan, bounds),
  baseSha: base,
  contentHash: 'content-1',
  posted: { commentId: 31, version: 1, at: postedAt },
};

export const approval = { rev: 7, by: eve, at: postedAt + 60_000 };

export function withCounts(item: WorkItem, counts: Partial<Counts>): WorkItem {
  return { ...item, counts: { ...item.counts, ...counts } };
}

export function withChange(item: WorkItem, change: Partial<NonNullable<WorkItem['change']>>): WorkItem {
  return { ...item, change: { branch: 'feature/acme-12', ...item.change, ...change } };
}

/** The item with this as its last commit. */
export function withCommit(item: WorkItem, commit: Partial<Commit> = {}): WorkItem {
  return withChange(item, { commit: { sha, summary: '', deliver: 'no', ...commit } });
}

export function itemIn(phase: WorkItem['phase'], extra: Partial<WorkItem> = {}): WorkItem {
  return { ...withCounts(newWorkItem(12, 'Guard keys', 'Bug'), { moves: 3 }), phase, ...extra };
}

export const planReady = itemIn('plan-ready', { plan: postedPlan });
export const executing = itemIn('executing', {
  plan: postedPlan,
  approval: { ...approval, claimRev: 8 },
  change: { branch: 'feature/acme-12' },
});
/** Approved, and not taken by us yet. */
export const unclaimed: WorkItem = { ...executing, approval };
const tests = { passed: true, output: '', seconds: 1 };
export const inReview: WorkItem = {
  ...withCommit(executing, { summary: 'a', deliver: 'pull-request', tests, pushed: true }),
  phase: 'pr-created',
  review: { number: 4, url: 'https://code.example/4' },
};
export const deploying: WorkItem = { ...inReview, phase: 'deploying', deployment: { mergedSha: merged } };

export function tileIn(state: string, extra: Partial<Tile> = {}): Tile {
  return {
    workItemId: 12,
    rev: 7,
    type: 'Bug',
    title: 'Guard keys',
    state,
    tags: ['jvagent'],
    createdBy: rob,
    changedAt: postedAt,
    content: {},
    contentHash: 'content-1',
    predecessors: [],
    attachments: [],
    ...extra,
  };
}

export function commentBy(by: Person, text: string, extra: Partial<TileComment> = {}): TileComment {
  return { commentId: 40, version: 1, text, format: 'markdown', by, at: postedAt + 1_000, isDeleted: false, ...extra };
}

export const planNote = commentBy(me, planComment(12, postedPlan, 'Approved', 'Rejected'), {
  commentId: 31,
  at: postedAt,
});

export const approvedByEve: StateChange = {
  rev: 7,
  state: 'Approved',
  at: approval.at,
  by: eve,
  shownAs: eve,
  signedInAs: eve,
};

export const ourClaim: StateChange = {
  rev: 8,
  state: 'In Progress',
  at: approval.at + 1_000,
  by: me,
  shownAs: me,
  signedInAs: me,
  otherRev: 7,
};

/** Everything an approval needs, read live. */
export const holding: GateFacts = {
  tile: tileIn('Approved'),
  change: approvedByEve,
  comments: [planNote],
  me,
  agentIdentities: ['agent-id', 'globex-agent-id'],
  baseOnTarget: true,
  pathsMoved: [],
  now: approval.at + 60_000,
};

/** What a row of the table does. */
export function after(
  item: WorkItem,
  event: LifecycleEvent,
  given: Partial<LifecycleRules> = {},
  facts: Partial<Facts> = {},
) {
  const {
    item: next,
    intents: all,
    callsOff,
    hold,
  } = decide(item, event, factsWith({ rules: { ...rules, ...given }, ...facts }));
  // That the status comment follows is a promise of its own.
  const intents = all.filter(({ kind }) => kind !== 'tell');
  return { ...next, intents, kinds: intents.map(({ kind }) => kind), callsOff, hold };
}

export const factsWith = (facts: Partial<Facts> = {}): Facts => ({
  rules,
  now: postedAt,
  owed: [],
  others: [],
  ...facts,
});

export function done(intent: Intent, result = {}): LifecycleEvent {
  return { kind: 'effect-done', intent, result };
}

/** The code of a refusal; what was not refused as it is. */
export function codeOf(value: unknown): unknown {
  return isRefusal(value) ? (value as Refusal).refused : value;
}
