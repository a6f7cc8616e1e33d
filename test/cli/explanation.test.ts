import { expect, test } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import { type ExplainFacts, explain } from '../../src/cli/explanation.ts';
import { codes, refuse } from '../../src/refusal.ts';
import type { StoredSession } from '../../src/store/session-rows.ts';
import { newWorkItem, type WorkItem } from '../../src/work-items/work-item.ts';

const at = 1_000_000;

function sessionWith(item: Partial<WorkItem>): StoredSession {
  return {
    agentId: 'codechange/acme' as AgentId,
    sessionId: 'wi-12' as SessionId,
    title: 'Guard keys',
    epoch: 1,
    createdAt: at,
    lastActiveAt: at,
    deaths: 0,
    usd: 0,
    tokens: { input: 0, cached: 0, output: 0 },
    turns: 1,
    item: { ...newWorkItem(12, 'Guard keys', 'Bug'), ...item },
  };
}

function facts(more: Partial<ExplainFacts>): ExplainFacts {
  const nothing = { session: undefined, stopped: undefined, hold: undefined };
  return { ...nothing, isRunning: false, openEffects: [], ...more };
}

const planReady = sessionWith({ phase: 'plan-ready', refusal: refuse('GATE_ACTOR', 'set by an agent') });
const waiting = { ...planReady, waits: refuse('BUDGET_DAY', 'codechange/acme spent it') };

test('an item that was not taken up waits for the board, with what is missing', () => {
  expect(explain(facts({}))).toMatchObject({ phase: null, code: null, fix: expect.stringContaining('tag') });
});

test('an item that rests says whom it waits for, and why the gate last refused', () => {
  const { phase, waitingFor, code, why, fix } = explain(facts({ session: planReady }));
  expect({ phase, code, why }).toEqual({ phase: 'plan-ready', code: 'GATE_ACTOR', why: 'set by an agent' });
  expect(waitingFor).toContain('approved or rejected');
  expect(fix).toBe(codes.GATE_ACTOR);
});

test('the reason of the last rest wins over an older one of the item', () => {
  const explanation = explain(facts({ session: waiting }));
  expect(explanation).toMatchObject({ code: 'BUDGET_DAY', why: 'codechange/acme spent it', fix: codes.BUDGET_DAY });
});

test('a pause comes before everything else, and a running turn before that', () => {
  const paused = { session: waiting, stopped: refuse('PAUSED', 'paused') };
  expect(explain(facts(paused))).toMatchObject({ code: 'PAUSED' });
  expect(explain(facts({ ...paused, isRunning: true }))).toMatchObject({ code: null, phase: 'plan-ready' });
});

test('a hold matters only to a deployment', () => {
  const hold = refuse('HOLD', 'version 2 failed');
  expect(explain(facts({ session: sessionWith({ phase: 'deploying' }), hold }))).toMatchObject({ code: 'HOLD' });
  expect(explain(facts({ session: sessionWith({ phase: 'planning' }), hold }))).toMatchObject({ code: null });
});

test('an effect that an outside system refuses is named', () => {
  const refusal = refuse('OUTSIDE_AUTH', 'the token expired');
  const openEffects = [
    { key: 'k', state: 'begun' as const, intent: { kind: 'link' as const, url: 'https://x.example.com' }, refusal },
  ];
  const session = sessionWith({ phase: 'executing' });
  expect(explain(facts({ session, openEffects }))).toMatchObject({ phase: 'executing', code: 'OUTSIDE_AUTH' });
});

test('an ended item reports its own end, whatever its agent does', () => {
  const session = sessionWith({ phase: 'failed', refusal: refuse('ATTEMPTS', 'three times') });
  const stopped = refuse('PAUSED', 'paused');
  expect(explain(facts({ session, stopped }))).toMatchObject({ phase: 'failed', code: 'ATTEMPTS' });
  expect(explain(facts({ session: sessionWith({ phase: 'deployed' }) }))).toMatchObject({
    waitingFor: null,
    code: null,
  });
});

test("an item that waits for its model's provider says so, in the provider's words", () => {
  const waits = { ...refuse('OUTSIDE_AUTH', 'invalid x-api-key'), system: 'model' as const };
  const session = { ...sessionWith({ phase: 'planning' }), waits };
  expect(explain(facts({ session }))).toMatchObject({ waitingFor: 'model', code: 'OUTSIDE_AUTH', why: waits.why });
});

test('a change that a board rule refuses is named, also once the item is deployed', () => {
  const refusal = refuse('OUTSIDE_REFUSED', 'TF401320: Effort');
  const barred = { moves: [], told: [], refusal, tries: 0, rev: 1, state: 'PR Created', at, configDigest: 'd' };
  for (const phase of ['executing', 'deployed'] as const) {
    const { waitingFor, code, why } = explain(facts({ session: sessionWith({ phase, barred }) }));
    expect({ code, why }).toEqual({ code: 'OUTSIDE_REFUSED', why: 'TF401320: Effort' });
    expect(waitingFor).toContain('the board');
  }
});
