/** What people want on each new pull request: labels and reviewers. */
import { expect, test } from 'vitest';
import { type Code, refuse } from '../../../src/refusal.ts';
import type { Intent, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import { after, deploying, done, executing, inReview, itemIn, sha, withCommit } from '../fixture.ts';

const openPr: Intent = { kind: 'open-pr', branch: 'feature/acme-12', sha, nth: 3 };
const label: Intent = { kind: 'label-pr', number: 4, label: 'agent' };
const ask: Intent = { kind: 'ask-review', number: 4, reviewer: 'eve' };
const refused = (intent: Intent, code: Code) =>
  ({ kind: 'effect-refused', intent, refusal: refuse(code, 'the host said no') }) as const;
const factsOf = ({ phase, review, refusal, hint }: WorkItem) => ({ phase, review, refusal, hint });

test('once the tile shows the pull request, each label is set and each reviewer asked, no one twice', () => {
  const item = withCommit(executing, { deliver: 'pull-request', pushed: true });
  const wanted = { labels: ['agent', 'bug', 'agent'], reviewers: ['eve', 'acme/team'] };
  const { phase, intents } = after(item, done(openPr, { number: 4, url: 'u' }), wanted);
  expect(phase).toBe('pr-created');
  expect(intents.map(({ kind }) => kind).slice(0, 2)).toEqual(['link', 'show']);
  expect(intents.slice(2)).toEqual([
    label,
    { kind: 'label-pr', number: 4, label: 'bug' },
    ask,
    { kind: 'ask-review', number: 4, reviewer: 'acme/team' },
  ]);
});

test.each([
  [label, 'Label "agent" was not set', 'git.pr.labels'],
  [ask, 'eve was not asked', 'git.pr.reviewers'],
])('what the code host refused of $kind is said on the tile, and the item goes on', (intent, what, setting) => {
  const { kinds, intents, phase, review, refusal, hint } = after(inReview, refused(intent, 'OUTSIDE_REFUSED'));
  expect({ phase, review, refusal, hint }).toEqual(factsOf(inReview));
  expect(kinds).toEqual(['comment']);
  for (const words of [what, 'the host said no', 'stays open', setting]) {
    expect(intents[0]).toMatchObject({ text: expect.stringContaining(words) });
  }
});

test('a token that lacks the right is told with what the token needs', () => {
  const lacks = { ...refused(ask, 'OUTSIDE_AUTH'), refusal: refuse('OUTSIDE_AUTH', 'no right', 'Give GIT_TOKEN it.') };
  expect(after(inReview, lacks).intents[0]).toMatchObject({ text: expect.stringContaining('Give GIT_TOKEN it.') });
});

test('when people moved on meanwhile, or the item is past its pull request, nothing is said and nothing changes', () => {
  for (const intent of [label, ask]) {
    const silent = (item: WorkItem, event: LifecycleEvent) => {
      const next = after(item, event);
      expect([factsOf(next), next.kinds]).toEqual([factsOf(item), []]);
    };
    silent(inReview, refused(intent, 'GATE_STATE'));
    silent(inReview, done(intent));
    for (const item of [deploying, itemIn('deployed'), itemIn('cancelled'), itemIn('planning')]) {
      silent(item, refused(intent, 'OUTSIDE_REFUSED'));
    }
  }
});
