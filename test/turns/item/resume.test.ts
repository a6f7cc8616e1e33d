import { expect, test } from 'vitest';
import { anewText, ledgerText, misfitOf, refusedResume } from '../../../src/turns/item/resume.ts';
import {
  base,
  executing,
  inReview,
  itemIn,
  planReady,
  postedPlan,
  sha,
  withChange,
  withCommit,
} from '../../work-items/fixture.ts';

const engineSessionId = '11111111-2222-3333-8444-555555555555';
const rows = [
  { uuid: 'u1', parentUuid: null, type: 'user', sessionId: engineSessionId, message: { content: 'plan it' } },
];
const stored = { engineSessionId, rows, planHash: postedPlan.hash };
const head = { head: base };

test('a conversation about the plan that stands goes on', () => {
  expect(misfitOf(stored, executing, 'executing', head)).toBeUndefined();
  expect(misfitOf(stored, inReview, 'repair', head)).toBeUndefined();
});

test('planning begins with none, and goes on with the one whose plan was turned down', () => {
  expect(misfitOf(undefined, itemIn('planning'), 'planning', head)).toBeUndefined();
  expect(misfitOf(stored, itemIn('planning'), 'planning', head)).toBeUndefined();
});

test.each([
  ['none at all', undefined, executing, head, 'none is stored'],
  ['a broken one', { ...stored, rows: [] }, executing, head, 'no message of it is stored'],
  [
    "another plan's",
    { ...stored, planHash: 'f'.repeat(64) },
    executing,
    head,
    'it is about another plan than the one that stands',
  ],
  [
    'one without a plan',
    { engineSessionId, rows },
    executing,
    head,
    'it is about another plan than the one that stands',
  ],
  [
    'one whose commits are gone',
    stored,
    withChange(executing, { pushedSha: sha }),
    { head: sha, isForsaken: true as const },
    'branch feature/acme-12 does not hold commit cccccccccc any more',
  ],
])('%s does not go on', (_, conversation, item, standing, why) => {
  expect(misfitOf(conversation, item, 'executing', standing)).toBe(why);
});

test("the engine's own no is known by its words, before it began and not after", () => {
  const ended = { kind: 'ended', outcome: 'error', usd: 0, tokens: { input: 0, cached: 0, output: 0 } } as const;
  const why = 'Claude Code returned an error result: No conversation found with session ID: x';
  expect(refusedResume({ ...ended, why }, false)).toBe('the engine does not take it up');
  expect(refusedResume({ ...ended, why }, true)).toBeUndefined();
  expect(refusedResume({ ...ended, why: 'ENOMEM' }, false)).toBeUndefined();
});

test('a new conversation is told the plan, the commits and how far they went', () => {
  const item = withChange(withCommit(executing, { tests: { passed: true, output: '', seconds: 1 } }), {
    pushedSha: sha,
  });
  const commits = [{ sha, author: 'Acme agent', at: '', subject: 'fix: guard keys (#12)' }];
  const review = { number: 5, url: 'https://code.example/pull/5' };
  const text = ledgerText('its first message is gone', { ...item, review }, commits);
  expect(text).toMatch(
    /^You have no memory of the earlier conversation about work item 12: its first message is gone\./,
  );
  expect(text).toContain(`plan ${postedPlan.hash}\n`);
  for (const part of ['1. Refuse', '- edit: `src/pointer.js`', '- new: `test/keys.js`']) expect(text).toContain(part);
  expect(text).toMatch(/<<<data [0-9a-f]{12} commits\ncccccccccc fix: guard keys \(#12\) \(Acme agent\)\ndata>>>/);
  expect(text).toContain("Pushed up to commit cccccccccc. The platform's tests of commit cccccccccc passed.");
  expect(text).toContain('Pull request 5 is open: https://code.example/pull/5');
  expect(anewText('its first message is gone')).toContain('begun anew from the plan and its commits');
});

test('what did not come about is told too', () => {
  const text = ledgerText('none is stored', planReady, []);
  expect(text).toContain('No commit was made yet.');
  expect(text).toContain('There is no pull request yet.');
  expect(ledgerText('none is stored', itemIn('planning'), [])).toContain('No plan stands.');
});
