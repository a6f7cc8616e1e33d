/** What is done on the tile: claims, moves, the plan, questions, notes and children, each found again by its state or its marker. */

import { shortHash } from '../base/digest.ts';
import { assert } from '../base/errors.ts';
import { sanitizeLine } from '../documents/lines.ts';
import { writeFor } from '../documents/places.ts';
import { withNames } from '../refusal.ts';
import type { StatusNames } from '../status/phase-waits.ts';
import { statusComment } from '../status/texts.ts';
import type { Permitted, PermitWish } from '../work-items/gate/approval.ts';
import type { EffectResult, IntentOf } from '../work-items/lifecycle/events.ts';
import { type Phase, type StateKey, type StateMapping, stateOf, tagPrefix, tagsWith } from '../work-items/phase.ts';
import { planComment, saysPlan } from '../work-items/plan.ts';
import { timeText } from '../work-items/time-text.ts';
import type { Tile, Tracker } from '../work-items/tracker.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Effect } from './performer.ts';

export interface TileOptions {
  tracker: Tracker;
  mapping: StateMapping;
  /** Real names for what is said on the tile. */
  names: Omit<StatusNames, 'page'>;
  /** Hosts that links in what we post may point to. */
  linkHosts: readonly string[];
}

/** From which states a tile may be moved into a phase; any, where the phase is missing. */
const movedFrom: Partial<Record<Phase, readonly StateKey[]>> = {
  planning: ['new', 'planning', 'planReady', 'approved', 'rejected', 'inProgress', 'prCreated'],
  'needs-info': ['planning', 'inProgress'],
  executing: ['approved'],
  'pr-created': ['inProgress', 'prCreated'],
};

/** A revised plan takes the tile back from where its work was going on. */
const planReadyFrom = ({ plan }: WorkItem): readonly StateKey[] => [
  ...(['planning', 'planReady', 'approved'] as const),
  ...(plan?.revises ? (['inProgress'] as const) : []),
];

function permitted(value: Permitted | undefined): Required<Permitted> {
  assert(value?.tile, 'a tile was written without a permit');
  return { permit: value.permit, tile: value.tile };
}

async function move({ tracker, mapping }: TileOptions, given: Permitted | undefined, item: WorkItem, phase: Phase) {
  const { permit, tile } = permitted(given);
  const state = stateOf(phase, mapping);
  const changed = state === undefined || state === tile.state ? {} : { state };
  return tracker.move(permit, item.workItemId, { rev: tile.rev, ...changed, tags: tagsWith(tile.tags, phase) });
}

/** A comment of ours whose text fits. */
async function findComment(
  { tracker }: TileOptions,
  item: WorkItem,
  fits: (text: string, version: number) => boolean,
): Promise<EffectResult | undefined> {
  const [me, comments] = await Promise.all([tracker.me(), tracker.comments(item.workItemId)]);
  const found = comments.find(
    (comment) => comment.by.id === me.id && !comment.isDeleted && fits(comment.text, comment.version),
  );
  return found && { commentId: found.commentId, version: found.version, at: found.at };
}

async function write({ tracker }: TileOptions, given: Permitted | undefined, item: WorkItem, markdown: string) {
  const { commentId, version, at } = await tracker.addComment(permitted(given).permit, item.workItemId, markdown);
  return { commentId, version, at };
}

/** Text on the tile that is found again by a marker of its content. */
function marked(options: TileOptions, item: WorkItem, name: string, text: string, nth: number, heading = ''): Effect {
  const marker = `[jv:${name}:${shortHash(text)}:${nth}]`;
  const body = `${heading}${writeFor.markdown(text, { hosts: [...options.linkHosts] })}\n\n${marker}`;
  return {
    wish: { kind: 'report', item },
    find: () => findComment(options, item, (found) => found.includes(marker)),
    act: (given) => write(options, given, item, body),
  };
}

/** A move into a state that nobody but us has made since `after`. */
function claim(options: TileOptions, wish: PermitWish, phase: Phase, after: number): Effect {
  const { tracker, mapping } = options;
  const { item } = wish;
  return {
    wish,
    async find() {
      const [me, change] = await Promise.all([tracker.me(), tracker.lastStateChange(item.workItemId)]);
      const isOurs = change?.by.id === me.id && change.state === stateOf(phase, mapping) && change.rev > after;
      return change && isOurs ? { rev: change.rev } : undefined;
    },
    act: (given) => move(options, given, item, phase),
  };
}

export function claimPlanEffect(options: TileOptions, item: WorkItem): Effect {
  return claim(options, { kind: 'claim-plan', item, from: ['new'] }, 'planning', 0);
}

export function claimApprovedEffect(options: TileOptions, item: WorkItem, intent: IntentOf<'claim-execution'>): Effect {
  return claim(options, { kind: 'execute', item }, 'executing', intent.approvedRev);
}

export function postPlanEffect(options: TileOptions, item: WorkItem, intent: IntentOf<'post-plan'>): Effect {
  const plan = item.plan?.hash === intent.hash ? item.plan : undefined;
  const { approved = 'Approved', rejected } = options.mapping;
  return {
    wish: { kind: 'post-plan', item, from: planReadyFrom(item) },
    // A plan that the item no longer has is not posted. One that was edited since is posted again: people decide on our words alone.
    find: async () =>
      plan ? findComment(options, item, (text, version) => version === 1 && saysPlan(text, plan)) : {},
    act: (given) => {
      assert(plan, 'the plan to post is not the stored one');
      return write(options, given, item, planComment(item.workItemId, plan, approved, rejected));
    },
  };
}

/** Edits the comment with the plan; the words of the plan stay. */
export function markStaleEffect(options: TileOptions, item: WorkItem, intent: IntentOf<'mark-stale'>): Effect {
  const { tracker, mapping, linkHosts } = options;
  const plan = item.plan?.hash === intent.hash ? item.plan : undefined;
  const until = timeText(intent.againAt);
  const warning = `**Do not approve this plan.** ${sanitizeLine(intent.why, { hosts: linkHosts })}. It will be planned again by ${until}.`;
  const { approved = 'Approved', rejected } = mapping;
  return {
    wish: { kind: 'report', item },
    async find() {
      // A plan that was deleted, or replaced meanwhile, needs no warning.
      if (!plan?.posted) return {};
      const { commentId } = plan.posted;
      const [me, comments] = await Promise.all([tracker.me(), tracker.comments(item.workItemId)]);
      const comment = comments.find((one) => one.commentId === commentId && one.by.id === me.id && !one.isDeleted);
      return !comment || comment.text.includes(until) ? {} : undefined;
    },
    async act(given) {
      assert(plan?.posted, 'the plan to mark is not the posted one');
      const body = `${warning}\n\n${planComment(item.workItemId, plan, approved, rejected)}`;
      await tracker.editComment(permitted(given).permit, item.workItemId, plan.posted.commentId, body);
      return {};
    },
  };
}

export function askEffect(options: TileOptions, item: WorkItem, { question, nth }: IntentOf<'ask'>): Effect {
  return marked(options, item, 'question', question, nth, '**A question before planning.** Answer in a comment.\n\n');
}

export function commentEffect(options: TileOptions, item: WorkItem, { text, nth }: IntentOf<'comment'>): Effect {
  const { agentId } = options.names;
  return marked(options, item, 'note', withNames(text, { agentId, workItemId: item.workItemId }), nth);
}

const statusMark = '[jv:status:';

/** One comment, edited; it is found by its mark, and written again if people deleted it. */
export function tellEffect(options: TileOptions, item: WorkItem): Effect {
  const { tracker, linkHosts } = options;
  const { workItemId } = item;
  const text = writeFor.markdown(statusComment(item, options.names), { hosts: [...linkHosts] });
  const marker = `${statusMark}${shortHash(text)}]`;
  let standing: EffectResult | undefined;
  return {
    wish: { kind: 'report', item },
    async find() {
      standing = await findComment(options, item, (found) => found.includes(statusMark));
      // A tile that was let go of before anything was said on it is not ours to write on.
      if (!standing && item.phase === 'cancelled') return {};
      return findComment(options, item, (found) => found.includes(marker));
    },
    async act(given) {
      const body = `${text}\n\n${marker}`;
      if (standing?.commentId === undefined) return write(options, given, item, body);
      await tracker.editComment(permitted(given).permit, workItemId, standing.commentId, body);
      return {};
    },
  };
}

/**
 * Whether people approved after what was judged, or after our last words on the tile: a move would undo what they decided,
 * and the gate judges it.
 */
async function isDecided(
  { tracker, mapping }: TileOptions,
  { workItemId, state }: Tile,
  judgedRev: number | undefined,
): Promise<boolean> {
  if (state !== mapping.approved) return false;
  if (judgedRev !== undefined) return ((await tracker.lastStateChange(workItemId))?.rev ?? 0) > judgedRev;
  const [me, change, comments] = await Promise.all([
    tracker.me(),
    tracker.lastStateChange(workItemId),
    tracker.comments(workItemId),
  ]);
  const ours = comments.filter(
    ({ by, isDeleted, text }) => by.id === me.id && !isDeleted && !text.includes(statusMark),
  );
  return change?.state === state && change.at > Math.max(...ours.map(({ at }) => at), 0);
}

export function showEffect(options: TileOptions, item: WorkItem, intent: IntentOf<'show'>): Effect {
  const { phase, anyState, judgedRev } = intent;
  const from = anyState ? undefined : phase === 'plan-ready' ? planReadyFrom(item) : movedFrom[phase];
  return {
    wish: { kind: 'report', item, from },
    async find() {
      // The item went on meanwhile, and another move shows where it is now.
      if (item.phase !== phase) return {};
      const tile = await options.tracker.tile(item.workItemId);
      const state = stateOf(phase, options.mapping);
      if (tile && phase === 'plan-ready' && (await isDecided(options, tile, judgedRev))) return {};
      const stands = tile && (state === undefined || tile.state === state);
      return stands && tile.tags.includes(`${tagPrefix}${phase}`) ? { rev: tile.rev } : undefined;
    },
    act: (given) => move(options, given, item, phase),
  };
}

export function setFieldsEffect({ tracker }: TileOptions, item: WorkItem, { fields }: IntentOf<'set-fields'>): Effect {
  return {
    wish: { kind: 'report', item },
    find: async () => undefined,
    act: (given) => {
      const { permit, tile } = permitted(given);
      return tracker.move(permit, item.workItemId, { rev: tile.rev, fields });
    },
  };
}

/** A child is found again by a tag of its content, which it is made with. */
export function createChildEffect({ tracker }: TileOptions, item: WorkItem, intent: IntentOf<'create-child'>): Effect {
  const { type, fields, nth } = intent;
  const tag = `${tagPrefix}child-${shortHash(JSON.stringify([item.workItemId, type, fields, nth]))}`;
  return {
    wish: { kind: 'report', item },
    async find() {
      const [workItemId] = await tracker.tagged(tag);
      return workItemId === undefined ? undefined : { workItemId };
    },
    act: (given) => tracker.createChild(permitted(given).permit, { type, fields, tag }),
  };
}

export function linkEffect({ tracker }: TileOptions, item: WorkItem, { url }: IntentOf<'link'>): Effect {
  return {
    wish: { kind: 'report', item },
    find: async () => undefined,
    async act(given) {
      const { permit, tile } = permitted(given);
      await tracker.link(permit, item.workItemId, tile.rev, url, 'Pull request');
      return {};
    },
  };
}
