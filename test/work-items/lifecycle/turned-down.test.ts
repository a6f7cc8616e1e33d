/** A person's word in Slack on a plan that waits. */
import { expect, test } from 'vitest';
import type { LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { after, executing, planReady, postedPlan } from '../fixture.ts';

test('a plan that a person turned down in Slack is planned again, and the tile says who it was and why', () => {
  const { hash } = postedPlan;
  const rejected: LifecycleEvent = { kind: 'rejected', by: 'erin@acme.example.com', feedback: 'Use a queue.', hash };
  const next = after(planReady, rejected);
  expect(next).toMatchObject({ phase: 'planning', hint: expect.stringContaining('Use a queue.') });
  const [told, shown] = next.intents;
  expect(told).toMatchObject({ kind: 'comment', text: expect.stringMatching(/^erin@acme.*:\n> Use a queue\.$/s) });
  expect(shown).toMatchObject({ kind: 'show', phase: 'planning' });
  const silent = after(planReady, { ...rejected, feedback: '' });
  expect(silent.intents[0]).toMatchObject({
    kind: 'comment',
    text: '**erin@acme.example.com rejected the plan** in Slack.',
  });
});

test('a word on another plan than the one that waits changes nothing, and neither does one in another phase', () => {
  const rejected: LifecycleEvent = { kind: 'rejected', by: 'erin', feedback: 'no', hash: 'another' };
  const { kinds, ...item } = after(planReady, rejected);
  expect(item).toMatchObject({ phase: 'plan-ready', plan: postedPlan });
  expect(kinds).not.toContain('show');
  const current: LifecycleEvent = { ...rejected, hash: postedPlan.hash };
  expect(after(executing, current)).toMatchObject({ phase: 'executing', plan: postedPlan });
});
