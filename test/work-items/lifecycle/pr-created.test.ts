import { expect, test } from 'vitest';
import { type Code, refuse } from '../../../src/refusal.ts';
import { engineNeeded } from '../../../src/work-items/lifecycle/decide.ts';
import type { Intent, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import type { Behind, WorkItem } from '../../../src/work-items/work-item.ts';
import {
  after,
  base,
  done,
  inReview,
  merged,
  postedPlan,
  rules,
  sha,
  withChange,
  withCommit,
  withCounts,
} from '../fixture.ts';

const sha2 = 'e'.repeat(40);
const open: WorkItem = withChange(inReview, { pushedSha: sha });
const steered: LifecycleEvent = { kind: 'steered', feedback: 'erin commented:\n> rename it', heard: ['comment-1'] };
const behind: Behind = { theirs: merged, of: 'target', needs: 'engine', files: ['src/pointer.js'] };
const made: LifecycleEvent = { kind: 'change-made', sha: sha2, summary: 'a', deliver: 'pull-request' };
const kept: LifecycleEvent = { ...made, deliver: 'no' };
const test2: Intent = { kind: 'test', sha: sha2, nth: 3 };
const push: Intent = { kind: 'push', sha: sha2, branch: 'feature/acme-12', nth: 3 };
const passed = { tests: { passed: true, output: '', seconds: 1 } };
const failed = { tests: { passed: false, output: 'not ok 1', seconds: 1 } };
const refused = (intent: Intent, code: Code): LifecycleEvent => ({
  kind: 'effect-refused',
  intent,
  refusal: refuse(code, 'why'),
});
/** A commit of a repair that is not out yet. */
const repaired = after(open, made);

test('an open pull request rests, and wakes the engine when somebody asks for changes', () => {
  expect(engineNeeded(open)).toBeUndefined();
  const next = after(open, steered);
  expect(next).toMatchObject({
    phase: 'pr-created',
    counts: { repairs: 1 },
    change: { heard: ['comment-1'] },
    kinds: [],
  });
  expect(next.hint).toContain('> rename it');
  expect(engineNeeded(next)).toBe('repair');
  const more = after(next, { kind: 'steered', feedback: '> and test it', heard: ['comment-2'] });
  expect(more).toMatchObject({ change: { heard: ['comment-1', 'comment-2'] } });
  expect(more.hint).toMatch(/rename it.*and test it/s);
});

test('used-up repairs are reported once, and the pull request stays', () => {
  const last = after(withCounts(open, { repairs: 2 }), steered);
  expect(last).toMatchObject({ phase: 'pr-created', refusal: { refused: 'ATTEMPTS' }, kinds: ['comment'] });
  expect(last.intents[0]).toMatchObject({ text: expect.stringContaining('repaired 2 times') });
  expect(engineNeeded(last)).toBeUndefined();
  const again = after(last, { ...steered, heard: ['comment-2'] });
  expect(again).toMatchObject({ kinds: [], change: { heard: ['comment-1', 'comment-2'] } });
  expect(engineNeeded(again)).toBeUndefined();
});

test('a repair is tested and pushed, and opens no second pull request', () => {
  expect(after({ ...open, hint: 'rename it' }, kept).hint).toBeUndefined();
  expect(repaired).toMatchObject({ phase: 'pr-created', kinds: ['test'] });
  expect(after(repaired, done(test2, passed)).intents).toEqual([push]);
  const out = after(repaired, done(push));
  expect(out).toMatchObject({ phase: 'pr-created', change: { pushedSha: sha2, commit: { pushed: true } }, kinds: [] });
  expect(engineNeeded(out)).toBeUndefined();
});

test('a commit that did not get out is delivered, whatever happened to its turn', () => {
  expect(engineNeeded(after(open, kept))).toBe('repair');
});

test('a repair whose tests fail is repaired again, and finally given up', () => {
  const again = after(repaired, done(test2, failed));
  expect(again).toMatchObject({ counts: { repairs: 1 }, hint: expect.stringContaining('not ok 1'), kinds: [] });
  const last = after(withCounts(repaired, { repairs: 2 }), done(test2, failed));
  expect(last).toMatchObject({ phase: 'pr-created', kinds: ['comment'], change: { commit: { sha, pushed: true } } });
  expect(last.intents[0]).toMatchObject({ text: expect.stringContaining(sha2.slice(0, 12)) });
  expect(engineNeeded(last)).toBeUndefined();
});

test.each(['GATE_STATE', 'GATE_UNVERIFIABLE', 'OUTSIDE_CONFLICT'] as const)(
  'a repair whose push is overtaken (%s) waits for the next look',
  (code) => {
    const next = after(repaired, refused(push, code));
    expect(next).toMatchObject({ phase: 'pr-created', change: { commit: { sha: sha2 } }, kinds: [] });
    expect(engineNeeded(next)).toBe('repair');
  },
);

test.each(['GATE_EXPIRED', 'GATE_CONTENT', 'GATE_REV', 'PUSH_REJECTED'] as const)(
  'a repair whose push is refused with %s is said and left to people',
  (code) => {
    const next = after(repaired, refused(push, code));
    expect(next).toMatchObject({
      phase: 'pr-created',
      plan: postedPlan,
      change: { commit: { sha, pushed: true } },
      kinds: ['comment'],
    });
    expect(engineNeeded(next)).toBeUndefined();
  },
);

test('a repair whose content the remote refuses is repaired again, then said in the words of the remote', () => {
  const no: LifecycleEvent = { kind: 'effect-refused', intent: push, refusal: refuse('PUSH_CONTENT', 'a secret') };
  const next = after(repaired, no);
  expect(next).toMatchObject({
    phase: 'pr-created',
    change: { commit: { sha, pushed: true }, refused: { sha: sha2, words: 'a secret' } },
    kinds: [],
  });
  expect(next.hint).toContain('> a secret');
  expect(engineNeeded(next)).toBe('repair');
  const last = after(withCounts(repaired, { repairs: 2 }), no);
  expect(last).toMatchObject({ phase: 'pr-created', kinds: ['comment'], change: { commit: { sha, pushed: true } } });
  expect(last.intents[0]).toMatchObject({ text: expect.stringContaining('a secret') });
  expect(engineNeeded(last)).toBeUndefined();
  expect(after(last, steered).hint).toBeUndefined();
});

test('a merge that the remote refuses is not made again by itself, until a person asks for it', () => {
  const behind: Behind = { theirs: 'a1'.repeat(20), of: 'target', needs: 'git', files: [] };
  const seen = { kind: 'fell-behind', behind } as const;
  const merging = after(after(open, seen), { kind: 'change-made', sha: sha2, summary: '', deliver: 'pull-request' });
  const no = after(merging, refused(push, 'PUSH_REJECTED'));
  expect(no).toMatchObject({ kinds: ['comment'], review: { left: behind.theirs } });
  const again = after(no, seen);
  expect([again.kinds, engineNeeded(again)]).toEqual([[], undefined]);
  const asked = after(after(no, { kind: 'retried-by', by: 'erin' }), seen);
  expect(engineNeeded(asked)).toBe('repair');
  expect(engineNeeded(after(no, { ...seen, behind: { ...behind, theirs: base } }))).toBe('repair');
});

test('a repair that is not permitted is said, and the plan stays', () => {
  const next = after({ ...open, hint: 'rename it' }, { kind: 'plan-stale', refusal: refuse('GATE_EXPIRED', 'old') });
  expect(next).toMatchObject({ phase: 'pr-created', plan: postedPlan, kinds: ['comment'] });
  expect(engineNeeded(next)).toBeUndefined();
});

test('a turn that changed nothing says so in its words; one that broke off is tried again with the same news', () => {
  const asked = after(open, steered);
  const left = after(asked, { kind: 'left-as-is', words: 'It is right as it is.' });
  expect(left).toMatchObject({ phase: 'pr-created', kinds: ['comment'] });
  expect(left.intents[0]).toMatchObject({ text: expect.stringContaining('right as it is') });
  expect(engineNeeded(left)).toBeUndefined();
  const short = after(asked, { kind: 'turn-fell-short', why: 'it stalled' });
  expect(short).toMatchObject({ counts: { attempts: 1 }, hint: asked.hint, kinds: [] });
  const last = after(withCounts(asked, { attempts: 2 }), { kind: 'turn-fell-short', why: 'it stalled' });
  expect(last).toMatchObject({ phase: 'pr-created', kinds: ['comment'], counts: { attempts: 0 } });
  expect(engineNeeded(last)).toBeUndefined();
});

test('a question of a repair goes on the tile, and its answer is expected on the pull request', () => {
  const next = after({ ...open, hint: 'rename it' }, { kind: 'question-asked', question: 'To what?' });
  expect(next).toMatchObject({ phase: 'pr-created', kinds: ['comment'] });
  expect(next.intents[0]).toMatchObject({ text: expect.stringMatching(/To what\?.*on the pull request/s) });
});

test('a merge that git makes alone needs no words, one that conflicts goes to the engine with its files', () => {
  const clean = after(open, { kind: 'fell-behind', behind: { ...behind, needs: 'git', files: [] } });
  expect(clean).toMatchObject({ counts: { repairs: 0 }, kinds: [] });
  expect([clean.hint, engineNeeded(clean)]).toEqual([undefined, 'repair']);
  const conflict = after(open, { kind: 'fell-behind', behind });
  expect(conflict).toMatchObject({ counts: { repairs: 1 }, hint: expect.stringContaining('src/pointer.js') });
  expect(engineNeeded(conflict)).toBe('repair');
  const merge = after(conflict, made);
  expect([merge.review?.behind, merge.hint]).toEqual([undefined, undefined]);
  expect(engineNeeded(after(clean, { kind: 'caught-up' }))).toBeUndefined();
});

test('conflicts outside the plan, and those after the last repair, are left to people', () => {
  const people = after(open, { kind: 'fell-behind', behind: { ...behind, needs: 'people', files: ['README.md'] } });
  expect(people).toMatchObject({ refusal: { refused: 'CONFLICT' }, kinds: ['comment'] });
  expect(people.intents[0]).toMatchObject({ text: expect.stringContaining('README.md') });
  const late = after(withCounts(open, { repairs: 2 }), { kind: 'fell-behind', behind });
  expect(late).toMatchObject({ review: { behind }, kinds: ['comment'] });
  expect([engineNeeded(people), engineNeeded(late)]).toEqual([undefined, undefined]);
});

test("a commit that conflicts with people's push, and that nobody merges, is given up", () => {
  const review = { number: 4, url: 'https://code.example/4', behind: { ...behind, of: 'branch' as const } };
  const stuck = { ...repaired, review, hint: 'conflict' };
  const left = after(stuck, { kind: 'left-as-is', words: '' });
  expect(left).toMatchObject({ change: { commit: { sha, pushed: true } } });
  expect(engineNeeded(left)).toBeUndefined();
});

test('a pull request that was closed or retargeted ends the item visibly', () => {
  const why = 'pull request 4 goes into release, not main';
  const next = after(open, { kind: 'pull-request-closed', why });
  expect(next).toMatchObject({ phase: 'cancelled', kinds: ['comment', 'show'] });
  expect(next.intents[0]).toMatchObject({ text: expect.stringContaining(why) });
});

test('a tile that people move away from an open pull request is followed, and the pull request stays', () => {
  const moved = (to: 'new' | 'planReady' | 'elsewhere') => after(open, { kind: 'moved', to, why: 'people moved it' });
  expect(moved('elsewhere')).toMatchObject({ phase: 'cancelled', kinds: ['comment', 'show'] });
  expect(moved('elsewhere').intents[0]).toMatchObject({ text: expect.stringContaining('Pull request 4 stays') });
  expect(moved('new')).toMatchObject({
    phase: 'planning',
    counts: { branchesLeft: 1, replans: 0 },
    kinds: ['comment', 'show'],
  });
  expect(moved('new').intents[0]).toMatchObject({ text: expect.stringContaining('Pull request 4 stays') });
  const back = moved('planReady');
  expect(back).toMatchObject({ phase: 'plan-ready', plan: postedPlan, change: { commit: { sha } }, kinds: [] });
  expect([back.approval, back.approval?.claimRev, back.review, back.change?.commit?.pushed].some(Boolean)).toBe(false);
});

test('a merge counts whatever the engine was still asked for', () => {
  const next = after(after(open, steered), { kind: 'merged', mergedSha: base }, rules);
  expect(next).toMatchObject({ phase: 'deploying', deployment: { mergedSha: base } });
});

test('a commit that went out while its turn ended is asked for under the key of the same push, and opens nothing', () => {
  const out = withCommit(open, { sha: sha2, summary: 'a', deliver: 'pull-request', pushed: true, ...passed });
  expect(after(out, made)).toMatchObject({ phase: 'pr-created', intents: [push] });
});
