import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import { engineNeeded } from '../../../src/work-items/lifecycle/decide.ts';
import type { Intent, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { after, approval, base, executing, postedPlan, sha, withChange, withCommit, withCounts } from '../fixture.ts';

const branch = 'feature/acme-12';
const words = `the remote refused ${branch}: GH013: Push cannot contain secrets, path: README.md:30`;
const push: Intent = { kind: 'push', sha, branch };
const no: LifecycleEvent = { kind: 'effect-refused', intent: push, refusal: refuse('PUSH_CONTENT', words) };
const committed = withCommit(executing, { deliver: 'pull-request' });
const next = after(committed, no);

test('the engine is told the words of the remote, and the commit is set aside', () => {
  expect(next).toMatchObject({ phase: 'executing', kinds: [], counts: { repairs: 1 }, plan: postedPlan });
  expect(next.change).toEqual({ branch, refused: { sha, words } });
  expect(next.hint).toContain(`> ${words}`);
  expect(engineNeeded(next)).toBe('executing');
});

test('the pull request that was to follow the push is not wanted any more, and hides no words of the remote', () => {
  const intent: Intent = { kind: 'open-pr', branch, sha, nth: 3 };
  const refusal = refuse('GATE_STATE', 'it is not on its branch yet');
  const opening = after(next, { kind: 'effect-refused', intent, refusal });
  expect(opening).toMatchObject({ hint: next.hint, refusal: { refused: 'PUSH_CONTENT' }, kinds: [] });
});

test('the next commit replaces the refused one, and is tested like any other', () => {
  const made = after(next, { kind: 'change-made', sha: 'f'.repeat(40), summary: '', deliver: 'pull-request' });
  expect([made.hint, made.refusal, made.change?.refused]).toEqual([undefined, undefined, undefined]);
  expect(made.kinds).toEqual(['test']);
});

test('once the repairs are used up the item fails in the words of the remote, and a retry tells them again', () => {
  const last = after(withCounts(committed, { repairs: 2 }), no);
  expect(last).toMatchObject({ phase: 'failed', refusal: { refused: 'PUSH_CONTENT' }, kinds: ['comment', 'show'] });
  expect(last.intents[0]).toMatchObject({ text: expect.stringContaining('GH013') });
  const again = after(last, { kind: 'retried-by', by: 'erin' });
  expect(again).toMatchObject({ phase: 'plan-ready', change: { refused: { sha } } });
  const approved = after(again, { kind: 'approved', approval, branch });
  expect(approved).toMatchObject({ phase: 'executing', kinds: ['claim-execution'] });
  expect(approved.hint).toContain(`> ${words}`);
});

test('what is on the branch already stays', () => {
  const before = withChange(committed, { pushedSha: base });
  expect(after(before, no).change).toMatchObject({ commit: { sha: base, pushed: true }, refused: { sha } });
});
