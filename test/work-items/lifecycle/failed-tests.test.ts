import { expect, test } from 'vitest';
import { effectKey } from '../../../src/effects/effect-key.ts';
import { refuse } from '../../../src/refusal.ts';
import type { Intent, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { after, approval, done, executing, inReview, postedPlan, sha, withCommit, withCounts } from '../fixture.ts';

const failed = { passed: false, command: 'npm test', output: 'ok 1\nnot ok 2 guards keys', seconds: 1 };
const run: Intent = { kind: 'test', sha, nth: executing.counts.moves };
const committed = withCommit(executing, { deliver: 'pull-request' });
const short: LifecycleEvent = { kind: 'turn-fell-short', why: 'its last words were: I am done' };

const told = expect.stringMatching(/`npm test` failed on the host on commit c{12}.*not ok 2 guards keys/s);

test('tests that fail to the end are named: which command, on which commit, with the last lines', () => {
  const last = after(withCounts(committed, { repairs: 2 }), done(run, { tests: failed }));
  expect(last).toMatchObject({ phase: 'failed', refusal: { refused: 'ATTEMPTS' }, kinds: ['comment', 'show'] });
  expect(last.intents[0]).toMatchObject({ text: told });
  expect(last.refusal?.why).toContain('2 repairs did not change that');
});

test('turns that make no further commit do not hide that the tests fail, and the engine keeps being told', () => {
  const item = after(committed, done(run, { tests: failed }));
  const again = after(item, short);
  expect(again).toMatchObject({ phase: 'executing', counts: { attempts: 1 }, kinds: [] });
  expect(again.hint).toMatch(/not ok 2 guards keys.*I am done/s);
  const last = after(withCounts(again, { attempts: 2 }), short);
  expect(last).toMatchObject({ phase: 'failed', refusal: { refused: 'ATTEMPTS' } });
  expect(last.intents[0]).toMatchObject({ text: told });
  expect(last.refusal?.why).not.toContain('without calling');
});

test('a repair of a pull request that fails for its tests says so too', () => {
  const commit = { sha: 'e'.repeat(40), deliver: 'pull-request', tests: failed } as const;
  const repaired = withCounts({ ...withCommit(inReview, commit), hint: 'npm test failed' }, { attempts: 2 });
  const last = after(repaired, short);
  expect(last).toMatchObject({ phase: 'pr-created', kinds: ['comment'] });
  expect(last.intents[0]).toMatchObject({ text: expect.stringMatching(/`npm test` failed.*not ok 2/s) });
});

test('a turn that fell short without failing tests says what was missing', () => {
  const last = after(withCounts(executing, { attempts: 2 }), short);
  expect(last.refusal?.why).toContain('I am done');
});

test('an approval that people took away is asked for again with the reason, wherever they put the tile', () => {
  const refusal = refuse('GATE_REV', 'the state was changed by someone else after our claim');
  const next = after(committed, { kind: 'gate-refused', refusal });
  expect(next).toMatchObject({ phase: 'plan-ready', refusal, change: { commit: { sha } }, kinds: ['comment', 'show'] });
  expect(next.approval).toBeUndefined();
  expect(next.intents).toMatchObject([
    { text: expect.stringContaining('changed by someone else') },
    { kind: 'show', phase: 'plan-ready', anyState: true },
  ]);
});

const delivering: LifecycleEvent = { kind: 'change-made', sha, summary: 'a', deliver: 'pull-request' };
const passed = { tests: { ...failed, passed: true } };

test('once people go on with a change whose tests failed, they are run again, and may pass', () => {
  const ended = after(withCounts(committed, { repairs: 2 }), done(run, { tests: failed }));
  const asked = after(ended, { kind: 'retried-by', by: 'erin' });
  expect(asked).toMatchObject({ phase: 'plan-ready', change: { commit: { sha } } });
  const begun = after(asked, { kind: 'approved', approval, branch: 'feature/acme-12' });
  const again = after(begun, delivering);
  expect(again.intents).toEqual([{ kind: 'test', sha, nth: begun.counts.moves }]);
  // The result of the run before does not count.
  expect(begun.counts.moves).toBeGreaterThan(executing.counts.moves);
  const [testing] = again.intents;
  expect(after(again, done(testing as Intent, passed)).kinds).toEqual(['push', 'open-pr']);
  expect(after(again, done(testing as Intent, { tests: failed })).hint).toContain('not ok 2');
});

test('under a revised plan the tests that failed are run again', () => {
  const failing = after(committed, done(run, { tests: failed }));
  const revised = after(failing, { kind: 'plan-submitted', ...postedPlan });
  expect(revised).toMatchObject({ phase: 'plan-ready' });
  const begun = after(revised, { kind: 'approved', approval, branch: 'feature/acme-12' });
  expect(after(begun, delivering).kinds).toEqual(['test']);
});

test('a push that people asked for again is looked at again: they may have deleted the branch', () => {
  const out = after(committed, done(run, passed));
  const again = after(withCounts(out, { moves: 9 }), delivering);
  expect(out.intents[0]).toMatchObject({ kind: 'push', sha });
  expect(effectKey('a', 12, again.intents[0] as Intent)).not.toBe(effectKey('a', 12, out.intents[0] as Intent));
});
