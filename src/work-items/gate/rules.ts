/**
 * What makes an approval hold, as pure checks over facts that were read live a moment before.
 *
 * state -> actor -> plan comment -> order -> content -> base -> age: the first that fails names the refusal.
 */
import { type Refusal, refuse } from '../../refusal.ts';
import type { StateMapping } from '../phase.ts';
import { planHash, plannedPaths, saysPlan } from '../plan.ts';
import type { Person, StateChange, Tile, TileComment } from '../tracker.ts';
import type { Approval, WorkItem } from '../work-item.ts';

export interface GateRules {
  mapping: StateMapping;
  /** Ids or mail addresses; undefined lets any person but an agent approve. */
  approvers?: readonly string[];
  maxAgeDays: number;
  /** The person who wrote the work item may not approve its plan. */
  notRequester: boolean;
}

export interface GateFacts {
  tile: Tile;
  change: StateChange | undefined;
  /** All comments on the tile. */
  comments: readonly TileComment[];
  me: Person;
  /** Ids of every identity that an agent of this platform acts as. */
  agentIdentities: readonly string[];
  /** Whether the plan's base is the target branch's head or an ancestor of it. */
  baseOnTarget: boolean;
  /** Paths that differ between the plan's base and the target branch's head. */
  pathsMoved: readonly string[];
  now: number;
}

const dayMs = 86_400_000;

/** Whether an entry of `devops.approvers` (an id or a mail address) means this person. */
export function isPerson(entry: string, person: Person): boolean {
  const wanted = entry.trim().toLowerCase();
  return wanted !== '' && (wanted === person.id.toLowerCase() || wanted === person.mail.toLowerCase());
}

/** Who may approve, as people read it. Addresses are code, so that no reader takes them for mentions. */
export function whoMayApprove({
  approvers,
  notRequester,
}: {
  approvers?: readonly string[] | undefined;
  notRequester: boolean;
}): string {
  const who = approvers ? approvers.map((entry) => `\`${entry}\``).join(' or ') : 'any person who is not an agent';
  return notRequester ? `${who}, except the person who wrote the work item` : who;
}

function actorRefusal(why: string, rules: GateRules): Refusal {
  return refuse('GATE_ACTOR', why, `The state must be set to "${rules.mapping.approved}" by ${whoMayApprove(rules)}.`);
}

function checkActor(change: StateChange, facts: DecisionFacts, rules: GateRules): Refusal | undefined {
  const { by, shownAs, signedInAs } = change;
  if (shownAs.id !== by.id || signedInAs.id !== by.id) {
    const why = `revision ${change.rev} of the work item names ${shownAs.name}, but ${signedInAs.name} made it`;
    return actorRefusal(why, rules);
  }
  if (by.id === facts.me.id || facts.agentIdentities.includes(by.id)) {
    return actorRefusal(`the agent identity ${by.name} set the state`, rules);
  }
  if (rules.approvers && !rules.approvers.some((entry) => isPerson(entry, by))) {
    return actorRefusal(`${by.name} (\`${by.mail}\`) approved, but is not one of the approvers`, rules);
  }
  if (rules.notRequester && facts.tile.createdBy.id === by.id) {
    return actorRefusal(`${by.name} wrote the work item, so they cannot approve its plan`, rules);
  }
  return undefined;
}

/** Whether the plan's comment is ours, whole, and at the version that we posted. */
function checkPlanComment(item: WorkItem, facts: Pick<GateFacts, 'comments' | 'me'>): Refusal | undefined {
  const plan = item.plan;
  if (!plan?.posted) return refuse('GATE_PLAN', `work item ${item.workItemId} has no posted plan`);
  if (planHash(item.workItemId, plan.text) !== plan.hash) {
    return refuse('GATE_PLAN', `the stored plan is not the one that was submitted for work item ${item.workItemId}`);
  }
  const { commentId, version } = plan.posted;
  const comment = facts.comments.find((candidate) => candidate.commentId === commentId && !candidate.isDeleted);
  if (!comment) return refuse('GATE_PLAN', 'the comment with the plan was deleted');
  if (comment.by.id !== facts.me.id) return refuse('GATE_PLAN', `the plan's comment was written by ${comment.by.name}`);
  if (comment.version !== version || !saysPlan(comment.text, plan)) {
    return refuse('GATE_PLAN', 'the comment with the plan was edited');
  }
  return undefined;
}

/** Whether what people asked for is still what the plan was made for. */
export function checkContent(item: WorkItem, tile: Tile): Refusal | undefined {
  if (item.plan?.contentHash === tile.contentHash) return undefined;
  return refuse('GATE_CONTENT', `work item ${item.workItemId} was edited after its plan`);
}

/** Whether the planned files are on the target branch as they were when the plan was made. */
export function checkBase(item: WorkItem, facts: Pick<GateFacts, 'baseOnTarget' | 'pathsMoved'>): Refusal | undefined {
  if (!item.plan) return refuse('GATE_PLAN', `work item ${item.workItemId} has no plan`);
  if (!facts.baseOnTarget) return refuse('GATE_BASE', 'the target branch no longer contains the commit of the plan');
  const planned = plannedPaths(item.plan.plan);
  const moved = facts.pathsMoved.filter((path) => planned.has(path));
  return moved.length === 0
    ? undefined
    : refuse('GATE_BASE', `the target branch changed ${moved.slice(0, 3).join(', ')} since the plan`);
}

type DecisionFacts = Pick<GateFacts, 'tile' | 'comments' | 'me' | 'agentIdentities' | 'now'>;

/** Whether an approver made this change of the state, for the plan as it was posted and is still on the tile. */
export function checkDecision(
  item: WorkItem,
  change: StateChange,
  facts: DecisionFacts,
  rules: GateRules,
): Refusal | undefined {
  const { approved } = rules.mapping;
  if (change.state !== approved) {
    return refuse('GATE_STATE', `work item ${item.workItemId} was set to "${change.state}", not to "${approved}"`);
  }
  const wrong = checkActor(change, facts, rules) ?? checkPlanComment(item, facts);
  if (wrong) return wrong;
  const isOlder = change.at <= (item.plan?.posted?.at ?? Number.POSITIVE_INFINITY);
  return isOlder ? refuse('GATE_REV', 'the approval is older than the plan') : undefined;
}

export function checkAge(at: number, now: number, { maxAgeDays }: GateRules): Refusal | undefined {
  return now - at > maxAgeDays * dayMs
    ? refuse('GATE_EXPIRED', `the approval is older than ${maxAgeDays} days`)
    : undefined;
}

/** The approval as it stands, or the first reason why it does not. */
export function approvalOf(item: WorkItem, facts: GateFacts, rules: GateRules): Approval | Refusal {
  const { tile, change } = facts;
  const { approved } = rules.mapping;
  if (tile.state !== approved || change?.state !== approved) {
    return refuse('GATE_STATE', `work item ${item.workItemId} is in "${tile.state}", not in "${approved}"`);
  }
  const wrong =
    checkDecision(item, change, facts, rules) ??
    checkContent(item, tile) ??
    checkBase(item, facts) ??
    checkAge(change.at, facts.now, rules);
  return wrong ?? { rev: change.rev, by: change.by, at: change.at };
}

/** Whether our own claim, made under the approval, is still the last thing that happened to the state. */
export function claimHolds(item: WorkItem, facts: GateFacts, rules: GateRules): Refusal | undefined {
  const { tile, change } = facts;
  const wanted = item.review ? rules.mapping.prCreated : rules.mapping.inProgress;
  if (tile.state !== wanted)
    return refuse('GATE_STATE', `work item ${item.workItemId} is in "${tile.state}", not in "${wanted}"`);
  const ours = change !== undefined && change.by.id === facts.me.id && change.signedInAs.id === facts.me.id;
  if (!ours || item.approval === undefined || change.rev <= item.approval.rev) {
    return refuse('GATE_REV', `the state of work item ${item.workItemId} was changed by someone else after our claim`);
  }
  if (change.otherRev !== item.approval.rev) {
    return refuse('GATE_REV', `the approval is not the last decision of people on work item ${item.workItemId}`);
  }
  const { claimRev } = item.approval ?? {};
  if (claimRev === undefined || (!item.review && change.rev !== claimRev)) {
    return refuse('GATE_REV', `work item ${item.workItemId} was not taken under its current approval`);
  }
  const expired = checkAge(item.approval.at, facts.now, rules);
  return expired ?? checkPlanComment(item, facts) ?? checkContent(item, tile);
}
