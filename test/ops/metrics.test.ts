import { expect, test } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { refuse } from '../../src/refusal.ts';
import { auditRefusal } from '../../src/store/audit-refusal.ts';
import type { KnownAlarm } from '../../src/store/ops/alarms.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { acme, claimOptions, deliver, granted, messageFor, openTestStore, session } from '../store/fixture.ts';
import { readExposition } from './exposition.ts';

const dayMs = 86_400_000;
const amount = { usd: 1.5, tokens: { input: 10, cached: 20, output: 30 }, turns: 1 };
const heartbeat = { heartbeat: '*/5 * * * *', autoRun: { enabled: true } };

async function seeded() {
  const opened = await openTestStore();
  const { root } = createWorkspace({ 'codechange/acme/jvAgent.json': { ...customerConfig('acme'), ...heartbeat } });
  const { store, clock } = opened;
  const metrics = createMetrics({ store, agents: createAgentStore({ root }), clock, workers: () => 3 });
  return { ...opened, metrics, read: async () => readExposition(await metrics.text()) };
}

const samplesOf = (families: Awaited<ReturnType<Awaited<ReturnType<typeof seeded>>['read']>>, name: string) =>
  families[name]?.samples;

test('each metric has a help text, a type that fits its name, and lines that Prometheus reads', async () => {
  const { read, metrics } = await seeded();
  const families = await read();
  expect(Object.keys(families)).toHaveLength(14);
  for (const [name, { help, type }] of Object.entries(families)) {
    expect(name).toMatch(/^jvagent_/);
    expect(help).toMatch(/^[A-Z].*\.$/);
    expect(type).toBe(name.endsWith('_total') ? 'counter' : 'gauge');
  }
  expect(metrics.contentType).toContain('text/plain; version=0.0.4');
});

test('turns, tokens and money count on from day to day, and what is read twice is not counted twice', async () => {
  const { store, clock, read } = await seeded();
  await store.sessions.ensure(session);
  await store.usage.add(session, amount);
  expect(samplesOf(await read(), 'jvagent_model_cost_usd_total')).toEqual({ 'agent="codechange/acme"': 1.5 });
  clock.time += dayMs;
  await store.usage.add(session, amount);
  await read();
  const families = await read();
  expect(samplesOf(families, 'jvagent_model_cost_usd_total')).toEqual({ 'agent="codechange/acme"': 3 });
  expect(samplesOf(families, 'jvagent_turns_total')).toEqual({ 'agent="codechange/acme"': 2 });
  expect(samplesOf(families, 'jvagent_model_tokens_total')).toEqual({
    'agent="codechange/acme",kind="input"': 20,
    'agent="codechange/acme",kind="cached"': 40,
    'agent="codechange/acme",kind="output"': 60,
  });
});

test('refusals are counted by code, one that stands for several as several, and no other entry', async () => {
  const { store, read } = await seeded();
  const act = { actor: `agent/${acme}`, action: 'push', target: 'wi-12' };
  await auditRefusal(store.audit, session, { ...act, code: 'PATH_META' });
  await auditRefusal(store.audit, session, { ...act, code: 'PATH_META', count: 7 });
  const entry = { ...session, ...act, argsDigest: '' };
  await store.audit.append({ ...entry, outcome: 'refused GATE_ACTOR, Oscar is 5 times no approver' });
  await store.audit.append({ ...entry, outcome: 'done' });
  expect(samplesOf(await read(), 'jvagent_refusals_total')).toEqual({
    'agent="codechange/acme",code="PATH_META"': 8,
    'agent="codechange/acme",code="GATE_ACTOR"': 1,
  });
});

test('waits are counted by code and work items by phase, and gone again when they are over', async () => {
  const { store, clock, read } = await seeded();
  await deliver(store, 'm1');
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  expect(samplesOf(await read(), 'jvagent_turns_running')).toEqual({ '': 1 });
  const why = refuse('OUTSIDE_UNREACHABLE', 'the board does not answer');
  await store.sessions.release({ ...session, epoch, claimId, end: 'rested', wakeAt: clock.time + dayMs, why });
  const code = 'agent="codechange/acme",code="OUTSIDE_UNREACHABLE"';
  expect(samplesOf(await read(), 'jvagent_sessions_waiting')).toEqual({ [code]: 1 });
  await store.sessions.wake(session);
  const { epoch: next, claimId: nextClaim } = granted(await store.sessions.claim(claimOptions));
  await store.sessions.release({ ...session, epoch: next, claimId: nextClaim, end: 'rested' });
  expect(samplesOf(await read(), 'jvagent_sessions_waiting')).toEqual({});
});

test('a session that lacks a worker wants a node, before its turn and while it has one, and one that waits for a pause does not', async () => {
  const { store, read } = await seeded();
  await deliver(store, 'm1');
  const wanted = async () => samplesOf(await read(), 'jvagent_turns_wanted');
  await store.sessions.wait(session, refuse('PAUSED', 'all agents are paused'));
  expect(await wanted()).toEqual({ '': 0 });
  await store.sessions.wait(session, refuse('WORKERS', 'all workers are in use'));
  expect(await wanted()).toEqual({ '': 1 });
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  expect(await wanted()).toEqual({ '': 1 });
  await store.sessions.release({ ...session, epoch, claimId, end: 'rested' });
  expect(await wanted()).toEqual({ '': 0 });
});

test('queues, workers and the age of the last good look are told', async () => {
  const { store, clock, read } = await seeded();
  await deliver(store, 'm1');
  await store.messages.add(messageFor('m2'));
  await store.agents.set(acme, {
    lastLookAt: clock.time - 90_000,
    tokenExpiries: { GIT_TOKEN: clock.time + 3 * dayMs },
  });
  await store.agents.pause(acme);
  const families = await read();
  expect(samplesOf(families, 'jvagent_queue_length')).toEqual({
    'queue="messages"': 1,
    'queue="sessions"': 1,
    'queue="slack"': 0,
  });
  expect(samplesOf(families, 'jvagent_workers_running')).toEqual({ '': 3 });
  expect(samplesOf(families, 'jvagent_board_lag_seconds')).toEqual({ 'agent="codechange/acme"': 90 });
  expect(samplesOf(families, 'jvagent_token_days_left')).toEqual({ 'agent="codechange/acme",token="GIT_TOKEN"': 3 });
  expect(samplesOf(families, 'jvagent_needs')).toEqual({ 'agent="codechange/acme"': 1 });
});

test('an alarm counts once it was told, until it is over', async () => {
  const { store, clock, read } = await seeded();
  const alarm: KnownAlarm = {
    ...{ key: 'hold', agentId: acme, why: 'not healthy', fix: 'Release it.' },
    ...{ kind: 'hold', code: 'HOLD', since: null, nextLookAt: null, seenAt: clock.time, isSummed: false },
  };
  const open = async () => samplesOf(await read(), 'jvagent_alarms_open');
  await store.alarms.store({ put: [alarm], drop: [], lines: [] });
  expect(await open()).toEqual({});
  await store.alarms.store({ put: [{ ...alarm, saidAt: clock.time }], drop: [], lines: [] });
  expect(await open()).toEqual({ 'kind="hold"': 1 });
  await store.alarms.store({ put: [{ ...alarm, saidAt: clock.time, goneAt: clock.time }], drop: [], lines: [] });
  expect(await open()).toEqual({});
});
