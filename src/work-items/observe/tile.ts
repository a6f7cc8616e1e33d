/** What a tile tells about its work item, phase by phase: where people put it, what they wrote, whether it still says the same. */
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { meaningOf } from '../code-meaning.ts';
import { checkContent } from '../gate/rules.ts';
import type { LifecycleEvent } from '../lifecycle/events.ts';
import type { Phase, StateKey, StateMapping } from '../phase.ts';
import { quoted } from '../quote.ts';
import type { Tile, TileComment, TrackerReads } from '../tracker.ts';
import type { WorkItem } from '../work-item.ts';
import type { Observation, ObserveOptions } from './observation.ts';
import { reminderDue } from './reminder.ts';

type Look = (options: ObserveOptions, item: WorkItem, tile: Tile) => Observation | Promise<Observation>;

const is = (mapping: StateMapping, tile: Tile, key: StateKey) =>
  mapping[key] !== undefined && tile.state === mapping[key];

const moved = (tile: Tile, to: 'new' | 'planReady' | 'elsewhere'): LifecycleEvent => ({
  kind: 'moved',
  to,
  why: `people moved the work item to "${tile.state}"`,
});

/** What people wrote since then, oldest first; what agents wrote is nobody's answer. */
async function wordsSince({ tracker, agentIdentities }: ObserveOptions, item: WorkItem, since: number) {
  const [me, comments] = await Promise.all([tracker.me(), tracker.comments(item.workItemId)]);
  const isPersons = ({ by }: TileComment) => by.id !== me.id && !agentIdentities.includes(by.id);
  const words = comments.filter((comment) => comment.at > since && isPersons(comment) && !comment.isDeleted);
  const told: string[] = [];
  for (const comment of words) told.push(quoted(`${comment.by.name} wrote`, await tracker.markdownOf(comment)));
  return told.join('\n\n');
}

/** A person cancelled it here, and nobody moved its tile since. */
async function staysCancelled({ tracker }: ObserveOptions, { workItemId, cancelledRev }: WorkItem): Promise<boolean> {
  if (cancelledRev === undefined) return false;
  const change = await tracker.lastStateChange(workItemId);
  return change === undefined || change.rev <= cancelledRev;
}

const namesMax = 10;

/** Why it does not begin yet: work items that its links name as predecessors are not over. */
export async function blockedBy(
  tracker: Pick<TrackerReads, 'unfinished'>,
  mapping: StateMapping,
  { workItemId, predecessors }: Pick<Tile, 'workItemId' | 'predecessors'>,
): Promise<Refusal | undefined> {
  if (predecessors.length === 0) return undefined;
  const open = (await tracker.unfinished(predecessors)).filter(({ state }) => state !== mapping.deployed);
  if (open.length === 0) return undefined;
  const shown = open.slice(0, namesMax).map((item) => `${item.workItemId} ("${item.state}")`);
  const more = open.length > namesMax ? ` and ${open.length - namesMax} more` : '';
  const names = `${shown.join(', ')}${more}`;
  const why = `work item ${workItemId} comes after work item ${names}, which its links name as predecessor`;
  const ids = open
    .slice(0, namesMax)
    .map((item) => item.workItemId)
    .join(', ');
  return refuse(
    'BLOCKED',
    why,
    `Finish work item ${ids}, or remove the predecessor link from work item ${workItemId}.`,
  );
}

const beforePlan: Look = async (options, item, tile) => {
  const { mapping, takes } = options.rules;
  const { title, type } = tile;
  if (!takes(tile) || (await staysCancelled(options, item))) return undefined;
  if (!is(mapping, tile, 'new') && !is(mapping, tile, 'approved')) return undefined;
  const kind = is(mapping, tile, 'new') ? 'found' : 'found-approved';
  return (await blockedBy(options.tracker, mapping, tile)) ?? { kind, title, type };
};

const whilePlanning: Look = ({ rules: { mapping } }, _item, tile) => {
  if (is(mapping, tile, 'planning')) return undefined;
  if (is(mapping, tile, 'approved')) return { kind: 'found-approved', title: tile.title, type: tile.type };
  // Our claim is made before anybody looks here, so that people moved it back.
  return moved(tile, is(mapping, tile, 'new') ? 'new' : 'elsewhere');
};

const whileAsking: Look = async (options, item, tile) => {
  const { mapping } = options.rules;
  if (!is(mapping, tile, 'planning')) return moved(tile, is(mapping, tile, 'new') ? 'new' : 'elsewhere');
  if (item.question?.at === undefined) return undefined;
  const answer = await wordsSince(options, item, item.question.at);
  return answer === '' ? undefined : { kind: 'answered', answer };
};

const whenApproved: Look = async ({ gate, rules, tracker }, item) => {
  const approval = item.plan?.stale?.refusal ?? (await gate.approval(item));
  if (!isRefusal(approval)) return { kind: 'approved', approval, branch: rules.branchOf(item) };
  const says = meaningOf(approval).approval;
  if (says === 'overtaken') return approval;
  const change = await tracker.lastStateChange(item.workItemId);
  if (says === 'plan-outdated') return { kind: 'plan-stale', refusal: approval, rev: change?.rev };
  return { kind: 'gate-refused', refusal: approval, rev: change?.rev, by: change?.by };
};

/** Why the plan is to be made again; a plan that waits for that is not looked at before its time. */
async function outOfDate({ gate, clock }: ObserveOptions, item: WorkItem) {
  const { stale } = item.plan ?? {};
  if (!stale) return gate.base(item);
  return clock.now() >= stale.againAt ? stale.refusal : undefined;
}

const whilePlanReady: Look = async (options, item, tile) => {
  const { mapping } = options.rules;
  if (is(mapping, tile, 'approved')) return whenApproved(options, item, tile);
  const turnedDown =
    is(mapping, tile, 'rejected') || (is(mapping, tile, 'planning') && mapping.planning !== mapping.planReady);
  if (turnedDown) {
    return { kind: 'rejected', feedback: await wordsSince(options, item, item.plan?.posted?.at ?? 0) };
  }
  if (is(mapping, tile, 'new')) return moved(tile, 'new');
  if (!is(mapping, tile, 'planReady')) return moved(tile, 'elsewhere');
  const stale = checkContent(item, tile) ?? (await outOfDate(options, item));
  if (stale && meaningOf(stale).approval === 'overtaken') return stale;
  if (stale) return { kind: 'plan-stale', refusal: stale };
  return reminderDue(item, options.rules.remindAfterHours, options.clock.now());
};

const whileExecuting: Look = ({ rules: { mapping } }, item, tile) => {
  // Until our claim is made the tile is in `approved`. People who move it to `inProgress` themselves do not claim it for us.
  if (is(mapping, tile, item.approval?.claimRev === undefined ? 'approved' : 'inProgress')) return undefined;
  if (is(mapping, tile, 'prCreated') && item.review) return undefined;
  if (is(mapping, tile, 'new')) return moved(tile, 'new');
  const isBack = is(mapping, tile, 'planReady') || is(mapping, tile, 'approved');
  return moved(tile, isBack ? 'planReady' : 'elsewhere');
};

const looks: Partial<Record<Phase, Look>> = {
  planning: whilePlanning,
  'needs-info': whileAsking,
  'plan-ready': whilePlanReady,
  executing: whileExecuting,
};

/** One event, nothing new, or why it could not be told. */
export async function observeTile(options: ObserveOptions, item: WorkItem, tile: Tile): Promise<Observation> {
  const look = looks[item.phase];
  if (look && !options.rules.takes(tile)) {
    const why = `the type ("${tile.type}") or the tags of the work item are not those of this agent any more`;
    return { kind: 'moved', to: 'elsewhere', why };
  }
  return (look ?? beforePlan)(options, item, tile);
}
