import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Code, codes, refuse } from '../../../src/refusal.ts';
import type { Intent, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { transition } from '../../../src/work-items/lifecycle/lifecycle.ts';
import { isOver, phases } from '../../../src/work-items/phase.ts';
import { planHash } from '../../../src/work-items/plan.ts';
import { newWorkItem } from '../../../src/work-items/work-item.ts';
import { approval, plan, rules } from '../fixture.ts';

const shas = ['a', 'b', 'c'].map((letter) => letter.repeat(40));
const sha = fc.constantFrom(...shas);
const text = fc.constantFrom('', 'words');
const refusal = fc.constantFrom(...(Object.keys(codes) as Code[])).map((code) => refuse(code, 'why'));
const number = fc.integer({ min: 0, max: 3 });
const branch = fc.constant('feature/acme-12');

const anyIntent: fc.Arbitrary<Intent> = fc.oneof(
  fc.record({ kind: fc.constant('claim-plan' as const), move: number }),
  fc.record({ kind: fc.constant('post-plan' as const), hash: text, move: fc.nat() }),
  fc.record({ kind: fc.constant('ask' as const), question: text, nth: number }),
  fc.record({ kind: fc.constant('claim-execution' as const), hash: text, approvedRev: number }),
  fc.record({ kind: fc.constant('test' as const), sha, attempt: number }),
  fc.record({ kind: fc.constant('push' as const), sha, branch }),
  fc.record({ kind: fc.constant('open-pr' as const), sha, branch, move: number }),
  fc.record({ kind: fc.constant('show' as const), phase: fc.constantFrom(...phases), move: number }),
  fc.record({ kind: fc.constant('comment' as const), text, move: number }),
  fc.record({ kind: fc.constant('set-fields' as const), fields: fc.constant({}), nth: number }),
  fc.record({ kind: fc.constant('deploy' as const), sha, move: number }),
  fc.record({ kind: fc.constant('rollback' as const), sha, deploymentId: text, move: number }),
  fc.record({ kind: fc.constant('verify' as const), sha, deploymentId: text, move: number }),
);

const result = fc.record(
  {
    rev: number,
    commentId: number,
    at: number,
    number,
    deployed: fc.boolean(),
    left: text,
    deploymentId: fc.constant('9'),
    tests: fc.record({ passed: fc.boolean(), output: text, seconds: number }),
  },
  { requiredKeys: [] },
);

const names = { title: text, type: text };
const anyEvent: fc.Arbitrary<LifecycleEvent> = fc.oneof(
  fc.record({ kind: fc.constant('found' as const), ...names }),
  fc.record({ kind: fc.constant('found-approved' as const), ...names }),
  fc.constant({ kind: 'plan-submitted' as const, plan, hash: planHash(12, plan), baseSha: 'b', contentHash: 'c' }),
  fc.record({ kind: fc.constant('question-asked' as const), question: text }),
  fc.record({ kind: fc.constant('answered' as const), answer: text }),
  fc.record({ kind: fc.constant('turn-fell-short' as const), why: text }),
  fc.constant({ kind: 'approved' as const, approval, branch: 'feature/acme-12' }),
  fc.record({ kind: fc.constantFrom('gate-refused' as const, 'plan-stale' as const, 'gave-up' as const), refusal }),
  fc.record({ kind: fc.constant('rejected' as const), feedback: text }),
  fc.record({ kind: fc.constant('steered' as const), feedback: text, heard: fc.array(text, { maxLength: 1 }) }),
  fc.record({
    kind: fc.constant('fell-behind' as const),
    behind: fc.record({
      theirs: sha,
      of: fc.constantFrom('target' as const, 'branch' as const),
      needs: fc.constantFrom('git' as const, 'engine' as const, 'people' as const),
      files: fc.array(text, { maxLength: 1 }),
    }),
  }),
  fc.record({ kind: fc.constant('caught-up' as const) }),
  fc.record({ kind: fc.constant('left-as-is' as const), words: text }),
  fc.record({
    kind: fc.constant('change-made' as const),
    sha,
    summary: text,
    deliver: fc.constantFrom('no' as const, 'push' as const, 'pull-request' as const),
  }),
  fc.record({ kind: fc.constant('merged' as const), mergedSha: sha }),
  fc.record({ kind: fc.constant('work-kept' as const), sha }),
  fc.record({ kind: fc.constant('must-wait' as const), refusal }),
  fc.record({ kind: fc.constant('reminder-due' as const), hours: number }),
  fc.record({ kind: fc.constantFrom('pull-request-closed' as const, 'gone' as const), why: text }),
  fc.record({ kind: fc.constant('already-deployed' as const), sha }),
  fc.record({
    kind: fc.constant('moved' as const),
    to: fc.constantFrom('new' as const, 'planReady' as const, 'elsewhere' as const),
    why: text,
  }),
  fc.record({ kind: fc.constant('cancelled-by' as const), by: text, rev: number }),
  fc.record({ kind: fc.constantFrom('retried-by' as const, 'rolled-back-by' as const), by: text }),
  fc.record({ kind: fc.constant('effect-refused' as const), intent: anyIntent, refusal }),
  fc.record({ kind: fc.constant('effect-done' as const), intent: anyIntent, result }),
);

/** An event, the outcome of an intent that was asked for, or the next step of the straight road: so that walks go far. */
const step = fc.oneof(
  anyEvent,
  fc.constantFrom('outcome' as const, 'well' as const, 'well' as const, 'onward' as const),
);
const steps = fc.array(fc.tuple(step, result), { maxLength: 40, size: 'max' });
const well = { tests: { passed: true, output: '', seconds: 1 }, deployed: true };

const onward: Readonly<Record<string, LifecycleEvent>> = {
  intake: { kind: 'found', title: 'a', type: 'Bug' },
  planning: { kind: 'plan-submitted', plan, hash: planHash(12, plan), baseSha: 'b', contentHash: 'c' },
  'needs-info': { kind: 'answered', answer: 'yes' },
  'plan-ready': { kind: 'approved', approval, branch: 'feature/acme-12' },
  executing: { kind: 'change-made', sha: 'a'.repeat(40), summary: '', deliver: 'pull-request' },
  'pr-created': { kind: 'merged', mergedSha: 'b'.repeat(40) },
};

const guarded: readonly Intent['kind'][] = ['claim-execution', 'test', 'push', 'open-pr', 'deploy', 'rollback'];
const reached = new Set<string>();

test('whatever happens, nothing is executed, pushed or deployed without an approval later than the stored plan', () => {
  fc.assert(
    fc.property(steps, (walk) => {
      let item = newWorkItem(12, '', '');
      let approvedPlan = false;
      let open: Intent[] = [];
      for (const [next, outcome] of walk) {
        let event = typeof next === 'string' ? onward[item.phase] : next;
        if (next === 'outcome' || next === 'well') {
          const intent = open.shift();
          event = intent && { kind: 'effect-done', intent, result: next === 'well' ? well : outcome };
        }
        if (!event) continue;
        const before = item;
        const { item: after, intents } = transition(item, event, rules);
        if (before.plan?.hash !== after.plan?.hash || after.plan === undefined) approvedPlan = false;
        if (event.kind === 'approved' && before.phase === 'plan-ready') approvedPlan = true;
        if (after.phase === 'plan-ready') approvedPlan = false;
        const goesOn = ['executing', 'pr-created', 'deploying', 'deployed'].includes(after.phase);
        const goesOut = intents.filter(({ kind }) => guarded.includes(kind));
        if (goesOn || goesOut.length > 0) expect(approvedPlan, `${event.kind} in ${before.phase}`).toBe(true);
        item = after;
        open = [...open, ...intents];
        reached.add(item.phase);
      }
    }),
    { numRuns: 3_000 },
  );
  expect([...reached]).toEqual(expect.arrayContaining(['executing', 'pr-created', 'deploying', 'deployed', 'failed']));
});

test('no event makes an item throw, nor lose its number or its count of moves', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60, size: 'max' }), (events) => {
      let item = newWorkItem(12, '', '');
      for (const event of events) {
        const next = transition(item, event, rules).item;
        expect(next.workItemId).toBe(12);
        expect(next.moves).toBeGreaterThanOrEqual(item.moves);
        expect(phases).toContain(next.phase);
        item = next;
      }
    }),
  );
});

test('every end but a silent one is said on the tile', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60, size: 'max' }), (events) => {
      let item = newWorkItem(12, '', '');
      for (const event of events) {
        const { item: next, intents } = transition(item, event, rules);
        const ended = isOver(next.phase) && next.phase !== item.phase;
        if (ended && next.phase !== 'cancelled' && next.phase !== 'deployed') {
          expect(intents.map(({ kind }) => kind)).toEqual(['comment', 'show']);
          expect(next.refusal).toBeDefined();
        }
        item = next;
      }
    }),
  );
});
