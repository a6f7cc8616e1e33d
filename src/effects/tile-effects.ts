/** What is done on the tile: claims, moves, the plan, questions and notes, each found again by its state or its marker. */
import { assert } from '../base/errors.ts';
import type { Permitted, PermitWish } from '../work-items/approval.ts';
import type { EffectResult, IntentOf } from '../work-items/lifecycle-events.ts';
import { type Phase, type StateKey, type StateMapping, stateOf, tagPrefix, tagsWith } from '../work-items/phase.ts';
import { planComment, saysPlan } from '../work-items/plan.ts';
import { sanitize } from '../work-items/sanitize.ts';
import type { Tracker } from '../work-items/tracker.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import { textHash } from './effect-key.ts';
import type { Effect } from './performer.ts';

export interface TileEffectsOptions {
  tracker: Tracker;
  mapping: StateMapping;
  /** Hosts that links in what we post may point to. */
  linkHosts: readonly string[];
}

/** From which states a tile may be moved into a phase; any, where the phase is missing. */
const movedFrom: Partial<Record<Phase, readonly StateKey[]>> = {
  planning: ['new', 'planning', 'planReady', 'approved', 'rejected', 'inProgress', 'prCreated'],
  'needs-info': ['planning'],
  'plan-ready': ['planning', 'planReady', 'approved'],
  executing: ['approved'],
  'pr-created': ['inProgress', 'prCreated'],
};

export function createTileEffects({ tracker, mapping, linkHosts }: TileEffectsOptions) {
  function permitted(value: Permitted | undefined): Permitted {
    assert(value, 'a tile was written without a permit');
    return value;
  }

  async function move(given: Permitted | undefined, item: WorkItem, phase: Phase): Promise<EffectResult> {
    const { permit, tile } = permitted(given);
    const state = stateOf(phase, mapping);
    const changed = state === undefined || state === tile.state ? {} : { state };
    return tracker.move(permit, item.workItemId, { rev: tile.rev, ...changed, tags: tagsWith(tile.tags, phase) });
  }

  /** A comment of ours that bears this marker. */
  async function findComment(item: WorkItem, matches: (text: string) => boolean): Promise<EffectResult | undefined> {
    const [me, comments] = await Promise.all([tracker.me(), tracker.comments(item.workItemId)]);
    const found = comments.find((comment) => comment.by.id === me.id && !comment.isDeleted && matches(comment.text));
    return found && { commentId: found.commentId, version: found.version, at: found.at };
  }

  async function write(given: Permitted | undefined, item: WorkItem, markdown: string): Promise<EffectResult> {
    const comment = await tracker.addComment(permitted(given).permit, item.workItemId, markdown);
    return { commentId: comment.commentId, version: comment.version, at: comment.at };
  }

  function marked(item: WorkItem, name: string, text: string, nth: number, heading = ''): Effect {
    const marker = `[jv:${name}:${textHash(text)}:${nth}]`;
    const wish: PermitWish = { kind: 'report', item };
    return {
      wish,
      find: () => findComment(item, (found) => found.includes(marker)),
      act: (given) => write(given, item, `${heading}${sanitize(text, { hosts: linkHosts })}\n\n${marker}`),
    };
  }

  /** Whether the last change of state was ours and into this state. */
  async function ours(item: WorkItem, state: string | undefined, after: number): Promise<EffectResult | undefined> {
    const [me, change] = await Promise.all([tracker.me(), tracker.lastStateChange(item.workItemId)]);
    const done = change && change.revisedBy.id === me.id && change.state === state && change.rev > after;
    return done ? { rev: change.rev } : undefined;
  }

  return {
    claimPlan: (item: WorkItem): Effect => ({
      wish: { kind: 'claim-plan', item, from: ['new'] },
      find: () => ours(item, mapping.planning, 0),
      act: (given) => move(given, item, 'planning'),
    }),
    postPlan: (item: WorkItem, intent: IntentOf<'post-plan'>): Effect => {
      const plan = item.plan?.hash === intent.hash ? item.plan.plan : undefined;
      const { approved = 'Approved', rejected } = mapping;
      return {
        wish: { kind: 'post-plan', item, from: ['planning', 'planReady', 'approved'] },
        // A plan that the item has no more is not posted any more.
        find: async () => (plan ? findComment(item, (text) => saysPlan(text, item.workItemId, plan)) : {}),
        act: (given) => {
          assert(plan, 'the plan to post is not the stored one');
          return write(given, item, planComment(item.workItemId, plan, approved, rejected));
        },
      };
    },
    ask: (item: WorkItem, intent: IntentOf<'ask'>): Effect =>
      marked(item, 'question', intent.question, intent.nth, '**A question before planning.** Answer in a comment.\n\n'),
    comment: (item: WorkItem, intent: IntentOf<'comment'>): Effect => marked(item, 'note', intent.text, intent.move),
    claimExecution: (item: WorkItem, intent: IntentOf<'claim-execution'>): Effect => ({
      wish: { kind: 'execute', item },
      find: () => ours(item, mapping.inProgress, intent.approvedRev),
      act: (given) => move(given, item, 'executing'),
    }),
    show: (item: WorkItem, intent: IntentOf<'show'>): Effect => {
      const from = movedFrom[intent.phase];
      return {
        wish: { kind: 'report', item, ...(from ? { from } : {}) },
        async find() {
          // The item went on meanwhile, and another move shows where it is now.
          if (item.phase !== intent.phase) return {};
          const tile = await tracker.tile(item.workItemId);
          const state = stateOf(intent.phase, mapping);
          const stands = tile && (state === undefined || tile.state === state);
          return stands && tile.tags.includes(`${tagPrefix}${intent.phase}`) ? { rev: tile.rev } : undefined;
        },
        act: (given) => move(given, item, intent.phase),
      };
    },
    setFields: (item: WorkItem, { fields }: IntentOf<'set-fields'>): Effect => ({
      wish: { kind: 'report', item },
      find: async () => undefined,
      act: (given) => {
        const { permit, tile } = permitted(given);
        return tracker.move(permit, item.workItemId, { rev: tile.rev, fields });
      },
    }),
    createChild: (item: WorkItem, { type, fields }: IntentOf<'create-child'>): Effect => ({
      wish: { kind: 'report', item },
      find: async () => undefined,
      act: (given) => tracker.createChild(permitted(given).permit, type, fields),
    }),
    link: (item: WorkItem, intent: IntentOf<'link'>): Effect => ({
      wish: { kind: 'report', item },
      find: async () => undefined,
      async act(given) {
        const { permit, tile } = permitted(given);
        await tracker.link(permit, item.workItemId, tile.rev, intent.url, 'Pull request');
        return {};
      },
    }),
  };
}
