/** A confirmed change of an instance goes out exactly as it was confirmed, once, and only while the value is the one shown. */
import { afterAll, expect, test } from 'vitest';
import { createFaults } from '../../../emulators/control/faults.ts';
import { createInstance as createProduct } from '../../../emulators/instance/instance.ts';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import { agentConfigSchema } from '../../../src/agents/config/config.ts';
import { instanceConfig } from '../../../src/agents/config/instance.ts';
import { type Listener, listen } from '../../../src/base/http.ts';
import { createInstance } from '../../../src/connectors/instance.ts';
import {
  type ProposalOutcome,
  type ProposedRequest,
  proposalHash,
  type StoredProposal,
  seenValue,
} from '../../../src/conversations/proposal.ts';
import { type Refusal, refuse } from '../../../src/refusal.ts';
import { carryOut } from '../../../src/turns/conversation/carry-out.ts';
import { beginTurn } from '../../../src/turns/turn.ts';
import { httpFor } from '../../conformance/connector-world.ts';
import { conversationAgent, orderFor, supervisorOf, workerParts } from '../turn.ts';

const token = 'instance-token-1';
const agentId = 'impl/acme' as AgentId;
const sessionId = 'slack-default-c1-1-2';
const now = Date.UTC(2026, 10, 20, 12);
const faults = createFaults();
const listeners: Listener[] = [];
afterAll(() => Promise.all(listeners.map((listener) => listener.close())));

interface Scene {
  request?: ProposedRequest;
  /** What the person was shown. */
  shown?: unknown;
  proposal?: Partial<StoredProposal>;
  /** Written by somebody else after the confirmation. */
  meanwhile?: unknown;
  expiresAt?: number;
  blocked?: Refusal;
  isTaken?: boolean;
  writePaths?: string[];
  fault?: Parameters<typeof faults.add>[0]['do'];
}

/** The state that a proposal is in when its turn begins, and what becomes of it. */
async function turnWith(scene: Scene = {}) {
  const config: Record<string, unknown> = { timeout: scene.meanwhile ?? 30 };
  const product = createProduct({ name: 'acme-production', token, commit: '1'.repeat(40), config });
  const wrapped = faults.wrap('instance', product.fetch);
  const sent: { line: string; key: string | null }[] = [];
  const listener = await listen((request, ...more) => {
    const { pathname } = new URL(request.url);
    const key = request.headers.get('idempotency-key');
    if (request.method !== 'GET') sent.push({ line: `${request.method} ${pathname}`, key });
    return wrapped(request, ...more);
  });
  listeners.push(listener);
  if (scene.fault) faults.add({ target: 'instance', match: { method: 'PUT' }, do: scene.fault });
  const block = { url: listener.url, name: 'acme-production', writePaths: scene.writePaths ?? ['/config/*'] };
  const agent = conversationAgent({ id: agentId, config: agentConfigSchema.parse({ id: agentId, instance: block }) });
  const { deploy } = instanceConfig.parse(block);
  const instance = createInstance({ ...block, urlSetting: 'instance.url', token, deploy, http: httpFor(token) });

  const request = scene.request ?? { method: 'PUT', path: '/config/timeout', body: { value: 45 } };
  const shown = scene.shown ?? { status: 200, body: { key: 'timeout', value: 30 } };
  const before = seenValue(shown as { status: number; body: unknown }, (body) => body);
  const parts = { agentId, sessionId, request, before, why: 'It is too short.' };
  const due = { ...parts, expiresAt: scene.expiresAt ?? now + 3_600_000 };
  const hash = proposalHash(due);
  const proposal = { id: 'p1', at: now, hash, ...due, state: 'confirmed' as const, ...scene.proposal };
  const outcomes: { outcome: ProposalOutcome; permitId?: string }[] = [];
  const { calls, supervisor } = supervisorOf({
    blocked: () => scene.blocked ?? null,
    proposalBegin: () => !scene.isTaken,
    proposalEnd: ({ outcome, permitId }) => void outcomes.push({ outcome, ...(permitId ? { permitId } : {}) }),
  });
  const worker = workerParts(agent, { supervisor, instance, clock: { now: () => now, sleep: async () => {} } });
  const turn = beginTurn(worker, orderFor(sessionId), new AbortController().signal);
  const rest = await carryOut(turn, proposal);
  faults.clear();
  const asked = calls.map(([method]) => method);
  return { rest, sent, outcome: outcomes[0]?.outcome, permitId: outcomes[0]?.permitId, outcomes, asked };
}

test('it is stored as sent, sent with a key of its own, and read back', async () => {
  const { rest, sent, outcome, permitId, asked } = await turnWith();
  expect(sent).toEqual([{ line: 'PUT /config/timeout', key: 'impl/acme:p1' }]);
  expect(outcome).toEqual({ kind: 'done', isVerified: true, status: 200, after: { key: 'timeout', value: 45 } });
  expect(permitId).toBeDefined();
  expect(asked).toEqual(['blocked', 'proposalBegin', 'proposalEnd']);
  expect(rest).toBeUndefined();
});

test('a removal is verified by what is not there any more', async () => {
  const { sent, outcome } = await turnWith({ request: { method: 'DELETE', path: '/config/timeout' } });
  expect(sent.map(({ line }) => line)).toEqual(['DELETE /config/timeout']);
  expect(outcome).toMatchObject({ kind: 'done', isVerified: true });
});

test('a value that somebody changed in between is left alone', async () => {
  const { sent, outcome } = await turnWith({ meanwhile: 31 });
  expect(sent).toEqual([]);
  expect(outcome).toMatchObject({ kind: 'refused', refusal: { refused: 'GATE_CONTENT' } });
});

test.each<[string, Scene, string]>([
  ['was not confirmed', { proposal: { state: 'open' } }, 'GATE_STATE'],
  ['is another session’s', { proposal: { sessionId: 'main' } }, 'GATE_TENANT'],
  ['is another agent’s', { proposal: { agentId: 'impl/globex' } }, 'GATE_TENANT'],
  ['is not what was confirmed', { proposal: { request: { method: 'DELETE', path: '/config/timeout' } } }, 'GATE_REV'],
  ['is too old', { expiresAt: now }, 'GATE_EXPIRED'],
  ['is for a path that was closed since', { writePaths: ['/other'] }, 'TOOL_PATH'],
])('nothing is sent for a proposal that %s', async (_, scene, code) => {
  const { sent, outcome } = await turnWith(scene);
  expect(sent).toEqual([]);
  expect(outcome).toMatchObject({ kind: 'refused', refusal: { refused: code } });
});

test('a pause keeps it, and says so, until the pause ends', async () => {
  const { rest, sent, outcome } = await turnWith({ blocked: refuse('PAUSED', 'impl/acme is paused') });
  expect([sent, outcome]).toEqual([[], undefined]);
  expect(rest).toMatchObject({ until: expect.any(Number), why: { refused: 'PAUSED' } });
});

test('another turn that has begun with it is the only one that sends it', async () => {
  const { sent, outcomes } = await turnWith({ isTaken: true });
  expect([sent, outcomes]).toEqual([[], []]);
});

test('an answer that was lost is made up for by reading back, never by sending again', async () => {
  const { sent, outcome } = await turnWith({ fault: { dropAnswer: true, afterCommit: true } });
  expect(sent).toHaveLength(1);
  expect(outcome).toMatchObject({ kind: 'done', isVerified: true });
  const lost = await turnWith({ fault: { status: 503 } });
  expect(lost.sent).toHaveLength(1);
  expect(lost.outcome).toMatchObject({ kind: 'unknown', why: expect.stringContaining('503') });
});

test('what the instance turns down is told in its own words', async () => {
  const { sent, outcome } = await turnWith({
    request: { method: 'PUT', path: '/config/timeout', body: { no: 'value' } },
  });
  expect(sent).toHaveLength(1);
  expect(outcome).toMatchObject({ kind: 'refused', refusal: { why: expect.stringContaining('value is missing') } });
});

test('what was stored as sent before a crash is read back only', async () => {
  const there = await turnWith({ proposal: { state: 'sent' }, meanwhile: 45 });
  expect([there.sent, there.outcome]).toMatchObject([[], { kind: 'done', isVerified: true }]);
  const unsure = await turnWith({ proposal: { state: 'sent' } });
  expect([unsure.sent, unsure.outcome]).toMatchObject([[], { kind: 'unknown' }]);
});
