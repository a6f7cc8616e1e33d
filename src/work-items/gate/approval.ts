/**
 * The gate: reads live what a mutating call needs to be true, and only then mints the permit for that one call.
 *
 * (kind, item) -> live reads -> gate rules -> Permit | Refusal. What cannot be read refuses and moves nothing.
 */
import { OutsideError } from '../../base/errors.ts';
import { known } from '../../base/known.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { type Hold, isClearOf } from '../lifecycle/hold.ts';
import { outsideRefusal } from '../outside-refusal.ts';
import type { StateKey } from '../phase.ts';
import type { Tile } from '../tracker.ts';
import type { Approval, WorkItem } from '../work-item.ts';
import type { Departure } from './departure.ts';
import { type GateReads, readDeparture, readFacts, readMerge, readTarget, readTile, readVersion } from './facts.ts';
import { checkMerge, checkReview, type OtherMerge, waitsForEarlier } from './merge-rules.ts';
import { pastApproval } from './past-approval.ts';
import { Permit, type PermitKind } from './permit.ts';
import { approvalOf, checkBase, claimHolds, type GateRules } from './rules.ts';

/** What only the node knows, asked at this moment. */
export interface GateNode {
  /** Why nothing may go out now (lease lost, paused, frozen, instance on hold); asked last, just before minting. */
  blocked: (kind: PermitKind) => Promise<Refusal | Hold | undefined>;
  /** The merges of other items that are on their way to the same instance. */
  otherMerges: () => Promise<OtherMerge[]>;
}

export interface GateOptions {
  reads: GateReads;
  agent: { id: string; configDigest: string; targetBranch: string };
  rules: GateRules;
  node: GateNode;
  newId: () => string;
}

/** What the permit shall be good for, beyond its kind. */
export interface PermitWish {
  kind: PermitKind;
  item: WorkItem;
  /** For reports: the states the tile may be in; undefined allows any. */
  from?: readonly StateKey[] | undefined;
  sha?: string;
  branch?: string;
  pullRequest?: number;
}

/** A permit together with the tile as the live check saw it; only a rollback is permitted without one. */
export interface Permitted {
  permit: Permit;
  tile?: Tile;
}

export interface Gate {
  /** Whether a person's approval of this item's plan holds now. */
  approval(item: WorkItem): Promise<Approval | Refusal>;
  /** The approval under which we took an item that has gone on since, where its tile tells of one. Throws OutsideError. */
  pastApproval(item: WorkItem): Promise<Approval | undefined>;
  /** Why the target branch made the plan out of date, if it did. */
  base(item: WorkItem): Promise<Refusal | undefined>;
  /** Whether the merge of this item's pull request is one that we deploy; its sha. */
  merge(item: WorkItem): Promise<{ mergedSha: string } | Refusal>;
  /** Whether the instance may get this commit: `deployed` when it runs it, or a descendant, already. */
  version(item: WorkItem): Promise<'deploy' | 'deployed' | Refusal>;
  /** Whether people took the item, or its merge, away since it was merged. */
  departure(item: WorkItem): Promise<Departure | Refusal | undefined>;
  permit(wish: PermitWish): Promise<Permitted | Refusal>;
}

async function readApproval(options: GateOptions, item: WorkItem): Promise<Approval | Refusal> {
  const tile = await readTile(options.reads, item);
  return isRefusal(tile) ? tile : approvalOf(item, await readFacts(options.reads, item, tile), options.rules);
}

/** Nothing is fetched while the branch's head is the commit of the plan. */
async function readBase({ reads: { source }, agent }: GateOptions, item: WorkItem): Promise<Refusal | undefined> {
  const head = await source.remoteHead(agent.targetBranch);
  return head === item.plan?.baseSha ? undefined : checkBase(item, await readTarget(source, item));
}

async function readMerged(options: GateOptions, item: WorkItem): Promise<{ mergedSha: string } | Refusal> {
  const facts = await readMerge(options.reads, item);
  return isRefusal(facts) ? facts : checkMerge(facts, options.agent.targetBranch);
}

/** A change leaves only under the approval, or under our own claim while that is the last word on the tile. */
async function checkChange(options: GateOptions, wish: PermitWish, tile: Tile): Promise<Refusal | undefined> {
  const { kind, item, sha, pullRequest } = wish;
  if (pullRequest !== undefined && pullRequest !== item.review?.number) {
    return refuse('GATE_STATE', `pull request ${pullRequest} is not that of work item ${item.workItemId}`);
  }
  if (sha !== undefined && sha !== item.change?.commit?.sha) {
    return refuse('GATE_STATE', `commit ${sha.slice(0, 12)} is not the change of work item ${item.workItemId}`);
  }
  const facts = await readFacts(options.reads, item, tile);
  if (kind === 'execute' && item.approval?.claimRev === undefined) {
    const approval = approvalOf(item, facts, options.rules);
    if (isRefusal(approval)) return approval;
    // Taken under another one than was judged, the claim would not hold.
    const isJudged = approval.rev === item.approval?.rev;
    return isJudged ? undefined : refuse('GATE_REV', `work item ${item.workItemId} was approved again meanwhile`);
  }
  const lost = claimHolds(item, facts, options.rules);
  if (lost || !item.review) return lost;
  const review = await readMerge(options.reads, item);
  return isRefusal(review) ? review : checkReview(review, options.agent.targetBranch);
}

/** Only the commit that is our merge goes out, never a later head of its branch; and not once people took it away. */
async function checkDeployment(options: GateOptions, { kind, item, sha }: PermitWish): Promise<Refusal | undefined> {
  const merged = await readMerged(options, item);
  if (isRefusal(merged)) return merged;
  // A rollback is allowed whatever a broken instance says of itself, and whatever people did with the tile.
  if (kind === 'rollback') return undefined;
  if (sha !== merged.mergedSha || sha !== item.deployment?.mergedSha) {
    return refuse('GATE_BASE', `commit ${sha?.slice(0, 12)} is not the merge of work item ${item.workItemId}`);
  }
  const departure = await readDeparture(options.reads, item, options.rules.mapping);
  if (departure) return isRefusal(departure) ? departure : refuse('GATE_STATE', departure.why);
  const seen = await readVersion(options.reads, item);
  if (isRefusal(seen)) return seen;
  return waitsForEarlier(await options.node.otherMerges(), item, options.reads.source);
}

/** Asked after all else; a hold keeps from its instance only what contains the merge that went wrong. */
async function checkBlocked(
  { node, reads: { source } }: GateOptions,
  { kind, item }: PermitWish,
): Promise<Refusal | undefined> {
  const refusal = await node.blocked(kind);
  if (refusal?.refused !== 'HOLD' || !item.deployment) return refusal;
  return (await isClearOf(refusal, item.deployment.mergedSha, source)) ? undefined : refusal;
}

function checkReport({ rules }: GateOptions, { item, from }: PermitWish, tile: Tile): Refusal | undefined {
  const allowed = from?.map((key) => rules.mapping[key]);
  if (!allowed || allowed.includes(tile.state)) return undefined;
  const wanted = allowed.join('" or "');
  return refuse('GATE_STATE', `work item ${item.workItemId} is in "${tile.state}", not in "${wanted}"`);
}

const changing: ReadonlySet<PermitKind> = new Set(['execute', 'push', 'open-pr', 'label-pr', 'ask-review']);
const deploying: ReadonlySet<PermitKind> = new Set(['deploy', 'rollback']);

async function check(options: GateOptions, wish: PermitWish, tile: Tile | undefined): Promise<Refusal | undefined> {
  if (!tile || deploying.has(wish.kind)) return checkDeployment(options, wish);
  return changing.has(wish.kind) ? checkChange(options, wish, tile) : checkReport(options, wish, tile);
}

async function mint(options: GateOptions, wish: PermitWish): Promise<Permitted | Refusal> {
  const { kind, item, sha, branch, pullRequest } = wish;
  const { agent, reads, newId } = options;
  const { tenant, clock } = reads;
  const checkedAt = clock.now();
  const read = await readTile(reads, item);
  if (isRefusal(read) && kind !== 'rollback') return read;
  const tile = isRefusal(read) ? undefined : read;
  const refusal = (await check(options, wish, tile)) ?? (await checkBlocked(options, wish));
  if (refusal) return refusal;
  const binding = known({
    kind,
    agentId: agent.id,
    tenant,
    workItemId: item.workItemId,
    rev: tile?.rev ?? 0,
    configDigest: agent.configDigest,
    planHash: item.plan?.hash,
    sha,
    branch,
    pullRequest,
  });
  return known({ permit: Permit.mint(newId(), binding, clock, checkedAt), tile });
}

/** A read that fails proves nothing: it refuses, and says what could not be read and, for a dead token, which one. */
async function verifiable<T>(agentId: string, read: Promise<T>): Promise<T | Refusal> {
  return read.catch((error: unknown) => {
    if (!(error instanceof OutsideError)) throw error;
    const { why, fix, token } = outsideRefusal(error, agentId);
    return token ? { ...refuse('GATE_UNVERIFIABLE', why, fix), token } : refuse('GATE_UNVERIFIABLE', why);
  });
}

export function createGate(options: GateOptions): Gate {
  const { id } = options.agent;
  return {
    approval: (item) => verifiable(id, readApproval(options, item)),
    pastApproval: (item) => pastApproval(options.reads, options.rules, item),
    base: (item) => verifiable(id, readBase(options, item)),
    merge: (item) => verifiable(id, readMerged(options, item)),
    version: (item) => verifiable(id, readVersion(options.reads, item)),
    departure: (item) => verifiable(id, readDeparture(options.reads, item, options.rules.mapping)),
    permit: (wish) => verifiable(id, mint(options, wish)),
  };
}
