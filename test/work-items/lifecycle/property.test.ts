import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Code, codes, refuse } from '../../../src/refusal.ts';
import { decide } from '../../../src/work-items/lifecycle/decide.ts';
import type {
  EventKind,
  EventOf,
  Intent,
  IntentKind,
  IntentOf,
  LifecycleEvent,
} from '../../../src/work-items/lifecycle/events.ts';
import { isOver } from '../../../src/work-items/phase.ts';
import { writePlan } from '../../../src/work-items/plan.ts';
import { newWorkItem } from '../../../src/work-items/work-item.ts';
import { after, approval, bounds, factsWith, phases, plan, postedPlan } from '../fixture.ts';

const shas = ['a', 'b', 'c'].map((letter) => letter.repeat(40));
const sha = fc.constantFrom(...shas);
const text = fc.constantFrom('', 'words');
const refusal = fc.constantFrom(...(Object.keys(codes) as Code[])).map((code) => refuse(code, 'why'));
const number = fc.integer({ min: 0, max: 3 });
const branch = fc.constant('feature/acme-12');

/** Each kind of intent; one that is missing does not compile. */
const intents: { [K in IntentKind]: fc.Arbitrary<Omit<IntentOf<K>, 'kind'>> } = {
  'claim-plan': fc.record({ nth: number }),
  'post-plan': fc.record({ hash: text, nth: number }),
  'mark-stale': fc.record({ hash: text, why: text, againAt: number }),
  ask: fc.record({ question: text, nth: number }),
  'claim-execution': fc.record({ hash: text, approvedRev: number }),
  test: fc.record({ sha, nth: number }),
  push: fc.record({ sha, branch }),
  'open-pr': fc.record({ sha, branch, nth: number }),
  'label-pr': fc.record({ number, label: text }),
  'ask-review': fc.record({ number, reviewer: text }),
  link: fc.record({ url: text }),
  show: fc.record({ phase: fc.constantFrom(...phases), nth: number }),
  comment: fc.record({ text, nth: number }),
  tell: fc.record({ nth: number }),
  'set-fields': fc.record({ fields: fc.constant({}), nth: number }),
  'create-child': fc.record({ type: text, fields: fc.constant({}), nth: number }),
  deploy: fc.record({ sha, nth: number }),
  verify: fc.record({ sha, deploymentId: text, nth: number }),
  rollback: fc.record({ sha, deploymentId: text, nth: number }),
};

/** One of them, with its kind. */
function oneOf<T extends { kind: string }>(kinds: { [K in T['kind']]: fc.Arbitrary<object> }): fc.Arbitrary<T> {
  const all = Object.entries<fc.Arbitrary<object>>(kinds);
  return fc.oneof(...all.map(([kind, rest]) => rest.map((fields) => ({ kind, ...fields }) as T)));
}

const anyIntent = oneOf<Intent>(intents);

const result = fc.record(
  {
    rev: number,
    commentId: number,
    at: number,
    number,
    deployed: fc.boolean(),
    takenAway: text,
    deploymentId: fc.constant('9'),
    tests: fc.record({ passed: fc.boolean(), output: text, seconds: number }),
  },
  { requiredKeys: [] },
);

const seen = fc.record({ rev: number, state: text, at: number, configDigest: text });
const ahead = fc.record(
  { branch, number, url: text, headSha: sha, approval: fc.constant({ ...approval, claimRev: 8 }) },
  { requiredKeys: ['branch', 'number', 'url', 'headSha'] },
);
const names = { title: text, type: text };
const behind = fc.record({
  theirs: sha,
  of: fc.constantFrom('target' as const, 'branch' as const),
  needs: fc.constantFrom('git' as const, 'engine' as const, 'people' as const),
  files: fc.array(text, { maxLength: 1 }),
});

/** Each kind of event; one that is missing does not compile. */
const events: { [K in EventKind]: fc.Arbitrary<Omit<EventOf<K>, 'kind'>> } = {
  found: fc.record(names),
  'found-approved': fc.record(names),
  'plan-submitted': fc.constant({ ...writePlan(12, plan, bounds), baseSha: 'b', contentHash: 'c' }),
  'work-kept': fc.record({ sha }),
  'reminder-due': fc.record({ hours: number }),
  'question-asked': fc.record({ question: text }),
  answered: fc.record({ answer: text }),
  'turn-fell-short': fc.record({ why: text }),
  approved: fc.constant({ approval, branch: 'feature/acme-12' }),
  'gate-refused': fc.record({ refusal }),
  rejected: fc.record(
    { feedback: text, by: text, hash: fc.constantFrom(postedPlan.hash, 'another') },
    { requiredKeys: ['feedback'] },
  ),
  'plan-stale': fc.record({ refusal, rev: number }, { requiredKeys: ['refusal'] }),
  'change-made': fc.record({
    sha,
    summary: text,
    deliver: fc.constantFrom('no' as const, 'push' as const, 'pull-request' as const),
  }),
  steered: fc.record({ feedback: text, heard: fc.array(text, { maxLength: 1 }) }),
  'fell-behind': fc.record({ behind }),
  'caught-up': fc.constant({}),
  'left-as-is': fc.record({ words: text }),
  merged: fc.record({ mergedSha: sha }),
  'pull-request-closed': fc.record({ why: text }),
  'pull-request-reopened': fc.constant({}),
  'already-deployed': fc.record({ sha }),
  moved: fc.record({ to: fc.constantFrom('new' as const, 'planReady' as const, 'elsewhere' as const), why: text }),
  gone: fc.record({ why: text }),
  'gave-up': fc.record({ refusal }),
  'cancelled-by': fc.record({ by: text, rev: number }),
  'retried-by': fc.record({ by: text, mergedSha: sha }, { requiredKeys: ['by'] }),
  'rolled-back-by': fc.record({ by: text, refusal }, { requiredKeys: ['by'] }),
  restored: fc.record({ movedOn: fc.boolean(), found: text, ahead }, { requiredKeys: ['movedOn'] }),
  'effect-done': fc.record({ intent: anyIntent, result }),
  'effect-refused': fc.record({ intent: anyIntent, refusal, seen }, { requiredKeys: ['intent', 'refusal'] }),
  rests: fc.record({ refusal }, { requiredKeys: [] }),
  unbarred: fc.record({ again: fc.boolean() }),
};
const anyEvent = oneOf<LifecycleEvent>(events);

/** An event, the outcome of an intent that was asked for, or the next step of the straight road: so that walks go far. */
const step = fc.oneof(
  anyEvent,
  fc.constantFrom('outcome' as const, 'well' as const, 'well' as const, 'onward' as const),
);
const steps = fc.array(fc.tuple(step, result), { maxLength: 40, size: 'max' });
const well = { tests: { passed: true, output: '', seconds: 1 }, deployed: true };

const onward: Readonly<Record<string, LifecycleEvent>> = {
  intake: { kind: 'found', title: 'a', type: 'Bug' },
  planning: { kind: 'plan-submitted', ...writePlan(12, plan, bounds), baseSha: 'b', contentHash: 'c' },
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
        const { item: after, intents: wanted } = decide(item, event, factsWith());
        if (before.plan?.hash !== after.plan?.hash || after.plan === undefined) approvedPlan = false;
        // What the board itself tells of an approval counts as one.
        const isDecided =
          event.kind === 'approved' || (event.kind === 'restored' && event.ahead?.approval !== undefined);
        if (isDecided && before.phase === 'plan-ready') approvedPlan = true;
        if (after.phase === 'plan-ready') approvedPlan = false;
        const goesOn = ['executing', 'pr-created', 'deploying', 'deployed'].includes(after.phase);
        const goesOut = wanted.filter(({ kind }) => guarded.includes(kind));
        if (goesOn || goesOut.length > 0) expect(approvedPlan, `${event.kind} in ${before.phase}`).toBe(true);
        if (after.phase === 'pr-created') expect(after.approval, `${event.kind} in ${before.phase}`).toBeDefined();
        item = after;
        open = [...open, ...wanted];
        reached.add(item.phase);
      }
    }),
    { numRuns: 3_000 },
  );
  expect([...reached]).toEqual(expect.arrayContaining(['executing', 'pr-created', 'deploying', 'deployed', 'failed']));
});

test('no event makes an item throw or lose its number or its count of moves', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60, size: 'max' }), (events) => {
      let item = newWorkItem(12, '', '');
      for (const event of events) {
        const next = decide(item, event, factsWith()).item;
        expect(next.workItemId).toBe(12);
        expect(next.counts.moves).toBeGreaterThanOrEqual(item.counts.moves);
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
        const next = after(item, event);
        const ended = isOver(next.phase) && next.phase !== item.phase;
        if (ended && next.phase !== 'cancelled' && next.phase !== 'deployed') {
          expect(next.kinds).toEqual(['comment', 'show']);
          expect(next.refusal).toBeDefined();
        }
        item = next;
      }
    }),
  );
});

/** From phase to phase, as docs/lifecycle.md draws it; the ends are drawn as one. */
function drawn(): Set<string> {
  const page = readFileSync(new URL('../../../docs/lifecycle.md', import.meta.url), 'utf8');
  const ends = ['cancelled', 'refused', 'failed'];
  const phasesOf = (name: string) => (name === 'ended' ? ends : [name.replaceAll('_', '-')]);
  const arrows = [...page.matchAll(/^ {4}(\S+) --> (\S+)(?::|$)/gm)];
  return new Set(
    arrows.flatMap(([, from = '', to = '']) =>
      phasesOf(from).flatMap((before) => phasesOf(to).map((after) => `${before} to ${after}`)),
    ),
  );
}

test('every change of phase is drawn in docs/lifecycle.md', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(steps, (walk) => {
      let item = newWorkItem(12, '', '');
      let open: Intent[] = [];
      for (const [next, outcome] of walk) {
        let event = typeof next === 'string' ? onward[item.phase] : next;
        if (next === 'outcome' || next === 'well') {
          const intent = open.shift();
          event = intent && { kind: 'effect-done', intent, result: next === 'well' ? well : outcome };
        }
        if (!event) continue;
        const { item: after, intents: wanted } = decide(item, event, factsWith());
        if (after.phase !== item.phase) seen.add(`${item.phase} to ${after.phase}`);
        item = after;
        open = [...open, ...wanted];
      }
    }),
    { numRuns: 3_000 },
  );
  const known = drawn();
  expect([...seen].filter((change) => !known.has(change)).sort()).toEqual([]);
});
