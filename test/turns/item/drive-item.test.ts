import { expect, test } from 'vitest';
import type { EffectOutcome } from '../../../src/effects/ledger.ts';
import { type Refusal, refuse } from '../../../src/refusal.ts';
import { createDrive, type Drive, type DriveOptions, type EngineTurnEnd } from '../../../src/turns/item/drive-item.ts';
import { decide } from '../../../src/work-items/lifecycle/decide.ts';
import type { Intent, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import type { Observation } from '../../../src/work-items/observe/observation.ts';
import { newWorkItem, type WorkItem } from '../../../src/work-items/work-item.ts';
import { executing, factsWith, plan, planReady, postedAt, postedPlan, sha } from '../../work-items/fixture.ts';

interface Scene {
  item?: WorkItem;
  openIntents?: Intent[];
  /** What is seen, look by look; nothing after that. */
  sights?: Observation[];
  outcomes?: Partial<Record<Intent['kind'], EffectOutcome>>;
  engineTurn?: DriveOptions['engineTurn'];
  lostAt?: LifecycleEvent['kind'];
}

const findPassed = {
  tests: { passed: true, output: '', seconds: 1 },
  number: 4,
  url: 'u',
  rev: 8,
  at: 1,
  commentId: 1,
};

/** A drive over the real lifecycle, with a store in memory; `steps` tells what happened in which order. */
function scene({ item: given = newWorkItem(12, '', ''), openIntents = [], sights = [], ...more }: Scene = {}) {
  const steps: string[] = [];
  const item: WorkItem = { since: postedAt, ...given };
  let state = { item, openIntents };
  const drive = createDrive({
    state,
    observer: {
      async observe() {
        steps.push('look');
        return sights.shift();
      },
    },
    performer: {
      async perform(_item, intent) {
        steps.push(`${intent.kind} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        steps.push(`${intent.kind} ends`);
        return more.outcomes?.[intent.kind] ?? { kind: 'done', result: findPassed };
      },
    },
    async apply(event) {
      steps.push(event.kind);
      if (event.kind === more.lostAt) return refuse('GATE_LEASE', 'lost');
      const next = decide(state.item, event, factsWith());
      const over = 'intent' in event ? state.openIntents.slice(1) : state.openIntents;
      // The status comment is a promise of its own.
      const owed = next.intents.filter(({ kind }) => kind !== 'tell');
      state = { item: next.item, openIntents: [...over, ...owed] };
      return state;
    },
    now: () => 0,
    engineTurn: async (now, phase, self) => {
      steps.push(`engine ${phase}`);
      return more.engineTurn?.(now, phase, self) ?? { rest: { until: 7 } };
    },
  });
  return { drive, steps };
}

const found: LifecycleEvent = { kind: 'found', title: 'Guard keys', type: 'Bug' };
const submitted: LifecycleEvent = {
  kind: 'plan-submitted',
  plan,
  text: postedPlan.text,
  hash: postedPlan.hash,
  baseSha: 'b',
  contentHash: 'c',
};
const later = (refusal: Refusal): EffectOutcome => ({ kind: 'later', refusal, until: 30_000 });

test('a new item is claimed, planned by the engine and rests once its plan is shown', async () => {
  const { drive, steps } = scene({ sights: [found], engineTurn: async () => ({ event: submitted }) });
  expect(await drive.toRest()).toEqual({});
  expect(drive.item().phase).toBe('plan-ready');
  expect(steps.filter((step) => !step.endsWith('begins'))).toEqual([
    ...['look', 'found', 'claim-plan ends', 'effect-done', 'look', 'engine planning', 'plan-submitted'],
    ...['post-plan ends', 'effect-done', 'show ends', 'effect-done', 'look'],
  ]);
});

test('what is owed is carried out before anything is looked at', async () => {
  const { drive, steps } = scene({ item: planReady, openIntents: [{ kind: 'comment', text: 'a', nth: 1 }] });
  await drive.toRest();
  expect(steps).toEqual(['comment begins', 'comment ends', 'effect-done', 'look']);
});

test('an effect that must wait rests the item until then, and what comes after it too', async () => {
  const refusal = refuse('OUTSIDE_LIMITED', 'slow');
  const openIntents: Intent[] = [
    { kind: 'comment', text: 'a', nth: 1 },
    { kind: 'show', phase: 'plan-ready', nth: 1 },
  ];
  const { drive, steps } = scene({ item: planReady, openIntents, outcomes: { comment: later(refusal) } });
  expect(await drive.toRest()).toEqual({ until: 30_000, why: refusal });
  expect(steps).toEqual(['comment begins', 'comment ends']);
});

test('a refused effect is an event of the lifecycle', async () => {
  const refusal = refuse('PUSH_REJECTED', 'no');
  const push: Intent = { kind: 'push', sha, branch: 'b' };
  const { drive } = scene({ item: executing, openIntents: [push], outcomes: { push: { kind: 'refused', refusal } } });
  await drive.toRest();
  expect(drive.item()).toMatchObject({ phase: 'failed', refusal });
});

test('what cannot be seen rests the item with the reason', async () => {
  const refusal = refuse('GATE_UNVERIFIABLE', 'no answer');
  const { drive, steps } = scene({ item: planReady, sights: [refusal] });
  expect(await drive.toRest()).toEqual({ why: refusal });
  expect(steps).toEqual(['look']);
});

test('an event that changes nothing does not cause another look', async () => {
  const { drive, steps } = scene({ item: planReady, sights: [found, found, found] });
  expect(await drive.toRest()).toEqual({});
  expect(steps).toEqual(['look', 'found']);
});

test('an engine turn that says when to continue rests the item until then', async () => {
  const { drive } = scene({ item: executing });
  expect(await drive.toRest()).toEqual({ until: 7 });
});

test('a lost lease ends the turn wherever it is noticed', async () => {
  const lost = { why: { refused: 'GATE_LEASE' } };
  expect(await scene({ sights: [found], lostAt: 'found' }).drive.toRest()).toMatchObject(lost);
  expect(await scene({ sights: [found], lostAt: 'effect-done' }).drive.toRest()).toMatchObject(lost);
  const engineTurn = async (): Promise<EngineTurnEnd> => ({ event: submitted });
  const late = scene({ sights: [found], lostAt: 'plan-submitted', engineTurn });
  expect(await late.drive.toRest()).toMatchObject(lost);
});

test('facts that keep undoing each other are bounded', async () => {
  const engineTurn = async (): Promise<EngineTurnEnd> => ({ event: { kind: 'rejected', feedback: '' } });
  const { drive, steps } = scene({ item: executing, engineTurn });
  expect(await drive.toRest()).toMatchObject({ until: 60_000, why: { refused: 'STALLED' } });
  expect(steps.filter((step) => step === 'rejected')).toHaveLength(60);
});

const changeMade: LifecycleEvent = { kind: 'change-made', sha, summary: '', deliver: 'pull-request' };

test('events of tools and of the conductor are carried out one after the other', async () => {
  const { drive, steps } = scene({
    item: executing,
    async engineTurn(_item, _phase, self: Drive) {
      await Promise.all([self.advance(changeMade), self.advance(changeMade)]);
      return { rest: {} };
    },
  });
  await drive.toRest();
  const performed = steps.filter((step) => / (begins|ends)$/.test(step));
  const pairs = performed.filter((_, at) => at % 2 === 0).map((step) => step.replace('begins', 'ends'));
  expect(performed.filter((_, at) => at % 2 === 1)).toEqual(pairs);
  expect(steps.indexOf('show ends')).toBeLessThan(steps.lastIndexOf('change-made'));
  expect(drive.item().phase).toBe('pr-created');
});

test('a tool that advances the item gets the state, or the reason why it does not get through', async () => {
  const passed = scene({ item: executing });
  expect(await passed.drive.advance(changeMade)).toMatchObject({ item: { phase: 'pr-created' }, openIntents: [] });
  const refusal = refuse('OUTSIDE_LIMITED', 'slow');
  const slow = scene({ item: executing, outcomes: { test: later(refusal) } });
  expect(await slow.drive.advance(changeMade)).toEqual(refusal);
  expect(await scene({ item: executing, lostAt: 'change-made' }).drive.advance(changeMade)).toMatchObject({
    refused: 'GATE_LEASE',
  });
});

test('a tool whose event failed does not stop the next one', async () => {
  const { drive } = scene({ item: executing });
  const [broken, next] = await Promise.allSettled([
    drive.advance(undefined as unknown as LifecycleEvent),
    drive.advance(changeMade),
  ]);
  expect([broken.status, next.status]).toEqual(['rejected', 'fulfilled']);
});
