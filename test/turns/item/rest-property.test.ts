import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRefusal } from '../../../src/refusal.ts';
import { createDrive, type EngineTurnEnd } from '../../../src/turns/item/drive-item.ts';
import { decide } from '../../../src/work-items/lifecycle/decide.ts';
import type { Intent, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { createObserver } from '../../../src/work-items/observe/observe.ts';
import { writePlan } from '../../../src/work-items/plan.ts';
import type { Person } from '../../../src/work-items/tracker.ts';
import { newWorkItem, type WorkItem } from '../../../src/work-items/work-item.ts';
import { stage } from '../../effects/world.ts';
import { base, bounds, eve, factsWith, mapping, merged, plan, rob, sha, tileIn } from '../../work-items/fixture.ts';
import {
  codeHostOf,
  createWorld,
  mergedPullRequest,
  openPullRequest,
  outside,
  sourceOf,
  trackerOf,
  type World,
} from '../../work-items/ports.ts';

/** One work item driven by the real lifecycle, observer, gate and performer, over an outside world in memory. */
function life() {
  const world = createWorld({ tile: tileIn('New', { contentHash: 'c1' }), comments: [] });
  const { gate, clock, perform } = stage(world);
  const observer = createObserver({
    rules: {
      mapping,
      takes: ({ tags }) => tags.includes('jvagent'),
      remindAfterHours: 10_000,
      targetBranch: 'main',
      branchOf: ({ workItemId }) => `feature/acme-${workItemId}`,
      configDigest: 'digest',
    },
    tracker: trackerOf(world),
    codeHost: codeHostOf(world),
    source: sourceOf(world),
    gate,
    agentIdentities: [],
    clock,
  });
  let state = { item: newWorkItem(12, '', ''), openIntents: [] as Intent[] };
  let [plans, effects] = [0, 0];

  async function apply(event: LifecycleEvent) {
    const over = 'intent' in event ? state.openIntents.slice(1) : state.openIntents;
    const owed = over.map((intent) => ({ intent, state: 'intended' as const }));
    const next = decide(state.item, event, factsWith({ now: world.now, owed }));
    state = { item: next.item, openIntents: [...over, ...next.intents] };
    return state;
  }

  async function engineTurn(item: WorkItem, phase: string): Promise<EngineTurnEnd> {
    if (phase === 'executing') {
      return { event: { kind: 'change-made', sha, summary: 'a', deliver: 'pull-request' } };
    }
    if (phase === 'repair') return { event: { kind: 'left-as-is', words: 'as it is' } };
    plans += 1;
    const made = { ...plan, summary: `Plan ${plans}.` };
    const contentHash = world.tile?.contentHash ?? '';
    return {
      event: { kind: 'plan-submitted', ...writePlan(item.workItemId, made, bounds), baseSha: base, contentHash },
    };
  }

  return {
    world,
    item: () => state.item,
    /** One turn of its session; the number of effects that were tried. */
    async look(): Promise<number> {
      const before = effects;
      world.now += 1_000;
      const counted = async (item: WorkItem, intent: Intent) => {
        effects += 1;
        return perform(item, intent);
      };
      const drive = createDrive({
        state,
        observer,
        performer: { perform: counted },
        apply,
        engineTurn,
        now: () => world.now,
      });
      const rest = await drive.toRest();
      expect(isRefusal(rest.why) && rest.why.refused, 'facts kept undoing each other').not.toBe('STALLED');
      return effects - before;
    },
  };
}

const personMoves = (world: World, state: string, by: Person) => world.board.edit(12, by, { state });

const rule = (refuses: (method: string, state?: string) => boolean) => (world: World) => {
  world.rule = (method, state) => (refuses(method, state) ? outside('refused') : undefined);
};
const isPatch = (method: string) => method === 'move' || method === 'link';

/** What people, and the rules that they make, do to a work item. */
const acts: Readonly<Record<string, (world: World) => void>> = {
  ...Object.fromEntries(
    Object.values(mapping).map((state) => [`to ${state}`, (world) => personMoves(world, state, eve)]),
  ),
  'approve by nobody listed': (world) => personMoves(world, mapping.approved, rob),
  edit: (world) => world.board.edit(12, eve, { text: `said at ${world.now}` }),
  comment: (world) => void world.board.comment(12, eve, 'words'),
  merge(world) {
    if (!world.pullRequest) return;
    world.pullRequest = mergedPullRequest;
    world.targetSha = merged;
    world.running = { commit: merged };
  },
  close(world) {
    if (world.pullRequest?.state === 'open') world.pullRequest = { ...openPullRequest, state: 'closed' };
  },
  'two hours': (world) => {
    world.now += 7_200_000;
  },
  'no rule': (world) => {
    delete world.rule;
  },
  'no patch': rule(isPatch),
  'no comment': rule((method) => method === 'addComment' || method === 'editComment'),
  'no pull request': rule((method) => method === 'open'),
  'no deployment': rule((method) => method === 'deploy'),
  ...Object.fromEntries(
    Object.values(mapping).map((state) => [
      `no move to ${state}`,
      rule((method, to) => method === 'move' && to === state),
    ]),
  ),
};

/** Enough for the longest way between two decisions of people: a stale plan said, planned again, posted and shown. */
const effectsMax = 16;
const well = ['to Approved', 'merge'];
const walk = fc.array(fc.constantFrom(...Object.keys(acts), ...well, ...well, ...well), { maxLength: 12, size: 'max' });

test('whatever a board refuses and people do, an item comes to rest and tells one cause once', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(walk, async (names) => {
      const { world, item, look } = life();
      for (const name of ['', ...names]) {
        const before = new Set(world.comments.map(({ commentId }) => commentId));
        acts[name]?.(world);
        const first = await look();
        expect(first, `effects after "${name}" in ${item().phase}`).toBeLessThanOrEqual(effectsMax);
        const [second, third] = [await look(), await look()];
        expect(second + third, `effects without a cause after "${name}" in ${item().phase}`).toBe(0);
        const said = world.comments.filter(({ commentId, by }) => !before.has(commentId) && by.id !== eve.id);
        const words = said.map(({ text }) => text.replace(/\[jv:.*$/s, ''));
        expect(words, 'the same words twice').toEqual([...new Set(words)]);
        reached.add(item().phase);
        if (item().barred) reached.add(`barred in ${item().phase}`);
      }
    }),
    { numRuns: 800 },
  );
  const wanted = ['plan-ready', 'executing', 'pr-created', 'deployed'];
  expect([...reached]).toEqual(expect.arrayContaining([...wanted, ...wanted.map((phase) => `barred in ${phase}`)]));
}, 60_000);
