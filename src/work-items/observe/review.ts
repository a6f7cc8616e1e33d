/**
 * What happened to a pull request that waits for people.
 *
 * merged, closed or turned away -> tile moved by a person -> needs a merge -> asked for changes, or a check failed
 */
import { isRefusal, refuse } from '../../refusal.ts';
import type { PullRequest } from '../code-host.ts';
import { mergeFollowsMs } from '../gate/departure.ts';
import { engineNeeded } from '../lifecycle/decide.ts';
import type { LifecycleEvent } from '../lifecycle/events.ts';
import type { WorkItem } from '../work-item.ts';
import type { Observation, ObserveOptions } from './observation.ts';
import { newsOf } from './review-news.ts';
import { readStanding } from './standing.ts';

async function ending(
  { gate, rules: { targetBranch } }: ObserveOptions,
  item: WorkItem,
  seen: PullRequest,
): Promise<Observation> {
  const { number, base, state } = seen;
  if (base !== targetBranch) {
    const how = state === 'merged' ? 'was merged into' : 'goes into';
    return { kind: 'pull-request-closed', why: `pull request ${number} ${how} ${base}, not ${targetBranch}` };
  }
  if (state === 'closed') return { kind: 'pull-request-closed', why: `pull request ${number} was closed unmerged` };
  if (state === 'open') return undefined;
  const merge = await gate.merge(item);
  return isRefusal(merge) ? merge : { kind: 'merged', mergedSha: merge.mergedSha };
}

/** Whether people reopened or merged a pull request that they had closed; undefined for every other item. */
export async function observeClosed(options: ObserveOptions, item: WorkItem): Promise<Observation> {
  if (item.phase !== 'cancelled' || !item.review?.isClosed) return undefined;
  const { base, state } = await options.codeHost.get(item.review.number);
  if (base !== options.rules.targetBranch || state === 'closed') return undefined;
  if (state === 'open') return { kind: 'pull-request-reopened' };
  const merge = await options.gate.merge(item);
  return isRefusal(merge) ? merge : { kind: 'merged', mergedSha: merge.mergedSha };
}

/** What a person's move of the tile means; what we moved ourselves means nothing. */
async function tileMoved({ tracker, rules: { mapping }, clock }: ObserveOptions, item: WorkItem): Promise<Observation> {
  const tile = await tracker.tile(item.workItemId);
  if (!tile) {
    return { kind: 'gone', why: `work item ${item.workItemId} was deleted, or moved out of our project and area` };
  }
  if (tile.state === mapping.prCreated) return undefined;
  const [me, change] = await Promise.all([tracker.me(), tracker.lastStateChange(item.workItemId)]);
  if (!change || change.by.id === me.id || clock.now() - change.at < mergeFollowsMs) return undefined;
  const isBack = tile.state === mapping.approved || tile.state === mapping.planReady;
  const to = tile.state === mapping.new ? 'new' : isBack ? 'planReady' : 'elsewhere';
  return { kind: 'moved', to, why: `people moved the work item to "${tile.state}"` };
}

async function fallenBehind({ source }: ObserveOptions, item: WorkItem): Promise<LifecycleEvent | undefined> {
  const { merge } = await readStanding(source, item);
  const { behind, left } = item.review ?? {};
  if (!merge) return behind && { kind: 'caught-up' };
  if (merge.theirs === left) return undefined;
  const { theirs, of, needs, conflicts: files } = merge;
  const isKnown = behind?.theirs === theirs && behind.needs === needs;
  return isKnown ? undefined : { kind: 'fell-behind', behind: { theirs, of, needs, files } };
}

const cutFix =
  'The checks that were read did not fail. Look at the others on the pull request, or have fewer of them report on one commit.';

async function steered(options: ObserveOptions, item: WorkItem, pullRequest: PullRequest): Promise<Observation> {
  const { codeHost, agentIdentities } = options;
  const [me, notes, checks] = await Promise.all([
    codeHost.me(),
    codeHost.notes(pullRequest.number, new Set(item.change?.heard)),
    codeHost.checks(pullRequest),
  ]);
  const news = newsOf(item, { pullRequest, notes, checks, agentAccounts: [me, ...agentIdentities] });
  if (news) return { kind: 'steered', ...news };
  const unread = checks.find(({ state }) => state === 'unknown');
  // What is not known is never taken for passed; what was heard before is repaired first.
  if (!unread || engineNeeded(item)) return undefined;
  const why = `pull request ${pullRequest.number} has ${unread.name}, which were not read`;
  return refuse('GATE_UNVERIFIABLE', why, cutFix);
}

export async function observeReview(options: ObserveOptions, item: WorkItem): Promise<Observation> {
  if (!item.review) return refuse('GATE_STATE', `work item ${item.workItemId} has no pull request`);
  // What the engine is to repair is work in hand; other looks can wait.
  const pause = engineNeeded(item) ? undefined : options.codeHost.lookPause?.();
  if (pause) return { ...refuse('OUTSIDE_LIMITED', pause.why), until: pause.until };
  const { number } = item.review;
  const seen = await options.codeHost.get(number);
  const ended = await ending(options, item, seen);
  if (ended) return ended;
  const moved = await tileMoved(options, item);
  if (moved) return (await ending(options, item, await options.codeHost.get(number))) ?? moved;
  return (await fallenBehind(options, item)) ?? steered(options, item, seen);
}
