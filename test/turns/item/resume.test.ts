import { expect, test } from 'vitest';
import { ledgerText, misfitOf } from '../../../src/turns/item/resume.ts';
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
const stored = { engineSessionId, rows, about: postedPlan.hash };
const head = { head: base };

test('a conversation about the current plan continues', () => {
  expect(misfitOf(stored, executing, 'executing', head)).toBeUndefined();
  expect(misfitOf(stored, inReview, 'repair', head)).toBeUndefined();
});

test('planning begins with no conversation, and continues the one whose plan was rejected', () => {
  expect(misfitOf(undefined, itemIn('planning'), 'planning', head)).toBeUndefined();
  expect(misfitOf(stored, itemIn('planning'), 'planning', head)).toBeUndefined();
});

test.each([
  ['none at all', undefined, executing, head, 'none is stored'],
  ['a broken one', { ...stored, rows: [] }, executing, head, 'none of its messages is stored'],
  [
    "another plan's",
    { ...stored, about: 'f'.repeat(64) },
    executing,
    head,
    'it is about another plan than the current one',
  ],
  ['one without a plan', { engineSessionId, rows }, executing, head, 'it is about another plan than the current one'],
  [
    'one whose commits are gone',
    stored,
    withChange(executing, { pushedSha: sha }),
    { head: sha, isForsaken: true as const },
    'branch feature/acme-12 no longer has commit cccccccccc',
  ],
])('%s does not go on', (_, conversation, item, standing, why) => {
  expect(misfitOf(conversation, item, 'executing', standing)).toBe(why);
});

test('a new conversation is told the plan, the commits and how far they got', () => {
  const item = withChange(withCommit(executing, { tests: { passed: true, output: '', seconds: 1 } }), {
    pushedSha: sha,
  });
  const commits = [{ sha, author: 'Acme agent', at: '', subject: 'fix: guard keys (#12)' }];
  const review = { number: 5, url: 'https://code.example/pull/5' };
  const text = ledgerText('its first message is missing', { ...item, review }, commits);
  expect(text).toMatch(
    /^You have no memory of the earlier conversation about work item 12: its first message is missing\./,
  );
  expect(text).toContain(`plan ${postedPlan.hash}\n`);
  for (const part of ['1. Refuse', '- edit: `src/pointer.js`', '- new: `test/keys.js`']) expect(text).toContain(part);
  expect(text).toMatch(/<<<data [0-9a-f]{12} commits\ncccccccccc fix: guard keys \(#12\) \(Acme agent\)\ndata>>>/);
  expect(text).toContain("Pushed up to commit cccccccccc. The platform's tests of commit cccccccccc passed.");
  expect(text).toContain('Pull request 5 is open: https://code.example/pull/5');
});

test('a new conversation is also told what was not done', () => {
  const text = ledgerText('none is stored', planReady, []);
  expect(text).toContain('There is no commit yet.');
  expect(text).toContain('There is no pull request yet.');
  expect(ledgerText('none is stored', itemIn('planning'), [])).toContain('There is no plan yet.');
});
