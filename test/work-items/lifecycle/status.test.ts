import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import { decide } from '../../../src/work-items/lifecycle/decide.ts';
import type { Facts, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { statusPost, statusText } from '../../../src/work-items/lifecycle/status.ts';
import { newWorkItem, type WorkItem } from '../../../src/work-items/work-item.ts';
import { deploying, factsWith, inReview, planReady, withCounts } from '../fixture.ts';

const at = Date.UTC(2026, 10, 20, 10, 3);
const told = (item: WorkItem, event: LifecycleEvent, now = at, facts: Partial<Facts> = {}) =>
  decide(item, event, factsWith({ now, ...facts }));

test('it says the phase, since when, what it waits for, the pull request and the last refusal', () => {
  const text = statusText({ ...inReview, since: at, refusal: refuse('GATE_ACTOR', 'Rob is no approver') });
  expect(text).toContain('**pr-created** since 2026-11-20 10:03 UTC');
  expect(text).toContain('Waits for people to review and merge the pull request.');
  expect(text).toContain('https://code.example/4');
  expect(text).toContain('GATE_ACTOR, Rob is no approver.');
});

test('it is written again only for a new phase or a new reason', () => {
  const found = told(newWorkItem(12, '', ''), { kind: 'found', title: 'a', type: 'Bug' });
  expect(found).toMatchObject({
    item: { since: at, counts: { told: 1 } },
    intents: [{ kind: 'claim-plan' }, { kind: 'tell', nth: 1 }],
  });
  const refusal = refuse('OVERLAP', 'work item 5 changes it too');
  const stays: LifecycleEvent = { kind: 'effect-refused', intent: { kind: 'link', url: 'u' }, refusal };
  const waits = told(withCounts({ ...inReview, since: at }, { told: 1 }), stays, at + 1);
  expect(waits).toMatchObject({
    item: { since: at, counts: { told: 2 }, refusal },
    intents: [{ kind: 'tell', nth: 2 }],
  });
  expect(told(waits.item, stays, at + 2).intents).toEqual([]);
});

test('the outcome of writing it changes nothing, so it does not cause another write', () => {
  const intent = { kind: 'tell', nth: 2 } as const;
  for (const item of [planReady, inReview, deploying]) {
    const refused: LifecycleEvent = { kind: 'effect-refused', intent, refusal: refuse('GATE_TENANT', 'gone') };
    expect(told(item, refused)).toEqual({ item, intents: [] });
  }
});

test('an open comment already says everything, unless it was cancelled', () => {
  const owed = [{ intent: { kind: 'tell', nth: 1 } as const, state: 'intended' as const }];
  const ended: LifecycleEvent = { kind: 'gave-up', refusal: refuse('STALLED', 'it died') };
  expect(told(inReview, ended, at, { owed }).intents.map(({ kind }) => kind)).toEqual(['comment', 'show']);
  const cancelled = told(inReview, { kind: 'cancelled-by', by: 'erin', rev: 9 }, at, { owed });
  expect(cancelled.intents.map(({ kind }) => kind)).toEqual(['comment', 'show', 'tell']);
});

test('nothing is said on a tile that nobody has claimed', () => {
  const item = newWorkItem(12, '', '');
  expect(told(item, { kind: 'retried-by', by: 'erin' }).intents).toEqual([]);
});

test('a chat gets the phase, what it waits for and the reason, and obeys nothing in it', () => {
  const title = 'Ping <!channel> and @all, see <https://evil.example|the plan>';
  const refusal = refuse('GATE_ACTOR', 'Rob <@U1> is no approver');
  const post = statusPost({ ...inReview, title, refusal }) ?? '';
  expect(post).toMatch(/^Work item 12, .*: pr-created\.\nWaits for people to review/);
  expect(post).toContain('GATE_ACTOR: Rob');
  expect(post.split('\n').at(-1)).toBe('https://code.example/4');
  expect(post).not.toMatch(/<[!@h]|@all|https:\/\/evil/);
  expect(statusPost(newWorkItem(12, 'a', 'Bug'))).toBeUndefined();
});
