import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import type { Intent } from '../../../src/work-items/lifecycle/events.ts';
import {
  after,
  approval,
  base,
  deploying,
  done,
  executing,
  inReview,
  itemIn,
  merged,
  phases,
  planReady,
  sha,
  withChange,
  withCommit,
  withCounts,
} from '../fixture.ts';

const cancelled = { kind: 'cancelled-by', by: 'erin', rev: 9 } as const;
const retried = { kind: 'retried-by', by: 'erin' } as const;
const rolledBack = { kind: 'rolled-back-by', by: 'erin' } as const;
const sent = { deploymentId: '9', before: base };
const deployment = { mergedSha: merged, deployedSha: merged, sent };
const deployed = { ...deploying, phase: 'deployed' as const, deployment };

test.each(phases.filter((phase) => !['deployed', 'cancelled', 'refused', 'failed'].includes(phase)))(
  'a person stops an item in %s, and the tile says who',
  (phase) => {
    const next = after(withCommit(itemIn(phase)), cancelled);
    expect(next).toMatchObject({
      phase: 'cancelled',
      cancelledRev: 9,
      change: { commit: { sha } },
      kinds: ['comment', 'show'],
    });
    expect(next.intents[0]).toMatchObject({ text: expect.stringContaining('erin cancelled it') });
  },
);

test('an item that has ended is not cancelled', () => {
  for (const phase of ['deployed', 'cancelled', 'refused', 'failed'] as const) {
    expect(after(itemIn(phase), cancelled)).toMatchObject({ phase, kinds: [] });
  }
});

test('an open item is looked at again with its counts reset', () => {
  const next = after(withCounts(executing, { attempts: 2, repairs: 1 }), retried);
  expect(next).toMatchObject({ phase: 'executing', counts: { attempts: 0, repairs: 0 }, kinds: [] });
});

test.each(['cancelled', 'refused', 'failed'] as const)(
  'a %s item with a plan continues from its work once a person approved it again',
  (phase) => {
    const next = after({ ...inReview, phase, cancelledRev: 9 }, retried);
    expect(next).toMatchObject({ phase: 'plan-ready', plan: planReady.plan, change: { commit: { sha } } });
    expect([next.approval, next.approval?.claimRev, next.review, next.cancelledRev].some(Boolean)).toBe(false);
    expect(next.intents).toMatchObject([{ kind: 'comment' }, { kind: 'show', phase: 'plan-ready', anyState: true }]);
  },
);

test('an ended item without a posted plan is planned again, one that was never taken up is looked for again', () => {
  expect(after(itemIn('failed'), retried)).toMatchObject({ phase: 'planning', kinds: ['show'] });
  expect(after({ ...itemIn('cancelled'), title: '' }, retried)).toMatchObject({ phase: 'intake', kinds: [] });
});

test('an item whose deployment failed is deployed again, under another key', () => {
  const next = after({ ...deploying, phase: 'failed', refusal: refuse('HOLD', 'not healthy') }, retried);
  expect(next).toMatchObject({ phase: 'deploying', kinds: ['show', 'deploy'] });
  expect(next.intents[1]).toMatchObject({ sha: merged, nth: deploying.counts.moves + 1 });
  expect(next.refusal).toBeUndefined();
});

test('a deployed item that a person rolls back fails with a hold', () => {
  const going = after(deployed, rolledBack);
  const intent: Intent = { kind: 'rollback', sha: merged, nth: deployed.counts.moves, ...sent };
  expect(going).toMatchObject({ phase: 'deploying', refusal: { refused: 'HOLD' }, intents: [intent] });
  expect(going.deployment?.deployedSha).toBeUndefined();
  // Nothing runs before it has begun: two that are requested together do not wait for each other.
  expect(going.deployment?.sent).toEqual(sent);
  const stopped = after(going, cancelled);
  expect(stopped).toMatchObject({ phase: 'deploying', cancelledRev: 9, kinds: [] });
  expect(after(stopped, done(intent, { deploymentId: '9' }))).toMatchObject({ phase: 'cancelled' });
  const back = after(going, done(intent, { deploymentId: '9' }));
  expect(back).toMatchObject({ phase: 'failed', refusal: { refused: 'HOLD' }, kinds: ['comment', 'show'] });
  expect(back.refusal?.why).toMatch(new RegExp(`erin rolled back .*runs ${base.slice(0, 12)} again`));
  const stuck = after(going, done(intent, { deploymentId: '9', why: 'it is not well' }));
  expect(stuck.refusal?.why).toContain('it is not well');
});

test('a rollback that would also undo others is only reported on the tile', () => {
  const next = after(deployed, { ...rolledBack, refusal: refuse('DRIFT', 'the instance runs another commit') });
  expect(next).toMatchObject({ phase: 'deployed', deployment: { deployedSha: merged }, kinds: ['comment'] });
});

test('without its own deployment there is nothing to roll back', () => {
  expect(after({ ...deploying, phase: 'failed' }, rolledBack)).toMatchObject({ phase: 'failed', kinds: [] });
});

test('without an instance the item ends at its merge, and its tile stays', () => {
  const next = after(inReview, { kind: 'merged', mergedSha: merged }, { deploys: false });
  expect(next).toMatchObject({ phase: 'deployed', deployment: { mergedSha: merged }, kinds: ['comment'] });
  expect(next.deployment?.deployedSha).toBeUndefined();
});

const ahead = { branch: 'feature/acme-12', number: 4, url: 'https://code.example/4', headSha: sha };

test('a restored approved item continues from the pull request that its backup did not know, while the tile shows it', () => {
  const known = { ...approval, claimRev: 8 };
  const next = after(executing, { kind: 'restored', movedOn: true, ahead: { ...ahead, approval: known } });
  expect(next).toMatchObject({ phase: 'pr-created', review: { number: 4 }, change: { pushedSha: sha }, kinds: [] });
  expect(after(executing, { kind: 'restored', movedOn: false, ahead })).toMatchObject({
    phase: 'executing',
    kinds: [],
  });
  expect(after(executing, { kind: 'restored', movedOn: true, ahead })).toMatchObject({ phase: 'plan-ready' });
});

test('a restored plan keeps the commit that its backup knows', () => {
  const item = withChange(withCommit(planReady, { sha: base }), { pushedSha: base });
  const { change } = after(item, { kind: 'restored', movedOn: false, ahead });
  expect(change).toMatchObject({ commit: { sha: base }, pushedSha: base });
});

test('a restored plan continues from its pull request if the board shows the approval', () => {
  const known = { ...approval, claimRev: 8 };
  const next = after(planReady, { kind: 'restored', movedOn: true, ahead: { ...ahead, approval: known } });
  expect(next).toMatchObject({ phase: 'pr-created', approval: known, review: { number: 4 }, kinds: [] });
});

test('a restored plan without a known approval needs a new one, and continues from what was pushed', () => {
  const next = after(planReady, { kind: 'restored', movedOn: true, ahead });
  const commit = { sha, deliver: 'pull-request' };
  expect(next).toMatchObject({ phase: 'plan-ready', change: { branch: ahead.branch, commit, pushedSha: sha } });
  expect(next.review).toBeUndefined();
  expect(next.intents).toMatchObject([{ kind: 'comment' }, { kind: 'show', phase: 'plan-ready', anyState: true }]);
});

test.each(['intake', 'planning', 'needs-info'] as const)(
  'a pull request of a plan that the backup of an item in %s does not know is left to people',
  (phase) => {
    const next = after(itemIn(phase), { kind: 'restored', movedOn: true, ahead });
    expect(next).toMatchObject({ phase, counts: { branchesLeft: 1 } });
    expect(next.review).toBeUndefined();
    expect(next.intents[0]).toMatchObject({ kind: 'comment', text: expect.stringContaining(ahead.url) });
  },
);

test('a restored item moves back a tile that we moved, never one that people moved', () => {
  const moved = after(planReady, { kind: 'restored', movedOn: true });
  expect(moved.intents).toMatchObject([{ kind: 'comment' }, { kind: 'show', phase: 'plan-ready', anyState: true }]);
  expect(after(executing, { kind: 'restored', movedOn: true })).toMatchObject({ phase: 'plan-ready' });
  expect(after(planReady, { kind: 'restored', movedOn: false })).toMatchObject({ phase: 'plan-ready', kinds: [] });
  for (const item of [inReview, deploying]) {
    expect(after(item, { kind: 'restored', movedOn: true, ahead })).toMatchObject({ phase: item.phase, kinds: [] });
  }
});

test('a restored item says what was found, and that nobody but this agent moved it', () => {
  const next = after(planReady, { kind: 'restored', movedOn: true, found: 'Deployed' });
  expect(next.intents[0]).toMatchObject({
    text: '**The state was restored from a backup.** The board shows "Deployed", which this agent set after the backup was made. The backup knows the work item in plan-ready, and it continues from there.',
  });
});
