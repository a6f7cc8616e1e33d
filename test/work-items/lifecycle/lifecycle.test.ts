import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import { decide, engineNeeded, pendingTriggerOf } from '../../../src/work-items/lifecycle/decide.ts';
import type { Intent, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { newWorkItem, type WorkItem } from '../../../src/work-items/work-item.ts';
import {
  after,
  approval,
  base,
  deploying,
  done,
  executing,
  factsWith,
  inReview,
  itemIn,
  merged,
  phases,
  plan,
  planReady,
  postedAt,
  postedPlan,
  sha,
  withChange,
  withCommit,
  withCounts,
} from '../fixture.ts';

const found: LifecycleEvent = { kind: 'found', title: 'Guard keys', type: 'Bug' };
const foundApproved: LifecycleEvent = { kind: 'found-approved', title: 'Guard keys', type: 'Bug' };
const submitted: LifecycleEvent = {
  kind: 'plan-submitted',
  plan,
  text: postedPlan.text,
  hash: postedPlan.hash,
  baseSha: base,
  contentHash: 'content-1',
};
const post: Intent = { kind: 'post-plan', hash: postedPlan.hash, nth: 2 };
const approved: LifecycleEvent = { kind: 'approved', approval, branch: 'feature/acme-12' };
const claim: Intent = { kind: 'claim-execution', hash: postedPlan.hash, approvedRev: 7 };
const changeMade: LifecycleEvent = { kind: 'change-made', sha, summary: 'a', deliver: 'pull-request' };
const testIntent: Intent = { kind: 'test', sha, nth: 3 };
const push: Intent = { kind: 'push', sha, branch: 'feature/acme-12', nth: 3 };
const openPr: Intent = { kind: 'open-pr', branch: 'feature/acme-12', sha, nth: 3 };
const deploy: Intent = { kind: 'deploy', sha: merged, nth: 0 };
const passed = { tests: { passed: true, output: 'ok', seconds: 1 } };
const failedTests = { tests: { passed: false, output: 'not ok 1', seconds: 1 } };
const refused = (intent: Intent, code: Parameters<typeof refuse>[0]): LifecycleEvent => ({
  kind: 'effect-refused',
  intent,
  refusal: refuse(code, 'why'),
});

/** All events in turn, with every intent carried out at once. */
function walk(item: WorkItem, ...events: LifecycleEvent[]) {
  return events.reduce(
    ({ item: before, kinds }, event) => {
      const { kinds: more, intents: _, callsOff: __, hold: ___, ...next } = after(before, event);
      return { item: next, kinds: [...kinds, ...more] };
    },
    { item, kinds: [] as string[] },
  );
}

test('the main path leads from a new tile to a verified deployment', () => {
  const { item, kinds } = walk(
    newWorkItem(12, '', ''),
    found,
    submitted,
    done(post, { commentId: 31, version: 1, at: 5 }),
    approved,
    done(claim, { rev: 8 }),
    changeMade,
    done(testIntent, passed),
    done(push),
    done(openPr, { number: 4, url: 'https://code.example/4' }),
    { kind: 'merged', mergedSha: merged },
    done(deploy, { deploymentId: '9', before: base }),
    done({ kind: 'verify', sha: merged, deploymentId: '9', nth: 0 }, { deployed: true }),
  );
  expect(item).toMatchObject({
    phase: 'deployed',
    deployment: { deployedSha: merged },
    approval: { claimRev: 8 },
    title: 'Guard keys',
  });
  expect(item.review).toEqual({ number: 4, url: 'https://code.example/4' });
  expect(kinds).toEqual([
    ...['claim-plan', 'post-plan', 'show', 'claim-execution', 'test', 'push', 'open-pr'],
    ...['link', 'show', 'deploy', 'verify', 'show'],
  ]);
});

test('an event that means nothing in a phase changes nothing there', () => {
  for (const phase of phases) {
    const item = itemIn(phase, { since: postedAt });
    const decision = decide(item, { kind: 'already-deployed', sha }, factsWith());
    if (phase !== 'deploying') expect(decision).toEqual({ item, intents: [] });
  }
});

test('a tile approved before there is a plan says so and is planned first', () => {
  const next = after(itemIn('intake'), foundApproved);
  expect(next.phase).toBe('planning');
  expect(next.intents[0]).toMatchObject({ kind: 'comment', text: expect.stringContaining('GATE_NO_PLAN') });
  expect(after(itemIn('planning'), foundApproved).kinds).toEqual(['comment', 'show']);
});

test('a tile that could not be claimed is left to the person who took it', () => {
  const next = after(itemIn('planning'), refused({ kind: 'claim-plan', nth: 4 }, 'GATE_STATE'));
  expect(next).toMatchObject({ phase: 'cancelled', kinds: [] });
  const shown = after(itemIn('planning'), refused({ kind: 'show', phase: 'planning', nth: 4 }, 'GATE_STATE'));
  expect(shown).toMatchObject({ phase: 'cancelled', kinds: [] });
});

test('a plan is stored before it is posted, and remembers its comment', () => {
  const ready = after(withCounts(itemIn('planning', { hint: 'h' }), { attempts: 2 }), submitted);
  expect(ready).toMatchObject({ phase: 'plan-ready', counts: { attempts: 0 }, kinds: ['post-plan', 'show'] });
  expect(ready.hint).toBeUndefined();
  expect(ready.plan?.posted).toBeUndefined();
  const posted = after(itemIn('plan-ready', { plan: postedPlan }), done(post, { commentId: 5, version: 2, at: 9 }));
  expect(posted.plan?.posted).toEqual({ commentId: 5, version: 2, at: 9 });
});

test('a plan that cannot be posted fails visibly, unless people took the item away', () => {
  expect(after(planReady, refused(post, 'OUTSIDE_REFUSED'))).toMatchObject({
    phase: 'failed',
    kinds: ['comment', 'show'],
  });
  expect(after(planReady, refused(post, 'GATE_STATE'))).toMatchObject({ phase: 'cancelled', kinds: [] });
});

test('a question waits for its answer, and the answer continues the planning', () => {
  const asked = after(itemIn('planning'), { kind: 'question-asked', question: 'Which keys?' });
  expect(asked).toMatchObject({ phase: 'needs-info', counts: { questions: 1 }, kinds: ['ask', 'show'] });
  const ask: Intent = { kind: 'ask', question: 'Which keys?', nth: 1 };
  const waiting = after(asked, done(ask, { commentId: 1, at: 77 }));
  expect(waiting.question).toEqual({ text: 'Which keys?', at: 77 });
  const answered = after(waiting, { kind: 'answered', answer: 'Eve: all' });
  expect(answered).toMatchObject({ phase: 'planning', kinds: ['show'] });
  expect(answered.hint).toMatch(/Which keys\?.*Eve: all/s);
  expect(engineNeeded(answered)).toBe('planning');
});

test('a question that cannot be asked fails visibly', () => {
  const item = itemIn('needs-info', { question: { text: 'Which?' } });
  const next = after(item, refused({ kind: 'ask', question: 'Which?', nth: 1 }, 'OUTSIDE_REFUSED'));
  expect(next).toMatchObject({ phase: 'failed', kinds: ['comment', 'show'] });
});

test('one question too many counts as a turn that fell short', () => {
  const next = after(withCounts(itemIn('planning'), { questions: 2 }), { kind: 'question-asked', question: 'And?' });
  expect(next).toMatchObject({ phase: 'planning', counts: { attempts: 1 }, kinds: [] });
  expect(next.hint).toContain('no further question');
});

test.each(['planning', 'executing'] as const)('a turn of %s that fell short is told what is missing', (p) => {
  const next = after(itemIn(p), { kind: 'turn-fell-short', why: 'no product' });
  expect(next).toMatchObject({ phase: p, counts: { attempts: 1 }, hint: 'no product', kinds: [] });
  const last = after(withCounts(itemIn(p), { attempts: 2 }), { kind: 'turn-fell-short', why: 'no product' });
  expect(last).toMatchObject({ phase: 'failed', refusal: { refused: 'ATTEMPTS' }, kinds: ['comment', 'show'] });
});

test('turns that the clock stopped fail with the bound that they met', () => {
  const stopped = { kind: 'turn-fell-short', why: 'it took too long', code: 'TURN_TIME' } as const;
  expect(after(itemIn('planning'), stopped)).toMatchObject({ phase: 'planning', counts: { attempts: 1 } });
  const last = after(withCounts(itemIn('planning'), { attempts: 2 }), stopped);
  expect(last).toMatchObject({ phase: 'failed', refusal: { refused: 'TURN_TIME' } });
});

test('a rejected plan comes back with its feedback', () => {
  const next = after(withCommit(planReady), { kind: 'rejected', feedback: 'Eve: no' });
  expect(next).toMatchObject({ phase: 'planning', counts: { replans: 1 }, kinds: ['show'] });
  expect(next.hint).toContain('Eve: no');
  expect([next.plan, next.change, next.approval]).toEqual([undefined, undefined, undefined]);
});

test('a plan rejected too often is given up', () => {
  const next = after(withCounts(planReady, { replans: 2 }), { kind: 'rejected', feedback: '' });
  expect(next).toMatchObject({ phase: 'refused', kinds: ['comment', 'show'] });
});

test.each([planReady, executing])('a stale plan is planned again, says why, and does not count ($phase)', (item) => {
  const next = after(withCounts(item, { replans: 2 }), {
    kind: 'plan-stale',
    refusal: refuse('GATE_CONTENT', 'it was edited'),
  });
  expect(next).toMatchObject({ phase: 'planning', counts: { replans: 2 }, kinds: ['comment', 'show'] });
  expect(next.intents[0]).toMatchObject({ text: expect.stringContaining('it was edited') });
});

test('a gate that refuses sends the tile back to plan ready with the reason', () => {
  const next = after(planReady, { kind: 'gate-refused', refusal: refuse('GATE_ACTOR', 'Rob is no approver') });
  expect(next).toMatchObject({ phase: 'plan-ready', kinds: ['comment', 'show'], refusal: { refused: 'GATE_ACTOR' } });
  expect(next.plan).toEqual(postedPlan);
});

test('an approval whose claim people overtook waits for the next look, any other goes back visibly', () => {
  const item = after(planReady, approved);
  expect(item).toMatchObject({ phase: 'executing', approval, kinds: ['claim-execution'] });
  const overtaken = after(item, refused(claim, 'GATE_STATE'));
  expect(overtaken).toMatchObject({ phase: 'plan-ready', kinds: [] });
  expect(overtaken.approval).toBeUndefined();
  expect(after(item, refused(claim, 'GATE_ACTOR'))).toMatchObject({ phase: 'plan-ready', kinds: ['comment', 'show'] });
});

test('a commit is tested only if it will go out', () => {
  const kept = after(executing, { ...changeMade, deliver: 'no' });
  expect(kept).toMatchObject({ kinds: [], change: { commit: { sha, deliver: 'no' } } });
  expect(after(kept, changeMade).intents).toEqual([testIntent]);
});

test('a commit that stays on its branch opens no pull request', () => {
  const item = after(executing, { ...changeMade, deliver: 'push' });
  expect(after(item, done(testIntent, passed)).intents).toEqual([push]);
});

test('failed tests come back to the engine with their output, until the repairs are used up', () => {
  const item = after(executing, changeMade);
  const next = after(item, done(testIntent, failedTests));
  expect(next).toMatchObject({ phase: 'executing', counts: { repairs: 1 }, kinds: [] });
  expect(next.hint).toContain('not ok 1');
  expect(engineNeeded(next)).toBe('executing');
  expect(after(withCounts(item, { repairs: 2 }), done(testIntent, failedTests))).toMatchObject({ phase: 'failed' });
});

test('a repaired change is tested again and then goes out', () => {
  const failing = after(after(executing, changeMade), done(testIntent, failedTests));
  const sha2 = 'e'.repeat(40);
  const repaired = after(failing, { ...changeMade, sha: sha2 });
  expect(repaired.intents).toEqual([{ kind: 'test', sha: sha2, nth: 3 }]);
  expect(repaired.hint).toBeUndefined();
  expect(after(repaired, done({ kind: 'test', sha: sha2, nth: 3 }, passed)).kinds).toEqual(['push', 'open-pr']);
});

test('failed tests go out only where the configuration says so', () => {
  const item = after(executing, changeMade);
  expect(after(item, done(testIntent, failedTests), { testsMayFail: true }).kinds).toEqual(['push', 'open-pr']);
  const failing = after(item, done(testIntent, failedTests));
  expect(after(failing, changeMade).kinds).toEqual([]);
});

test('tests of an outdated commit change nothing', () => {
  const item = after(executing, { ...changeMade, sha: 'f'.repeat(40) });
  expect(after(item, done(testIntent, passed)).kinds).toEqual([]);
});

test('an executing item that owes nothing needs its engine, whatever it has committed', () => {
  const tests = passed.tests;
  expect(engineNeeded(executing)).toBe('executing');
  expect(engineNeeded(withCommit(executing))).toBe('executing');
  expect(engineNeeded(withCommit(executing, { deliver: 'pull-request', tests }))).toBe('executing');
});

test.each(['GATE_CONTENT', 'GATE_PLAN', 'GATE_BASE'] as const)('a push refused with %s plans again', (code) => {
  expect(after(executing, refused(push, code))).toMatchObject({ phase: 'planning', kinds: ['comment', 'show'] });
});

test('a push refused because people moved the tile leaves it to the next look', () => {
  expect(after(executing, refused(push, 'GATE_STATE'))).toMatchObject({ phase: 'executing', kinds: [] });
});

test('a push that the remote refuses fails visibly and says what is kept', () => {
  const next = after(withCommit(executing, { deliver: 'push' }), refused(push, 'PUSH_REJECTED'));
  expect(next).toMatchObject({ phase: 'failed', kinds: ['comment', 'show'] });
  expect(next.intents[0]).toMatchObject({ text: expect.stringContaining(sha.slice(0, 12)) });
});

test.each<Intent>([
  { kind: 'set-fields', fields: {}, nth: 1 },
  { kind: 'create-child', type: 'Task', fields: {}, nth: 1 },
  { kind: 'comment', text: 'a', nth: 1 },
  { kind: 'link', url: 'https://code.example/4' },
  { kind: 'show', phase: 'executing', nth: 1 },
])('a refused $kind does not end the item', (intent) => {
  expect(after(executing, refused(intent, 'OUTSIDE_REFUSED'))).toMatchObject({ phase: 'executing', kinds: [] });
});

test('an executing tile moved back to plan ready keeps its work for the next approval', () => {
  const item = withCommit(executing);
  const next = after(item, { kind: 'moved', to: 'planReady', why: 'moved' });
  expect(next).toMatchObject({ phase: 'plan-ready', change: { commit: { sha } }, kinds: [] });
  expect([next.approval, next.approval?.claimRev]).toEqual([undefined, undefined]);
});

test('a tile moved to new is planned again, one moved elsewhere is cancelled', () => {
  expect(after(executing, { kind: 'moved', to: 'new', why: 'm' })).toMatchObject({
    phase: 'planning',
    counts: { replans: 0 },
  });
  for (const item of [itemIn('planning'), itemIn('needs-info'), planReady, executing]) {
    const next = after(item, { kind: 'moved', to: 'elsewhere', why: 'closed' });
    expect(next).toMatchObject({ phase: 'cancelled', kinds: ['comment', 'show'] });
  }
});

test.each(['planning', 'needs-info', 'plan-ready', 'executing', 'pr-created', 'deploying'] as const)(
  'an item that is gone in %s is cancelled without a word',
  (phase) => {
    expect(after(itemIn(phase), { kind: 'gone', why: 'deleted' })).toMatchObject({ phase: 'cancelled', kinds: [] });
  },
);

test.each(['planning', 'needs-info', 'plan-ready', 'executing', 'pr-created', 'deploying'] as const)(
  'an item given up in %s fails in sight',
  (phase) => {
    const next = after(itemIn(phase), { kind: 'gave-up', refusal: refuse('STALLED', 'it died') });
    expect(next).toMatchObject({ phase: 'failed', refusal: { refused: 'STALLED' }, kinds: ['comment', 'show'] });
  },
);

test.each(['cancelled', 'refused', 'failed'] as const)(
  'a %s item moved to new is planned again, with its counts reset',
  (phase) => {
    const next = after(withCounts({ ...deploying, phase }, { replans: 2, questions: 2 }), found);
    expect(next).toMatchObject({ phase: 'planning', counts: { replans: 0, questions: 0 }, kinds: ['show'] });
    const kept = [
      next.plan,
      next.approval,
      next.approval?.claimRev,
      next.change?.branch,
      next.change,
      next.review,
      next.deployment?.mergedSha,
    ];
    expect(kept.filter((fact) => fact !== undefined)).toEqual([]);
  },
);

test.each(['cancelled', 'refused', 'failed'] as const)(
  'a %s item moved to approved goes on from its work, gate first',
  (phase) => {
    const next = after({ ...inReview, phase }, foundApproved);
    expect(next).toMatchObject({ phase: 'plan-ready', plan: postedPlan, change: { commit: { sha } }, kinds: [] });
    expect([next.approval, next.approval?.claimRev, next.review, next.change?.commit?.pushed].some(Boolean)).toBe(
      false,
    );
  },
);

test('an ended item without a plan, or merged before, says so and is planned first', () => {
  for (const item of [itemIn('cancelled'), { ...deploying, phase: 'failed' as const }]) {
    const next = after(item, foundApproved);
    expect(next).toMatchObject({ phase: 'planning', kinds: ['comment', 'show'] });
    expect(next.intents[0]).toMatchObject({ text: expect.stringContaining('GATE_NO_PLAN') });
  }
});

test('a deployed item stays as it is', () => {
  expect(after(itemIn('deployed'), found)).toMatchObject({ phase: 'deployed', kinds: [] });
});

test('what a waiting item waits for is derived from its phase', () => {
  expect(pendingTriggerOf(planReady, {})).toMatchObject({ targetStates: ['approved', 'rejected'] });
  expect(pendingTriggerOf(itemIn('needs-info'), {})?.type).toBe('azdo_comment');
  expect(pendingTriggerOf(inReview, {})?.type).toBe('pull_request_merge');
  expect(phases.filter((phase) => pendingTriggerOf(itemIn(phase), {}))).toEqual([
    'needs-info',
    'plan-ready',
    'pr-created',
  ]);
});

test('a revised plan waits for a new approval, with the work and the plan that it replaces', () => {
  const kept = after(withCommit(executing), { kind: 'work-kept', sha: base });
  const wider = { ...plan, files: [...plan.files, { path: 'docs/keys.md', change: 'new' as const }] };
  const next = after(kept, {
    kind: 'plan-submitted',
    plan: wider,
    text: 'Wider.',
    hash: 'h2',
    baseSha: base,
    contentHash: 'content-1',
  });
  expect(next).toMatchObject({
    phase: 'plan-ready',
    change: { commit: { sha }, kept: base },
    kinds: ['post-plan', 'show'],
  });
  expect(next.plan).toMatchObject({ plan: wider, text: 'Wider.', hash: 'h2', revises: plan });
  expect([next.plan?.posted, next.approval, next.approval?.claimRev]).toEqual([undefined, undefined, undefined]);
  const again = after(next, approved);
  expect(again).toMatchObject({ phase: 'executing', change: { kept: base } });
  expect(after(again, { ...changeMade, sha: 'e'.repeat(40) }).change?.kept).toBeUndefined();
  expect(after(next, { kind: 'rejected', feedback: 'no' })).not.toHaveProperty('change');
});

test('an end says where the work is kept', () => {
  const next = after(withChange(executing, { kept: base }), { kind: 'moved', to: 'elsewhere', why: 'closed' });
  expect(next.intents[0]).toMatchObject({ text: expect.stringContaining(base.slice(0, 12)) });
});
