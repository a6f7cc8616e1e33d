import { expect, test } from 'vitest';
import { codes, refuse } from '../../src/refusal.ts';
import type { ItemFacts } from '../../src/status/facts.ts';
import { itemStanding } from '../../src/status/item-standing.ts';
import { deploying, executing, inReview, itemIn, planReady } from '../work-items/fixture.ts';
import { agentWith, itemWith, minute, nextBeat, now, sessionOf } from './facts.ts';

const standing = (facts: Partial<ItemFacts>) => itemStanding(itemWith(facts));
const gateActor = refuse('GATE_ACTOR', 'set by an agent');
const refusedPlan = { ...planReady, refusal: gateActor };
const overBudget = { ...refuse('BUDGET_DAY', 'codechange/acme spent it'), since: now };

test('a plan waits for its approvers, by name, page and state, until the next heartbeat', () => {
  expect(standing({ session: sessionOf(planReady), page: 'https://board.example/12' })).toMatchObject({
    phase: 'plan-ready',
    waitingFor: expect.stringContaining('approved or rejected'),
    code: null,
    why: expect.stringContaining('2026-11-20 10:00 UTC'),
    fix: expect.stringMatching(/https:\/\/board\.example\/12.*must set the state to "Approved"/),
    nextLookAt: nextBeat,
    group: 'needs',
  });
});

test("an item that rests says whom it waits for and the gate's last no", () => {
  const seen = standing({ session: sessionOf(refusedPlan) });
  expect(seen).toMatchObject({ code: 'GATE_ACTOR', why: 'set by an agent', fix: codes.GATE_ACTOR, group: 'needs' });
});

test('the reason of the last rest wins over an older one of the item, and tells when it is tried again', () => {
  const session = sessionOf(refusedPlan, { waits: overBudget, wakeAt: now + 60 * minute });
  expect(standing({ session })).toMatchObject({ code: 'BUDGET_DAY', nextLookAt: now + 60 * minute, group: 'waits' });
});

test('money that was used up yesterday keeps nothing today', () => {
  const session = sessionOf(refusedPlan, { waits: overBudget, lastActiveAt: now - 13 * 60 * minute });
  expect(standing({ session })).toMatchObject({ code: 'GATE_ACTOR' });
});

test('a pause comes before all else, and a running turn before that', () => {
  const agent = agentWith({ record: { pausedAt: now - minute } });
  const session = sessionOf(refusedPlan, { waits: overBudget });
  expect(standing({ agent, session })).toMatchObject({
    code: 'PAUSED',
    why: 'codechange/acme has been paused since 2026-11-20 11:59 UTC',
    fix: 'Run `jvagent resume codechange/acme`.',
    nextLookAt: null,
  });
  const running = { ...session, leaseUntil: now + minute };
  expect(standing({ agent, session: running })).toMatchObject({ code: null, phase: 'plan-ready', group: 'running' });
  const resumed = { ...session, waits: refuse('PAUSED', 'paused') };
  expect(standing({ session: resumed })).toMatchObject({ code: 'GATE_ACTOR' });
});

test('what the agent asked is told also while its turn still runs or the next one is due, but not where nothing runs', () => {
  const session = sessionOf(itemIn('needs-info', { question: { text: 'What shall I change?' } }));
  const told = { why: 'the agent asked: What shall I change?', fix: null, code: null };
  const running = { ...session, leaseUntil: now + minute };
  expect(standing({ session: running })).toMatchObject({ ...told, group: 'running' });
  const due = { ...session, wakeAt: now };
  expect(standing({ session: due })).toMatchObject({ ...told, waitingFor: 'its next turn' });
  const agent = agentWith({ platform: { isUp: false, now } });
  for (const left of [running, due]) {
    expect(standing({ agent, session: left })).toMatchObject({ fix: 'Run `jvagent start`.', group: 'needs' });
  }
});

const hold = { ...refuse('HOLD', 'not healthy'), since: now - minute, workItemId: 7, sha: 'd'.repeat(40) };

test('a hold keeps what is being deployed, and nothing after its release', () => {
  const waits = refuse('HOLD', 'as it was when the turn met it');
  const agent = agentWith({ record: { hold } });
  expect(standing({ agent, session: sessionOf(deploying, { waits }) })).toMatchObject({
    code: 'HOLD',
    why: `the instance of codechange/acme has been on hold since 2026-11-20 11:59 UTC, after the deployment of commit ${'d'.repeat(12)} for work item 7: not healthy`,
    fix: expect.stringContaining('`jvagent release codechange/acme`'),
  });
  expect(standing({ agent, session: sessionOf(itemIn('planning')) })).toMatchObject({ code: null });
  expect(standing({ session: sessionOf(deploying, { waits }) })).toMatchObject({ code: null });
});

test('a failed deployment asks for its release while the hold stands, and for a retry afterwards', () => {
  const failed = sessionOf({ ...deploying, phase: 'failed', refusal: refuse('HOLD', 'not healthy') });
  const agent = agentWith({ record: { hold } });
  expect(standing({ agent, session: failed }).fix).toContain('`jvagent release codechange/acme`');
  const released = standing({ session: failed }).fix;
  expect(released).toContain('`jvagent retry codechange/acme 12`');
  expect(released).not.toContain('jvagent release');
});

test('an effect that the outside refuses is named, until it is tried again', () => {
  const refusedEffects = [refuse('OUTSIDE_AUTH', 'the token expired')];
  const session = sessionOf(executing);
  expect(standing({ session, refusedEffects })).toMatchObject({ phase: 'executing', code: 'OUTSIDE_AUTH' });
  expect(standing({ session: { ...session, wakeAt: now }, refusedEffects })).toMatchObject({
    code: null,
    waitingFor: 'its next turn',
  });
});

test('an item that ended tells its own end, whatever its agent does, and nothing is left of it after a retry', () => {
  const session = sessionOf(itemIn('failed', { refusal: refuse('ATTEMPTS', 'three times') }));
  const agent = agentWith({ record: { pausedAt: now } });
  expect(standing({ agent, session })).toMatchObject({ phase: 'failed', code: 'ATTEMPTS', group: 'needs' });
  expect(standing({ session, isAsked: true })).toMatchObject({ code: null, waitingFor: 'its next turn' });
  expect(standing({ session: { ...session, wakeAt: now } })).toMatchObject({ code: null });
  const deployed = standing({ session: sessionOf(itemIn('deployed')) });
  expect(deployed).toMatchObject({ waitingFor: null, code: null, nextLookAt: null, group: 'ended' });
});

test("an item that waits for its model's provider says so, in the provider's words, until the model answers", () => {
  const waits = { ...refuse('OUTSIDE_AUTH', 'invalid x-api-key'), system: 'model' as const };
  const session = sessionOf(itemIn('planning'), { waits });
  const agent = agentWith({ record: { modelFault: { ...waits, since: now, until: now } } });
  expect(standing({ agent, session })).toMatchObject({ waitingFor: 'model', code: 'OUTSIDE_AUTH', why: waits.why });
  expect(standing({ session })).toMatchObject({ waitingFor: "the agent's plan", code: null });
});

test('a change that a rule of the board refuses is named, also once the item is deployed', () => {
  const refusal = refuse('OUTSIDE_REFUSED', 'TF401320: Effort');
  const barred = { moves: [], told: [], refusal, tries: 0, rev: 1, state: 'PR Created', at: now, configDigest: 'd' };
  for (const phase of ['executing', 'deployed'] as const) {
    const seen = standing({ session: sessionOf({ ...inReview, phase, barred }) });
    expect(seen).toMatchObject({ code: 'OUTSIDE_REFUSED', why: 'TF401320: Effort', group: 'needs' });
    expect(seen.waitingFor).toContain('the board');
  }
});

test('a turn for which there is no room names the items that have it', () => {
  const busy = { ...sessionOf(executing), sessionId: 'wi-7', workItemId: 7, leaseUntil: now + minute };
  const due = sessionOf(itemIn('planning'), { wakeAt: now - minute });
  const agent = agentWith({ sessions: [busy, due] }, { limits: { turnsAtOnceMax: 1 } });
  expect(standing({ agent, session: due })).toMatchObject({
    code: null,
    why: expect.stringMatching(/limits\.turnsAtOnceMax.*work item 7/),
    group: 'waits',
  });
});

test('a question stands while there is no room for the turn that would read the answer', () => {
  const busy = { ...sessionOf(executing), sessionId: 'wi-7', workItemId: 7, leaseUntil: now + minute };
  const due = sessionOf(itemIn('needs-info', { question: { text: 'Which file?' } }), { wakeAt: now - minute });
  const agent = agentWith({ sessions: [busy, due] }, { limits: { turnsAtOnceMax: 1 } });
  expect(standing({ agent, session: due })).toMatchObject({
    why: 'the agent asked: Which file?',
    fix: expect.stringMatching(/^Answer in a comment.* An answer is read when there is room .*work item 7\.$/),
    group: 'needs',
  });
  expect(standing({ agent, session: due, isAsked: true })).toMatchObject({ group: 'waits' });
});

test('a platform that is not running is the reason of what it would do, and is added to what people do', () => {
  const agent = agentWith({ platform: { isUp: false, now } });
  expect(standing({ agent, session: sessionOf(itemIn('planning')) })).toMatchObject({
    waitingFor: 'the platform',
    fix: 'Run `jvagent start`.',
    nextLookAt: null,
  });
  const plan = standing({ agent, session: sessionOf(planReady) });
  expect(plan.fix).toMatch(/must set the state.*The platform is not running: run `jvagent start`\.$/);
  expect(standing({ agent, session: sessionOf(planReady, { waits: refuse('WORKERS', 'busy') }) }).code).toBeNull();
});

test('one that was not taken up waits for the next look, or for an agent that looks', () => {
  expect(standing({})).toMatchObject({ phase: null, code: null, nextLookAt: nextBeat, group: 'waits' });
  const silent = agentWith({}, { heartbeat: undefined });
  expect(standing({ agent: silent })).toMatchObject({
    why: expect.stringContaining('codechange/acme/jvAgent.json has no heartbeat'),
    fix: expect.stringContaining('`jvagent heartbeat codechange/acme`'),
    nextLookAt: null,
  });
  const off = agentWith({}, { autoRun: { enabled: false } });
  expect(standing({ agent: off }).why).toContain('autoRun.enabled is false');
});

test('what the board says counts where it was reached, and the last look where it was not asked', () => {
  const keeps = { code: null, why: 'it does not have the tag', fix: 'Add it.', waitingFor: 'a person' };
  const looks = { agentId: 'codechange/acme', sessionId: 'main', lastActiveAt: now };
  const dead = { ...refuse('OUTSIDE_AUTH', 'answered 401'), token: 'AZDO_PAT' };
  const agent = agentWith({ sessions: [{ ...looks, waits: dead, wakeAt: now + minute / 2 }] });
  expect(standing({ agent })).toMatchObject({ code: 'OUTSIDE_AUTH', nextLookAt: now + minute / 2, group: 'needs' });
  expect(standing({ agent, board: { isReached: true, keeps } })).toMatchObject({ code: null, why: keeps.why });
  const git = agentWith({ sessions: [{ ...looks, waits: { ...dead, token: 'GIT_TOKEN' } }] });
  expect(standing({ agent: git, board: { isReached: true, keeps } })).toMatchObject({ code: 'OUTSIDE_AUTH' });
});
