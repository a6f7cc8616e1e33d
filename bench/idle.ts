/** Measures the memory of the workers of forty agents that only look at their boards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/base/clock.ts';
import { type Listener, listen } from '../src/base/http.ts';
import { createLog } from '../src/base/log.ts';
import { limits } from '../src/limits.ts';
import { isRefusal } from '../src/refusal.ts';
import { readSettings } from '../src/settings.ts';
import { brokerOver, type Supervisor, startSupervisor } from '../src/supervisor/supervisor.ts';
import { boardsOf, customers, residentMb, workersOf, writeWorkspace } from './board-agents.ts';
import { median } from './measure.ts';

export interface IdleBench {
  /** The peak of all worker processes together while each of 40 agents looked at its board, in MB of resident memory. */
  peakMb: number;
  /** The median for one worker after it has looked at its board, in MB. */
  workerMb: number;
  /** The maximum number of concurrent worker processes. */
  workersMax: number;
  /** The time until all 40 had looked, starting without workers. */
  allLookedSeconds: number;
  /** All workers together after the agents had nothing to do for a while, in MB. */
  idleMb: number;
}

const agentsCount = 40;
const waitMs = 180_000;
const lookMs = 100;

const names = customers(agentsCount);
const agentIds = names.map((name) => `codechange/${name}`);

const workersMb = () => workersOf('self').map(residentMb);

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

async function start(root: string, url: string): Promise<Supervisor> {
  const settings = readSettings({ env: { HOME: root, ANTHROPIC_BASE_URL: url, JVAGENT_ALLOW_LOOPBACK: '1' }, root });
  if (isRefusal(settings)) throw new Error(settings.why);
  const supervisor = await startSupervisor({ settings, clock: systemClock, log: createLog('bench', 'fatal') });
  if (isRefusal(supervisor)) throw new Error(`${supervisor.refused}: ${supervisor.why}`);
  return supervisor;
}

/** Whether every agent has looked at its board without a fault. */
async function haveLooked({ store }: Supervisor): Promise<boolean> {
  const sessions = await store.sessions.list();
  const fault = sessions.find(({ waits }) => waits && waits.refused !== 'WORKERS')?.waits;
  if (fault) throw new Error(`${fault.refused}: ${fault.why}`);
  const looked = await Promise.all(agentIds.map(async (id) => (await store.agents.get(id)).lastHeartbeatAt));
  return !looked.includes(undefined) && sessions.every(({ leaseOwner }) => leaseOwner === undefined);
}

async function measure(supervisor: Supervisor): Promise<IdleBench> {
  const { store, agents } = supervisor;
  const seen: number[][] = [];
  const broker = brokerOver(store, agents, systemClock);
  const beganAt = Date.now();
  for (const id of agentIds)
    await broker.publish({ to: `agent/${id}`, command: 'heartbeat' }, { kind: 'platform', name: 'heartbeat' });
  while (!(await haveLooked(supervisor))) {
    if (Date.now() > beganAt + waitMs) throw new Error(`not all agents had looked within ${waitMs / 1_000} s`);
    seen.push(workersMb());
    await systemClock.sleep(lookMs);
  }
  const allLookedSeconds = (Date.now() - beganAt) / 1_000;
  const after = workersMb();
  await systemClock.sleep((limits.workerIdleSeconds + limits.leaseRenewSeconds + 2) * 1_000);
  return {
    peakMb: Math.max(...[...seen, after].map(sum)),
    workerMb: median(after),
    workersMax: Math.max(...[...seen, after].map(({ length }) => length)),
    allLookedSeconds,
    idleMb: sum(workersMb()),
  };
}

export async function benchIdle(): Promise<IdleBench> {
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-bench-'));
  let listener: Listener | undefined;
  try {
    listener = await listen(boardsOf(names).fetch);
    const root = join(folder, 'workspace');
    writeWorkspace(root, listener.url, names);
    const supervisor = await start(root, listener.url);
    try {
      return await measure(supervisor);
    } finally {
      await supervisor.stop();
    }
  } finally {
    await listener?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
