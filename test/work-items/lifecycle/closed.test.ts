import { expect, test } from 'vitest';
import { engineNeeded } from '../../../src/work-items/lifecycle/decide.ts';
import { after, approval, inReview, itemIn, merged, withCounts } from '../fixture.ts';

const why = 'pull request 4 was closed unmerged';
const closed = after(withCounts(inReview, { repairs: 3 }), { kind: 'pull-request-closed', why });
const reopen = { kind: 'pull-request-reopened' } as const;
const merge = { kind: 'merged', mergedSha: merged } as const;
const cancel = { kind: 'cancelled-by', by: 'erin', rev: 9 } as const;

test('a pull request that people close cancels its item, which says how it can go on', () => {
  expect(closed).toMatchObject({
    phase: 'cancelled',
    review: { number: 4, isClosed: true },
    kinds: ['comment', 'show'],
  });
  expect(closed.intents[0]).toMatchObject({ text: expect.stringMatching(/closed unmerged.*reopen or merge/s) });
});

test('reopened, it goes on in review with its repairs afresh, and says so', () => {
  const next = after(closed, reopen);
  expect(next).toMatchObject({ phase: 'pr-created', counts: { repairs: 0 }, kinds: ['comment', 'show'] });
  expect([next.review, next.refusal]).toEqual([inReview.review, undefined]);
  expect(next.approval).toEqual(closed.approval);
  expect(engineNeeded(next)).toBeUndefined();
  expect(after(next, { kind: 'pull-request-closed', why })).toMatchObject({
    phase: 'cancelled',
    kinds: ['comment', 'show'],
  });
});

test('merged after all, it is deployed', () => {
  expect(after(closed, merge)).toMatchObject({
    phase: 'deploying',
    deployment: { mergedSha: merged },
    kinds: ['deploy'],
  });
});

test('what a person cancelled stays cancelled, whatever becomes of the pull request', () => {
  for (const item of [after(inReview, cancel), after(closed, cancel)]) {
    expect(item.phase).toBe('cancelled');
    for (const event of [reopen, merge]) expect(after(item, event)).toMatchObject({ phase: 'cancelled', kinds: [] });
  }
});

test('a retry of an ended item whose pull request was merged meanwhile deploys it, and plans nothing', () => {
  for (const phase of ['failed', 'cancelled', 'refused'] as const) {
    const next = after({ ...inReview, phase }, { kind: 'retried-by', by: 'erin', mergedSha: merged });
    expect(next).toMatchObject({ phase: 'deploying', deployment: { mergedSha: merged }, kinds: ['show', 'deploy'] });
  }
  const never = after(itemIn('failed'), { kind: 'retried-by', by: 'erin', mergedSha: merged });
  expect(never.phase).toBe('planning');
  const { approval: given, ...unapproved } = inReview;
  expect(given).toMatchObject(approval);
  const next = after({ ...unapproved, phase: 'failed' }, { kind: 'retried-by', by: 'erin', mergedSha: merged });
  expect(next.phase).toBe('plan-ready');
});
