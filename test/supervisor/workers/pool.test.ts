import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import { createLog } from '../../../src/base/log.ts';
import type { Implementation } from '../../../src/ipc/peer.ts';
import type { SupervisorMethods } from '../../../src/ipc/protocol.ts';
import { limits } from '../../../src/limits.ts';
import { isRefusal, type Refusal } from '../../../src/refusal.ts';
import { createWorkerPool } from '../../../src/supervisor/workers/pool.ts';
import { only } from '../../only.ts';

const [acme, globex] = ['codechange/acme', 'codechange/globex'] as [AgentId, AgentId];

/** Answers its start, ends when it is told to, and never comes to the worker's own code. */
const sound = `process.on('message', ({ id, method }) => {
  if (method === 'stop') process.exit(0);
  process.send({ id, result: { identities: [], configDigest: 'd' } });
});
await new Promise(() => {});`;

/** The same, with almost half of the memory that all may have which are kept. */
const large = `globalThis.kept = Buffer.alloc(${Math.round((limits.workersKeptMbMax - 200) / 2)} << 20, 1); ${sound}`;

/** A pool whose worker processes run `script` in place of a worker. */
function testPool(script: string, workersMax: number) {
  const folder = mkdtempSync(join(tmpdir(), 'pool-'));
  const clock = { time: 1_000, now: () => clock.time, sleep: async () => {} };
  let forks = 0;
  const node = { crashPoints: { reach: () => {} }, clock, log: createLog('test', 'silent') };
  const pool = createWorkerPool(node, {
    setup: {
      ...{ root: folder, home: folder, stateFolder: folder, sandboxUid: 0, allowLoopback: true },
      outbound: { noProxy: '', authorities: [] },
    },
    runFolder: folder,
    workersMax,
    foldersFor: () => ({ surroundings: { root: folder, home: folder, agentFolders: [] }, shown: [] }),
    environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` },
    methodsFor: () => {
      forks += 1;
      return only<Implementation<SupervisorMethods>>('methods');
    },
    onConfigured: async () => undefined,
  });
  onTestFinished(async () => {
    await pool.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  /** Gives the agent a turn, as the schedule does. */
  async function turn(name: string) {
    const agentId = name as AgentId;
    const refusal = await pool.room(agentId, false);
    if (refusal) return refusal;
    const worker = await pool.get(agentId, false);
    if (isRefusal(worker)) throw new Error(worker.why);
    return { done: worker.done };
  }
  const running = async (agentId: string) => {
    const begun = await turn(agentId);
    if (isRefusal(begun)) throw new Error(begun.why);
    return begun;
  };
  /** Each process has a folder while it runs. */
  const alive = () => readdirSync(folder).length;
  return { pool, clock, turn, running, forks: () => forks, alive };
}

test('a worker that ends at its start is started once per pause, however often it is needed', async () => {
  const { pool, clock, forks } = testPool('process.exit(3)', 5);
  const first = (await pool.get(acme, false)) as Refusal;
  expect(first).toMatchObject({ refused: 'CRASHED', until: 2_000 });
  for (let asked = 0; asked < 20; asked++) expect(await pool.get(acme, false)).toEqual(first);
  expect(forks()).toBe(1);
  clock.time = 2_000;
  expect(await pool.get(acme, false)).toMatchObject({ refused: 'CRASHED', until: 32_000 });
  expect(forks()).toBe(2);
  await pool.get(acme, true);
  expect(forks()).toBe(3);
  await pool.get(globex, false);
  expect(forks()).toBe(4);
});

test('a worker serves one turn after the other, and ends soon after the last one', async () => {
  const { pool, clock, running, forks, alive } = testPool(sound, 5);
  const first = await running('acme');
  clock.time += 3_600_000;
  await pool.endIdle();
  first.done();
  clock.time += limits.workerIdleSeconds * 1_000;
  const second = await running('acme');
  second.done();
  expect(forks()).toBe(1);
  clock.time += limits.workerIdleSeconds * 1_000 + 1;
  const ended = pool.endIdle();
  const third = await running('acme');
  await ended;
  third.done();
  expect(forks()).toBe(2);
  await expect.poll(alive).toBe(1);
});

test('a worker is kept for what its agent does soon, and ends after that', async () => {
  const { pool, clock, running, alive } = testPool(sound, 5);
  const start = clock.time;
  (await running('acme')).done(start + 300_000);
  (await running('globex')).done();
  (await running('initech')).done();
  clock.time += limits.workerIdleSeconds * 1_000 + 1;
  // The next look of one comes within a minute, that of another does not.
  const looks = new Map([
    ['globex', clock.time + limits.workerSoonSeconds * 1_000],
    ['initech', clock.time + limits.workerSoonSeconds * 1_000 + 1],
  ]);
  await pool.endIdle((agentId) => looks.get(agentId));
  await expect.poll(alive).toBe(2);
  clock.time = start + 300_000;
  await pool.endIdle();
  await expect.poll(alive).toBe(0);
});

test('workers that are kept stay within the memory for them, and the one that had a turn last stays', async () => {
  const { pool, clock, running, forks, alive } = testPool(large, 5);
  const later = clock.time + 3_600_000;
  for (const name of ['acme', 'globex', 'initech']) {
    (await running(name)).done(later);
    clock.time += 1_000;
  }
  clock.time += limits.workerIdleSeconds * 1_000;
  await pool.endIdle();
  await expect.poll(alive).toBe(2);
  (await running('initech')).done(later);
  (await running('globex')).done(later);
  expect(forks()).toBe(3);
});

test('an agent that waits for a worker gets the place of one that is kept', async () => {
  const { running, forks, alive } = testPool(sound, 1);
  (await running('acme')).done(Number.POSITIVE_INFINITY);
  await running('globex');
  expect(forks()).toBe(2);
  await expect.poll(alive).toBe(1);
});

test('there are never too many workers at once: an idle one is ended, a busy one is waited for', async () => {
  const { turn, running, forks, alive } = testPool(sound, 2);
  const first = await running('acme');
  const second = await running('globex');
  expect(await turn('initech')).toMatchObject({
    refused: 'WORKERS',
    why: 'initech is waiting for a worker: all 2 workers are in use',
  });
  expect((await running('acme')).done).toBeDefined();
  second.done();
  await running('initech');
  expect(forks()).toBe(3);
  await expect.poll(alive).toBe(2);
  expect(await turn('globex')).toMatchObject({ refused: 'WORKERS' });
  first.done();
  expect(await turn('globex')).toMatchObject({ refused: 'WORKERS' });
});

test('the agent that has waited longest for a worker is next', async () => {
  const { clock, turn, running } = testPool(sound, 1);
  const first = await running('acme');
  await turn('globex');
  await turn('initech');
  first.done();
  expect(await turn('initech')).toMatchObject({ refused: 'WORKERS' });
  const next = await running('globex');
  next.done();
  await turn('acme');
  // Who does not ask any more is not waited for.
  clock.time += 10_000;
  await running('acme');
});

test('while another agent has waited long, an agent with a worker starts only looks', async () => {
  const { pool, clock, turn, running } = testPool(sound, 1);
  const first = await running('acme');
  for (let second = 0; second < limits.workerWaitSeconds; second += 1) {
    expect(await turn('globex')).toMatchObject({ refused: 'WORKERS' });
    clock.time += 1_000;
  }
  const why = 'acme is waiting because another agent has waited too long for a worker';
  expect(await turn('acme')).toMatchObject({ refused: 'WORKERS', why });
  expect(await pool.room('acme' as AgentId, true)).toBeUndefined();
  first.done();
  expect(await turn('acme')).toMatchObject({ refused: 'WORKERS', why });
  await running('globex');
  expect(await turn('acme')).toMatchObject({ refused: 'WORKERS' });
});

test('a turn that waits for its worker while the node stops is refused, and so is each one after it', async () => {
  const { pool, forks, alive } = testPool(sound, 5);
  const asked = pool.get(acme, false);
  await pool.stop();
  const refused = { refused: 'WORKERS', why: expect.stringContaining('this node is stopping') };
  expect(await asked).toMatchObject(refused);
  expect(await pool.get(globex, true)).toMatchObject(refused);
  expect(forks()).toBe(1);
  await expect.poll(alive).toBe(0);
});

test('a worker that cannot be started says why, and is tried again after a pause', async () => {
  const { pool, clock, running, alive } = testPool(sound, 5);
  const { execPath } = process;
  onTestFinished(() => {
    process.execPath = execPath;
  });
  process.execPath = '/nowhere/node';
  const first = await pool.get(acme, false);
  const why = `the worker of ${acme} ended while it started: spawn /nowhere/node ENOENT`;
  expect(first).toMatchObject({ refused: 'CRASHED', why, until: 2_000 });
  expect(await pool.get(acme, false)).toEqual(first);
  expect(pool.count()).toBe(0);
  await expect.poll(alive).toBe(0);
  process.execPath = execPath;
  clock.time = 2_000;
  await running(acme);
  expect(pool.count()).toBe(1);
});
