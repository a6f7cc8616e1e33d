/** What becomes of an approved change whose approval expired, and of the words that the model wrote for its pull request. */
import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import type { LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { after, executing, sha, withCommit } from '../fixture.ts';

const tests = { passed: true, output: 'ok', seconds: 1 };
const expired = refuse('GATE_EXPIRED', 'the approval is older than 14 days');
const events: LifecycleEvent[] = [
  { kind: 'effect-refused', intent: { kind: 'push', sha, branch: 'feature/acme-12' }, refusal: expired },
  { kind: 'plan-stale', refusal: expired },
];

test.each(events)(
  'an approval that expired ($kind) keeps plan and work, and people read how to approve again',
  (event) => {
    const item = withCommit(executing, { deliver: 'push', tests });
    const next = after(item, event);
    expect(next).toMatchObject({ phase: 'plan-ready', plan: item.plan, kinds: ['comment', 'show'] });
    expect(next).toMatchObject({ refusal: expired, change: { commit: { sha } } });
    expect(next.approval).toBeUndefined();
    const text = expect.stringMatching(/Approve again.*GATE_EXPIRED.*14 days.*approved state again/);
    expect(next.intents[0]).toMatchObject({ text });
  },
);

test("the model's words for the pull request are kept with the change until it writes others", () => {
  const made = { kind: 'change-made', sha, summary: 'one file', deliver: 'no' } as const;
  const named = after(executing, { ...made, words: { title: 'Guard', body: 'Why.' } });
  expect(named.change?.words).toEqual({ title: 'Guard', body: 'Why.' });
  expect(after(named, made).change?.words).toEqual({ title: 'Guard', body: 'Why.' });
  const again = after(withCommit(named, { tests }), { ...made, deliver: 'pull-request', words: { title: 'Other' } });
  expect(again.change).toMatchObject({ words: { title: 'Other' }, commit: { deliver: 'pull-request' } });
});
