import { expect, test } from 'vitest';
import type { AgentStore } from '../../src/agents/agent-store.ts';
import { createLog } from '../../src/base/log.ts';
import type { Broker } from '../../src/broker/broker.ts';
import { limits } from '../../src/limits.ts';
import { type LoopParts, startLoops } from '../../src/supervisor/node-loops.ts';
import type { Schedule } from '../../src/supervisor/schedule-turn.ts';
import type { WorkerPool } from '../../src/supervisor/workers/pool.ts';
import { only } from '../only.ts';
import { openTestStore } from '../store/fixture.ts';

test('a node whose messages are not routed is not alive after a while, and is again once they are', async () => {
  const { store } = await openTestStore();
  let isBroken = false;
  let now = 0;
  const agents = only<AgentStore>('agents', { list: () => [], refresh: () => [], held: () => [] });
  const broker = only<Broker>('broker', {
    async route() {
      if (isBroken) throw new Error('the state cannot be read');
      return { deliveries: [], undelivered: [] };
    },
  });
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      signal?.addEventListener('abort', () => resolve(), { once: true });
      if (ms === limits.changesPollMs) setImmediate(resolve);
    });
  const node = { store, agents, broker, clock: { now: () => now, sleep }, log: createLog('test', 'silent') };
  const nothing = async () => {};
  const loops = startLoops(node, {
    pool: only<WorkerPool>('pool', { endIdle: nothing }),
    schedule: only<Schedule>('schedule', { stopPaused: nothing, startDue: nothing, renew: async () => [] }),
    modelWatch: only<LoopParts['modelWatch']>('watch'),
    collect: nothing,
    looksAtStart: false,
  });
  await expect.poll(loops.isAlive).toBe(true);
  isBroken = true;
  now += limits.aliveSecondsMax * 1_000;
  await expect.poll(loops.isAlive).toBe(false);
  isBroken = false;
  await expect.poll(loops.isAlive).toBe(true);
  await loops.stop();
});
