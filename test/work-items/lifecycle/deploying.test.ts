import { expect, test } from 'vitest';
import { type Code, refuse } from '../../../src/refusal.ts';
import type { EffectResult, Intent, LifecycleEvent, OwedEffect } from '../../../src/work-items/lifecycle/events.ts';
import { after, base, deploying, done, inReview, merged, postedAt } from '../fixture.ts';

const deploy: Intent = { kind: 'deploy', sha: merged, nth: deploying.counts.moves };
const verify: Intent = { kind: 'verify', sha: merged, deploymentId: '9', nth: deploying.counts.moves };
const rollback: Intent = {
  kind: 'rollback',
  sha: merged,
  deploymentId: '9',
  nth: deploying.counts.moves,
  before: base,
};
const sent = after(deploying, done(deploy, { deploymentId: '9', before: base }));
const verified = (result: EffectResult) => done(verify, result);
const refused = (intent: Intent, code: Code): LifecycleEvent => ({
  kind: 'effect-refused',
  intent,
  refusal: refuse(code, 'it was refused'),
});
const takenAway = 'people moved the work item to "New" after the merge';

test('an instance that already runs the merge counts as deployed, with nothing sent', () => {
  const next = after(deploying, { kind: 'already-deployed', sha: merged });
  expect(next).toMatchObject({ phase: 'deployed', deployment: { deployedSha: merged }, kinds: ['show'] });
});

test('a sent deployment is known and running until it is verified', () => {
  expect(sent).toMatchObject({ phase: 'deploying', intents: [verify] });
  expect(sent.deployment?.sent).toEqual({ deploymentId: '9', before: base, at: postedAt, isUnderWay: true });
  const well = after(sent, verified({ deployed: true }));
  expect(well).toMatchObject({ phase: 'deployed', deployment: { deployedSha: merged }, kinds: ['show'] });
  expect(well.deployment?.sent).toEqual({ deploymentId: '9', before: base, at: postedAt });
});

test('a failed deployment is rolled back, counts as running until then, and fails with a hold', () => {
  const failing = after(sent, verified({ deployed: false, why: 'not healthy' }));
  expect(failing).toMatchObject({
    phase: 'deploying',
    intents: [rollback],
    deployment: { sent: { isUnderWay: true } },
  });
  const back = after(failing, done(rollback, { deploymentId: '9' }));
  expect(back).toMatchObject({ phase: 'failed', refusal: { refused: 'HOLD' }, kinds: ['comment', 'show'] });
  expect(back.refusal?.why).toMatch(new RegExp(`not healthy.*runs ${base.slice(0, 12)} again`));
  expect(back.deployment?.sent).toEqual({ deploymentId: '9', before: base, at: postedAt });
});

test('a rollback that was not sent is not claimed', () => {
  const failing = after(sent, verified({ deployed: false, why: 'it failed' }));
  const back = after(failing, done(rollback, { deploymentId: '9', nothingSent: true }));
  expect(back.refusal?.why).toBe(
    `it failed; the instance still runs ${base.slice(0, 12)}, and nothing was rolled back`,
  );
});

test.each(['ask', 'never'] as const)('with rollback "%s" a failed deployment sends nothing more', (mode) => {
  const next = after(sent, verified({ deployed: false, why: 'not healthy' }), { rollback: mode });
  expect(next).toMatchObject({ phase: 'failed', refusal: { refused: 'HOLD' }, kinds: ['comment', 'show'] });
  const [said] = next.intents;
  expect(JSON.stringify(said).includes('`jvagent rollback ID WORKITEM` rolls it back')).toBe(mode === 'ask');
});

test('what was sent is verified or rolled back, even if a person cancels the item meanwhile', () => {
  const stopped = after(sent, { kind: 'cancelled-by', by: 'erin', rev: 9 });
  expect(stopped).toMatchObject({ phase: 'deploying', cancelledRev: 9, kinds: [] });
  const well = after(stopped, verified({ deployed: true }));
  expect(well).toMatchObject({ phase: 'cancelled', refusal: { why: 'erin cancelled it' }, kinds: ['comment', 'show'] });
  expect(JSON.stringify(well.intents)).toContain(`runs commit ${merged.slice(0, 12)}`);
  expect(well.deployment?.sent).toEqual({ deploymentId: '9', before: base, at: postedAt });
  const failing = after(stopped, verified({ deployed: false, why: 'not healthy' }));
  expect(failing).toMatchObject({ phase: 'deploying', intents: [rollback] });
  const back = after(failing, done(rollback, { deploymentId: '9' }));
  expect(back).toMatchObject({
    phase: 'cancelled',
    refusal: { refused: 'HOLD' },
    deployment: { sent: { deploymentId: '9' } },
  });
});

test('a deployment whose outcome nobody will know puts its instance on hold', () => {
  const died: LifecycleEvent = { kind: 'gave-up', refusal: refuse('STALLED', 'its worker died 3 times in a row') };
  const lost = after(sent, died);
  expect(lost).toMatchObject({ phase: 'failed', refusal: { refused: 'HOLD' }, kinds: ['comment', 'show'] });
  expect(lost.refusal?.why).toMatch(/its worker died.*commit .* is not known/);
  expect(lost.deployment?.sent).toEqual({ deploymentId: '9', before: base, at: postedAt });
  const stopped = after(sent, { kind: 'cancelled-by', by: 'erin', rev: 9 });
  expect(after(stopped, died)).toMatchObject({ phase: 'cancelled', refusal: { why: expect.stringContaining('erin') } });
  expect(after(deploying, died)).toMatchObject({ phase: 'failed', refusal: { refused: 'STALLED' } });
});

test('cancelled when a deployment may have been sent, an item says so, and its instance is put on hold', () => {
  const cancel = { kind: 'cancelled-by', by: 'erin', rev: 9 } as const;
  const whenOwed = (state: OwedEffect['state'], code?: Code) => {
    const owed = [{ intent: deploy, state, ...(code ? { refusal: refuse(code, 'why') } : {}) }];
    return after(deploying, cancel, {}, { owed });
  };
  expect(whenOwed('intended')).toMatchObject({ refusal: { refused: 'GATE_STATE' }, callsOff: true });
  expect(whenOwed('begun', 'OVERLAP')).toMatchObject({ refusal: { refused: 'GATE_STATE' } });
  expect(whenOwed('begun', 'OUTSIDE_UNREACHABLE')).toMatchObject({ refusal: { refused: 'HOLD' }, callsOff: true });
  expect(whenOwed('done')).toMatchObject({ refusal: { refused: 'HOLD' } });
  const next = whenOwed('begun');
  expect(next).toMatchObject({ phase: 'cancelled', cancelledRev: 9, refusal: { refused: 'HOLD' } });
  expect(next.intents[0]).toMatchObject({ text: expect.stringMatching(/erin .*may have been sent.*not verified/) });
});

test('a refused deployment, verification or rollback fails visibly', () => {
  const seen = { phase: 'failed', kinds: ['comment', 'show'] };
  expect(after(deploying, refused(deploy, 'GATE_ACTOR'))).toMatchObject(seen);
  expect(after(sent, refused(verify, 'OUTSIDE_REFUSED'))).toMatchObject({
    ...seen,
    deployment: { sent: { deploymentId: '9' } },
  });
  expect(after(deploying, refused(rollback, 'DRIFT'))).toMatchObject({ ...seen, refusal: { refused: 'HOLD' } });
});

test.each(['GATE_STATE', 'GATE_TENANT'] as const)(
  'a deployment refused with %s waits for the look that says why',
  (code) => {
    const next = after(deploying, refused(deploy, code));
    expect(next).toMatchObject({ phase: 'deploying', refusal: { refused: code }, kinds: [] });
  },
);

test('an item that people took away before its deployment is stopped, and the tile says what stays', () => {
  const next = after(deploying, { kind: 'moved', to: 'elsewhere', why: takenAway });
  expect(next).toMatchObject({ phase: 'cancelled', kinds: ['comment', 'show'], deployment: { mergedSha: merged } });
  const [comment] = next.intents;
  expect(comment).toMatchObject({ text: expect.stringContaining(`merge ${merged.slice(0, 12)} stays`) });
});

test('an item taken away during its deployment ends where people put it, and says what the instance runs', () => {
  const next = after(sent, verified({ deployed: true, takenAway }));
  expect(next).toMatchObject({ phase: 'cancelled', refusal: { refused: 'GATE_STATE', why: takenAway } });
  expect(next.deployment?.deployedSha).toBeUndefined();
  expect(next.intents[0]).toMatchObject({ text: expect.stringContaining(`runs commit ${merged.slice(0, 12)}`) });
});

test('an item taken away during a bad deployment is still rolled back, and its instance put on hold', () => {
  const failing = after(sent, verified({ deployed: false, why: 'not healthy', takenAway }));
  expect(failing).toMatchObject({ phase: 'deploying', intents: [rollback] });
  const back = after(failing, done(rollback, { deploymentId: '9', takenAway }));
  expect(back).toMatchObject({ phase: 'cancelled', refusal: { refused: 'HOLD' } });
  expect(back.intents[0]).toMatchObject({ text: expect.stringMatching(/not healthy.*again.*Meanwhile people moved/s) });
});

test('a deployment that starts again has nothing running', () => {
  const failed = { ...sent, phase: 'failed' as const };
  const again = after(failed, { kind: 'retried-by', by: 'erin' });
  expect(again).toMatchObject({ phase: 'deploying', kinds: ['show', 'deploy'] });
  expect(again.deployment?.sent).toEqual({ deploymentId: '9', before: base, at: postedAt });
  const nth = deploying.counts.moves + 1;
  expect(after(again, done({ ...deploy, nth }, { deploymentId: '9' })).intents).toEqual([{ ...verify, nth }]);
  expect(after(inReview, { kind: 'merged', mergedSha: merged })).toMatchObject({ kinds: ['deploy'] });
});
