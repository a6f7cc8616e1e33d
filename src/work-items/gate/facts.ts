/** The live reads behind the gate: each answers with facts of this moment, and decides nothing. */
import type { Clock } from '../../base/clock.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import type { CodeHost, PullRequest } from '../code-host.ts';
import type { Instance } from '../instance.ts';
import type { StateMapping } from '../phase.ts';
import { isOn, isUndone, type Source } from '../source.ts';
import type { Tile, TrackerReads } from '../tracker.ts';
import type { WorkItem } from '../work-item.ts';
import { type Departure, movedAfterMerge } from './departure.ts';
import type { MergeFacts } from './merge-rules.ts';
import { checkVersion } from './merge-rules.ts';
import type { GateFacts } from './rules.ts';

export interface GateReads {
  tracker: TrackerReads;
  source: Source;
  codeHost: CodeHost;
  instance?: Instance;
  /** As permits name it: where the tracker keeps the work items, as people know it. */
  tenant: string;
  /** The name that the instance must give itself, where it gives one. */
  instanceName?: string;
  /** The identities of all agents of this platform: their ids at the tracker, their accounts at the code host. */
  agentIdentities: readonly string[];
  clock: Clock;
}

export async function readTile({ tracker, tenant }: GateReads, item: WorkItem): Promise<Tile | Refusal> {
  const tile = await tracker.tile(item.workItemId);
  return tile ?? refuse('GATE_TENANT', `work item ${item.workItemId} is gone, or outside ${tenant}`);
}

/** How the target branch lies to the plan's base, as its head is now. */
export async function readTarget(source: Source, { plan }: WorkItem) {
  const { targetSha } = await source.fetch();
  const base = plan?.baseSha;
  const baseOnTarget = await isOn(source, base, targetSha);
  const pathsMoved = base && baseOnTarget && base !== targetSha ? await source.changedPaths(base, targetSha) : [];
  return { baseOnTarget, pathsMoved };
}

/** Everything that an approval, or our claim under one, is judged by. */
export async function readFacts(reads: GateReads, item: WorkItem, tile: Tile): Promise<GateFacts> {
  const { tracker, source, agentIdentities, clock } = reads;
  const [me, change, comments, target] = await Promise.all([
    tracker.me(),
    tracker.lastStateChange(item.workItemId),
    tracker.comments(item.workItemId),
    readTarget(source, item),
  ]);
  return { tile, change, comments, me, agentIdentities, ...target, now: clock.now() };
}

/** The pull request as it is now, and how its commits lie to ours and to the target branch. */
export async function readMerge(
  { codeHost, source, agentIdentities }: GateReads,
  item: WorkItem,
): Promise<(MergeFacts & { targetSha: string }) | Refusal> {
  if (!item.review) return refuse('GATE_STATE', `work item ${item.workItemId} has no pull request`);
  const [pullRequest, me] = await Promise.all([codeHost.get(item.review.number), codeHost.me()]);
  const { targetSha } = await source.fetch();
  const { mergedSha, headSha } = pullRequest;
  const pushed = item.change?.pushedSha ?? item.change?.commit?.sha;
  return {
    pullRequest,
    agentAccounts: [me, ...agentIdentities],
    headIsOurs: await isOn(source, pushed, headSha),
    onTarget: await isOn(source, mergedSha, targetSha),
    targetSha,
  };
}

async function readMoved(
  { tracker }: GateReads,
  { since = 0 }: WorkItem,
  tile: Tile,
  { mergedAt = since }: PullRequest,
  mapping: StateMapping,
): Promise<string | undefined> {
  if (tile.state === mapping.prCreated) return undefined;
  const [me, change, isDone] = await Promise.all([
    tracker.me(),
    tracker.lastStateChange(tile.workItemId),
    tracker.isDone(tile),
  ]);
  return movedAfterMerge({ tile, change, me, mergedAt, isDone }, mapping);
}

/** Whether people took the item away since its merge, or the merge itself back; undefined while it is to be deployed. */
export async function readDeparture(
  reads: GateReads,
  item: WorkItem,
  mapping: StateMapping,
): Promise<Departure | Refusal | undefined> {
  const tile = await reads.tracker.tile(item.workItemId);
  if (!tile)
    return { kind: 'gone', why: `work item ${item.workItemId} was deleted, or moved out of our project and area` };
  const merge = await readMerge(reads, item);
  if (isRefusal(merge)) return merge;
  const { pullRequest, onTarget, targetSha } = merge;
  const moved = await readMoved(reads, item, tile, pullRequest, mapping);
  if (moved) return { kind: 'moved', why: moved };
  const { mergedSha: sha, base } = pullRequest;
  const isReverted = sha && onTarget && (await isUndone(reads.source, { before: `${sha}^1`, sha }, targetSha));
  return isReverted
    ? { kind: 'moved', why: `people reverted the merge of pull request ${pullRequest.number} on ${base}` }
    : undefined;
}

/** Whether the instance may get the item's merge, runs it already, or runs something that a person must look at. */
export async function readVersion(reads: GateReads, item: WorkItem): Promise<'deploy' | 'deployed' | Refusal> {
  const { instance, source, instanceName } = reads;
  const sha = item.deployment?.mergedSha;
  if (!instance || !sha) return refuse('GATE_STATE', `work item ${item.workItemId} has nothing to deploy`);
  return checkVersion(await instance.version(), sha, source, instanceName);
}
