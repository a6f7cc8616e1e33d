/**
 * One turn of the engine for a work item, as its steps.
 *
 * live tile -> what the phase allows -> permit -> where the change stands -> tree with its dependencies -> the talk with the
 * engine, its events one by one -> the outcome as an event for the lifecycle.
 */

import { authorOf } from '../agents/config/git.ts';
import { keepUncommitted, keptFor } from '../checkout/kept-work.ts';
import type { Repository } from '../git/repository.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { EnginePhase } from '../work-items/lifecycle/events.ts';
import { readStanding, type Standing } from '../work-items/observe/standing.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import { allowances } from './item/allowances.ts';
import { catchUp } from './item/catch-up.ts';
import { addDependencies } from './item/dependencies.ts';
import type { Drive, EngineTurnEnd } from './item/drive-item.ts';
import { endEntry } from './item/how-ended.ts';
import { withPlanLines } from './item/plan-shown.ts';
import { lookAtPlan } from './item/second-look.ts';
import { topicOf } from './item/topic.ts';
import type { ItemTurn, Round } from './item/turn.ts';
import { endOf, goesOn, leaves, notPermitted, treeless, waitsForModel } from './item/turn-outcome.ts';
import type { Talk } from './talk/talk.ts';
import { record, warn } from './turn.ts';

/** What is wanted of the engine: this phase's work on the item, whose events go through `drive`. */
export interface ItemWork {
  item: WorkItem;
  phase: EnginePhase;
  drive: Drive;
}

export async function runItemTurn(
  turn: ItemTurn,
  talk: Talk,
  { item, phase, drive }: ItemWork,
): Promise<EngineTurnEnd> {
  const tile = await turn.connections.tracker.tile(item.workItemId);
  if (!tile) return { event: { kind: 'gone', why: `work item ${item.workItemId} is gone` } };
  const { writable } = allowances[phase];
  const refusal = writable ? await mayWrite(turn, item) : undefined;
  if (refusal) return notPermitted(refusal, phase, turn.clock.now());
  const standing = await standingFor(turn, item, phase);
  if (isRefusal(standing)) return treeless(standing, turn.clock.now());
  if (phase === 'repair' && item.hint === undefined) return catchUp(turn, item, standing);
  const closed = await talk.closed();
  if (closed) return waitsForModel(closed, turn.clock.now());
  const prepared = await treeFor(turn, item, writable, standing);
  if (isRefusal(prepared)) return treeless(prepared, turn.clock.now());
  await turn.standOn(prepared.tree.base);
  return converse(turn, talk, { phase, ...prepared, tile, drive, product: {} }, standing);
}

/** Checked live right before a tree is made writable. */
async function mayWrite({ gate, refused, order }: ItemTurn, item: WorkItem): Promise<Refusal | undefined> {
  const permitted = await gate.permit({ kind: 'execute', item });
  if (isRefusal(permitted)) {
    refused({ action: 'write the tree', target: order.sessionId, code: permitted.refused });
    return permitted;
  }
  return permitted.permit.spend(['execute'], { workItemId: item.workItemId });
}

/** Where the turn continues from: the target's head to plan; the plan's base, our last commit or people's commits to work. */
async function standingFor(
  { connections, work }: ItemTurn,
  item: WorkItem,
  phase: EnginePhase,
): Promise<Standing | Refusal> {
  const { repository } = connections;
  if (phase === 'planning') return { head: (await repository.fetch()).targetSha };
  const { commit } = item.change ?? {};
  return (commit && (await work.whyMissing(commit.sha))) ?? readStanding(repository, item);
}

/** The tree of the turn, with what it depends on; a refusal where it cannot be made. */
async function treeFor(
  turn: ItemTurn,
  item: WorkItem,
  writable: boolean,
  { head, merge }: Standing,
): Promise<Pick<Round, 'tree' | 'dependencies'> | Refusal> {
  const { repository } = turn.connections;
  const missing = await turn.work.whyMissing(head);
  if (missing) return missing;
  const kept = writable ? await workOnTop(repository, item, head) : undefined;
  const tree = await turn.worker.workspace.prepare({
    sessionId: turn.order.sessionId,
    sha: head,
    // What the engine may not resolve it is not given.
    merge: merge?.needs === 'people' ? undefined : merge,
    branch: item.change?.branch ?? repository.targetBranch,
    keep: writable,
    last: turn.work.lastTree(),
    ...(kept ? { kept } : {}),
  });
  if (isRefusal(tree)) return tree;
  await turn.work.worksIn(tree.name);
  const dependencies = writable ? await addDependencies(turn, tree) : 'off';
  return isRefusal(dependencies) ? dependencies : { tree, dependencies };
}

/** Work that is to be gone on with and stands in no commit of the branch: kept, or refused by the remote. */
async function workOnTop(repository: Repository, item: WorkItem, head: string): Promise<string | undefined> {
  const { refused } = item.change ?? {};
  const kept = await keptFor(repository, item);
  if (kept || !refused || !(await repository.contains(refused.sha))) return kept;
  // On top of what people pushed meanwhile it would undo their work.
  return (await repository.isAncestor(head, refused.sha)) ? refused.sha : undefined;
}

async function converse(turn: ItemTurn, talk: Talk, round: Round, standing: Standing): Promise<EngineTurnEnd> {
  const { phase, drive, product } = round;
  const began = drive.item();
  const talked = await talk.on(topicOf(turn, round, standing));
  const now = turn.clock.now();
  const turnEnd = { ...talked, phase, began, item: drive.item(), product, now };
  const end = await shown(turn, round, endOf(turnEnd));
  await record(turn, endEntry(turnEnd, end, now));
  const isLeft = talked.ended.outcome === 'aborted' || leaves(end, drive.item(), phase);
  if (isLeft || goesOn(end, drive.item())) await keepWork(turn, round, isLeft);
  return end;
}

/** A plan is stored with all that people read of it. */
async function shown(turn: ItemTurn, { tile }: Round, end: EngineTurnEnd): Promise<EngineTurnEnd> {
  if (!('event' in end) || end.event.kind !== 'plan-submitted') return end;
  const warnings = await lookAtPlan(turn, tile, end.event.text);
  return { event: await withPlanLines(turn, end.event, warnings) };
}

/** What is not committed is kept for the day when the item comes back, and for the node that has the next turn. */
async function keepWork(turn: ItemTurn, { phase, tree, drive }: Round, isLeft: boolean): Promise<void> {
  if (!allowances[phase].writable) return;
  const { agent, connections, clock } = turn;
  const how = { repository: connections.repository, author: authorOf(agent.git), clock };
  const kept = await keepUncommitted(how, drive.item(), tree);
  if (isRefusal(kept)) await warn(turn, `What was not committed could not be kept (${kept.refused}): ${kept.why}`);
  if (kept === undefined || isRefusal(kept)) return;
  await drive.advance({ kind: 'work-kept', sha: kept });
  // On this node the next turn continues with the files themselves, and with what no commit can hold.
  if (!isLeft && drive.item().change?.kept === kept) tree.keptAs(kept);
}
