import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type AgentStore, createAgentStore } from '../../src/agents/agent-store.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import type { Broker } from '../../src/broker/broker.ts';
import { limits } from '../../src/limits.ts';
import { type LoopParts, startLoops } from '../../src/supervisor/node-loops.ts';
import type { Schedule } from '../../src/supervisor/schedule-turn.ts';
import { brokerOver } from '../../src/supervisor/supervisor.ts';
import type { WorkerPool } from '../../src/supervisor/workers/pool.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { only } from '../only.ts';
import { acme, openTestStore } from '../store/fixture.ts';

const nothing = async () => {};
const idleParts: LoopParts = {
  state: { refresh: async () => [], beat: async () => [] },
  pool: only<WorkerPool>('pool', { endIdle: nothing }),
  schedule: only<Schedule>('schedule', {
    startDue: nothing,
    startNoMore: () => {},
  }),
  modelWatch: only<LoopParts['modelWatch']>('watch'),
  collect: nothing,
  looksAtStart: false,
};

test('a node whose messages are not routed is not alive after a while, and is again once they are', async () => {
  const { store } = await openTestStore();
  let isBroken = false;
  let now = 0;
  const agents = only<AgentStore>('agents', { list: () => [], refresh: () => [], held: () => [] });
  const broker = only<Broker>('broker', {
    async route() {
      if (isBroken) throw new Error('the state cannot be read');
      return { deliveries: [], faults: [] };
    },
  });
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      signal?.addEventListener('abort', () => resolve(), { once: true });
      if ([limits.changesPollMs, limits.upkeepSeconds * 1_000].includes(ms)) setImmediate(resolve);
    });
  const node = {
    store,
    agents,
    broker,
    running: new Map(),
    clock: { now: () => now, sleep },
    log: createLog('test', 'silent'),
    onFault: () => {},
  };
  const loops = startLoops(node, idleParts);
  await expect.poll(loops.isAlive).toBe(true);
  isBroken = true;
  now += limits.aliveSecondsMax * 1_000;
  await expect.poll(loops.isAlive).toBe(false);
  isBroken = false;
  await expect.poll(loops.isAlive).toBe(true);
  await loops.stop();
});

test('a node that cannot tell of itself is not alive after a while, though its looks succeed', async () => {
  const { store } = await openTestStore();
  let takesWrites = true;
  let now = 0;
  const agents = only<AgentStore>('agents', { list: () => [], refresh: () => [], held: () => [] });
  let looks = 0;
  const route = async () => {
    looks += 1;
    return { deliveries: [], faults: [] };
  };
  const broker = only<Broker>('broker', { route });
  const sleep = () => new Promise<void>((resolve) => setImmediate(resolve));
  const node = {
    ...{ store, agents, broker, running: new Map() },
    clock: { now: () => now, sleep },
    log: createLog('test', 'silent'),
    onFault: () => {},
  };
  const beat = async () => {
    if (!takesWrites) throw new Error('cannot execute INSERT in a read-only transaction');
    return [];
  };
  const loops = startLoops(node, { ...idleParts, state: { refresh: async () => [], beat } });
  await expect.poll(() => looks).toBeGreaterThan(2);
  takesWrites = false;
  now += limits.aliveSecondsMax * 1_000;
  const before = looks;
  await expect.poll(() => looks).toBeGreaterThan(before + 2);
  expect(loops.isAlive()).toBe(false);
  takesWrites = true;
  await expect.poll(loops.isAlive).toBe(true);
  await loops.stop();
});

test('nothing is deleted before a node has worked for an hour, and its stop waits for no large tree', async () => {
  const { store } = await openTestStore();
  const agents = only<AgentStore>('agents', { list: () => [], refresh: () => [], held: () => [] });
  let looks = 0;
  const route = async () => {
    looks += 1;
    return { deliveries: [], faults: [] };
  };
  let passHour = nothing as () => void;
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      signal?.addEventListener('abort', () => resolve(), { once: true });
      if (ms === limits.changesPollMs) setImmediate(resolve);
      if (ms === limits.retentionMinutes * 60_000) passHour = resolve;
    });
  const node = {
    ...{ store, agents, broker: only<Broker>('broker', { route }), running: new Map() },
    clock: { now: () => 0, sleep },
    log: createLog('test', 'silent'),
    onFault: () => {},
  };
  let collected = 0;
  const collect = async (signal: AbortSignal) => {
    collected += 1;
    await once(signal, 'abort');
  };
  const loops = startLoops(node, { ...idleParts, collect });
  await expect.poll(() => looks).toBeGreaterThan(2);
  expect(collected).toBe(0);
  passHour();
  await expect.poll(() => collected).toBe(1);
  await loops.stop();
});

/** Two nodes on one state, each with an agent that beats by `pattern`; `isAway` says whether the state takes nothing just now. */
async function twoNodes(pattern: string, isAway = () => false) {
  const { store } = await openTestStore();
  const heartbeat = { heartbeat: pattern, timezone: 'UTC', autoRun: { enabled: true } };
  const { root } = createWorkspace({ 'codechange/acme/jvAgent.json': { ...customerConfig('acme'), ...heartbeat } });
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 20, 12) });
  onTestFinished(() => void vi.useRealTimers());
  const nodes = [1, 2].map(() => {
    const agents = createAgentStore({ root });
    const { publish, ...broker } = brokerOver(store, agents, systemClock);
    const reachable: Broker = {
      ...broker,
      async publish(...given) {
        if (isAway()) throw new Error('the database is away');
        return publish(...given);
      },
    };
    const log = createLog('test', 'silent');
    return startLoops(
      { store, agents, broker: reachable, running: new Map(), clock: systemClock, log, onFault: () => {} },
      idleParts,
    );
  });
  async function stop() {
    const stopped = Promise.all(nodes.map((node) => node.stop()));
    await vi.advanceTimersByTimeAsync(60_000);
    await stopped;
  }
  return { beats: () => store.messages.open({ kind: 'agent', agentId: acme }), stop };
}

test('two nodes on one state send each beat of a heartbeat once', async () => {
  const { beats, stop } = await twoNodes('*/2 * * * * *');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await beats()).toBe(10);
  await stop();
});

test('a beat that comes while the database is away is sent once it is back, and once', async () => {
  let isAway = true;
  const { beats, stop } = await twoNodes('1 12 * * *', () => isAway);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(await beats()).toBe(0);
  isAway = false;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(await beats()).toBe(1);
  await stop();
});
