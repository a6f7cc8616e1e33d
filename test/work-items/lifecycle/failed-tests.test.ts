import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import type { Intent, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { after, done, executing, inReview, sha, withCommit, withCounts } from '../fixture.ts';

const failed = { passed: false, command: 'npm test', output: 'ok 1\nnot ok 2 guards keys', seconds: 1 };
const run: Intent = { kind: 'test', sha, nth: executing.counts.repairs };
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
