/**
 * Looks at a work item's tile, pull request and instance as they are now, and says what happened as one event.
 *
 * The tile is the truth about people's decisions; only after the pull request was opened is that one read first, so that
 * a tile closed by the merge still deploys.
 */
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { Gate } from './approval.ts';
import type { CodeHost } from './code-host.ts';
import { checkContent } from './gate-rules.ts';
import type { LifecycleEvent } from './lifecycle-events.ts';
import type { StateKey, StateMapping } from './phase.ts';
import type { Tile, TileComment, TrackerReads } from './tracker.ts';
import type { WorkItem } from './work-item.ts';

export interface ObserveOptions {
  mapping: StateMapping;
  /** Types, area and tag of the items we take up. */
  takes: (tile: Tile) => boolean;
  tracker: TrackerReads;
  codeHost: CodeHost;
  gate: Gate;
  branchOf: (item: WorkItem) => string;
}

/** An event, nothing new, or why it could not be told. */
export type Observation = LifecycleEvent | Refusal | undefined;

export interface Observer {
  observe(item: WorkItem): Promise<Observation>;
}

export function createObserver({ mapping, takes, tracker, codeHost, gate, branchOf }: ObserveOptions): Observer {
  const is = (tile: Tile, key: StateKey) => mapping[key] !== undefined && tile.state === mapping[key];
  const movedAway = (tile: Tile) => `people moved the work item to "${tile.state}"`;

  /** What people wrote since then, ours left out, oldest first. */
  async function wordsSince(item: WorkItem, since: number): Promise<TileComment[]> {
    const [me, comments] = await Promise.all([tracker.me(), tracker.comments(item.workItemId)]);
    return comments.filter((comment) => comment.at > since && comment.by.id !== me.id && !comment.isDeleted);
  }

  const quoted = (comments: readonly TileComment[]) =>
    comments.map((comment) => `${comment.by.name}: ${comment.text}`).join('\n\n');

  function beforePlan(tile: Tile): Observation {
    const { title, type } = tile;
    if (!takes(tile)) return undefined;
    if (is(tile, 'new')) return { kind: 'found', title, type };
    return is(tile, 'approved') ? { kind: 'found-approved', title, type } : undefined;
  }

  function whilePlanning(tile: Tile): Observation {
    if (is(tile, 'planning')) return undefined;
    if (is(tile, 'approved')) return { kind: 'found-approved', title: tile.title, type: tile.type };
    // Our claim is made before anybody looks here, so that people moved it back.
    if (is(tile, 'new')) return { kind: 'moved', to: 'new', why: movedAway(tile) };
    return { kind: 'moved', to: 'elsewhere', why: movedAway(tile) };
  }

  async function whileAsking(item: WorkItem, tile: Tile): Promise<Observation> {
    if (!is(tile, 'planning')) {
      return { kind: 'moved', to: is(tile, 'new') ? 'new' : 'elsewhere', why: movedAway(tile) };
    }
    const askedAt = item.question?.at;
    if (askedAt === undefined) return undefined;
    const answers = await wordsSince(item, askedAt);
    return answers.length > 0 ? { kind: 'answered', answer: quoted(answers) } : undefined;
  }

  async function whilePlanReady(item: WorkItem, tile: Tile): Promise<Observation> {
    if (is(tile, 'approved')) {
      const approval = await gate.approval(item);
      if (!isRefusal(approval)) return { kind: 'approved', approval, branch: branchOf(item) };
      if (approval.refused === 'GATE_UNVERIFIABLE' || approval.refused === 'GATE_STATE') return approval;
      const replans = approval.refused === 'GATE_CONTENT' || approval.refused === 'GATE_BASE';
      return replans ? { kind: 'plan-stale', refusal: approval } : { kind: 'gate-refused', refusal: approval };
    }
    const since = item.plan?.posted?.at ?? 0;
    const turnedDown = is(tile, 'rejected') || (is(tile, 'planning') && mapping.planning !== mapping.planReady);
    if (turnedDown) return { kind: 'rejected', feedback: quoted(await wordsSince(item, since)) };
    if (is(tile, 'new')) return { kind: 'moved', to: 'new', why: movedAway(tile) };
    if (!is(tile, 'planReady')) return { kind: 'moved', to: 'elsewhere', why: movedAway(tile) };
    const stale = checkContent(item, tile);
    return stale && { kind: 'plan-stale', refusal: stale };
  }

  function whileExecuting(item: WorkItem, tile: Tile): Observation {
    // Until our claim is made the tile still stands in `approved`.
    if (is(tile, 'inProgress') || (is(tile, 'approved') && item.claimRev === undefined)) return undefined;
    if (is(tile, 'prCreated') && item.pullRequest) return undefined;
    if (is(tile, 'new')) return { kind: 'moved', to: 'new', why: movedAway(tile) };
    const back = is(tile, 'planReady') || is(tile, 'approved');
    return { kind: 'moved', to: back ? 'planReady' : 'elsewhere', why: movedAway(tile) };
  }

  async function whileInReview(item: WorkItem): Promise<Observation> {
    if (!item.pullRequest) return undefined;
    const { number } = item.pullRequest;
    const seen = await codeHost.get(number);
    if (seen.state === 'merged') {
      const merge = await gate.merge(item);
      return isRefusal(merge) ? merge : { kind: 'merged', mergedSha: merge.mergedSha };
    }
    if (seen.state === 'closed')
      return { kind: 'pull-request-closed', why: `pull request ${number} was closed unmerged` };
    return undefined;
  }

  async function whileDeploying(item: WorkItem): Promise<Observation> {
    const version = await gate.version(item);
    if (isRefusal(version)) return version;
    return version === 'deployed' && item.mergedSha ? { kind: 'already-deployed', sha: item.mergedSha } : undefined;
  }

  async function byTile(item: WorkItem): Promise<Observation> {
    const tile = await tracker.tile(item.workItemId);
    if (!tile) {
      const why = `work item ${item.workItemId} was deleted, or moved out of our project and area`;
      return item.phase === 'intake' ? refuse('GATE_TENANT', why) : { kind: 'gone', why };
    }
    if (item.phase === 'planning') return whilePlanning(tile);
    if (item.phase === 'needs-info') return whileAsking(item, tile);
    if (item.phase === 'plan-ready') return whilePlanReady(item, tile);
    if (item.phase === 'executing') return whileExecuting(item, tile);
    return beforePlan(tile);
  }

  return {
    observe(item) {
      if (item.phase === 'pr-created') return whileInReview(item);
      if (item.phase === 'deploying') return whileDeploying(item);
      return item.phase === 'deployed' ? Promise.resolve(undefined) : byTile(item);
    },
  };
}
