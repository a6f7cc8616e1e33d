import { expect, test } from 'vitest';
import { type AuditEntry, chain, emptyHead } from '../../src/store/audit-chain.ts';
import { timelineOf } from '../../src/views/item-timeline.ts';

const minute = 60_000;
const rest = { agentId: 'codechange/acme', sessionId: 'wi-12', target: 'wi-12', argsDigest: '', configDigest: '' };

/** One entry after the other, a minute apart, the first at minute 1. */
function entries(...drafts: readonly (readonly [actor: string, action: string, outcome: string])[]): AuditEntry[] {
  let head = emptyHead;
  return drafts.map(([actor, action, outcome], at) => {
    const entry = chain(head, { ...rest, actor, action, outcome, at: (at + 1) * minute });
    head = entry;
    return entry;
  });
}

const taken = ['platform', 'found', 'intake to planning'] as const;
const planned = ['platform', 'plan-submitted', 'planning to plan-ready'] as const;
const approved = ['person/erin', 'approved', 'plan-ready to executing'] as const;

test('a phase that an effect led to says which effect it was', () => {
  const opened = ['platform', 'open-pr', 'done'] as const;
  const log = entries(taken, planned, approved, opened, ['platform', 'effect-done', 'executing to pr-created']);
  const { visits } = timelineOf(log, { beganAt: 0, phase: 'pr-created', now: 9 * minute });
  expect(visits.at(-1)).toMatchObject({ phase: 'pr-created', by: 'platform', how: 'opened the pull request' });
});

test('what is about to be done is no step, and what was refused is one, with its reason', () => {
  const log = entries(taken, ['platform', 'post-plan', 'intended'], ['platform', 'post-plan', 'refused OUTSIDE_AUTH']);
  const { visits } = timelineOf(log, { beganAt: 0, phase: 'planning', now: 9 * minute });
  expect(visits.at(-1)?.acts).toMatchObject([{ what: 'was refused: post the plan', tone: 'bad' }]);
});

test('time counts for people where they act next, for nobody after the end, and for the platform else', () => {
  const ended = ['person/erin', 'cancelled-by', 'executing to cancelled'] as const;
  const log = entries(taken, planned, approved, ended);
  const { waited, visits } = timelineOf(log, { beganAt: 0, phase: 'cancelled', now: 100 * minute });
  expect(waited).toEqual({ people: minute, platform: 3 * minute });
  expect(visits.at(-1)).toMatchObject({ by: 'erin', how: 'cancelled the work item', until: null });
});

test('a log that does not lead to where the item is ends with its present phase', () => {
  const { visits } = timelineOf(entries(taken), { beganAt: 0, phase: 'failed', now: 9 * minute });
  expect(visits.map(({ phase, until }) => [phase, until])).toEqual([
    ['intake', minute],
    ['planning', minute],
    ['failed', null],
  ]);
});
