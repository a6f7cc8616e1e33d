/** What must be true at the end of a work item's road, wherever the platform was killed on it. */
import { expect } from 'vitest';
import { type Survival, survive } from './survive.ts';

/** How long a test may take; a road gives up before. */
export const patienceMs = 240_000;

/** How often each place is passed on a road that nothing disturbs. */
const exact = {
  'worker.intent': 16,
  'worker.effect': 16,
  'worker.effect-stored': 16,
  'worker.commit': 1,
  'supervisor.commit': 54,
  'engine.start': 2,
  'engine.event': 20,
};

/** The same where heartbeats add to it: at least so often. */
const atLeast = { 'worker.message': 120, 'supervisor.message': 120 };

const passages = { ...exact, ...atLeast };

/** `place:1`, `place:1 + step`, ... as far as it is passed; every one of them where the suite is asked for by its name. */
export function each(place: keyof typeof passages, sparse = 1): string[] {
  const step = process.env.JVAGENT_EVERY_POINT === '1' && !(place in atLeast) ? 1 : sparse;
  const count = Math.ceil(passages[place] / step);
  return Array.from({ length: count }, (_, at) => `${place}:${1 + at * step}`);
}

function expectWhole({ session, traces, story }: Survival): void {
  const item = session?.item;
  const sha = item?.mergedSha ?? 'none';
  expect(item?.phase, story).toBe('deployed');
  expect(traces, story).toEqual({
    states: ['New', 'Planning', 'Plan Ready', 'Approved', 'In Progress', 'PR Created', 'Deployed'],
    comments: [expect.stringContaining('**deployed** since'), expect.stringContaining(`[jv:plan:${item?.plan?.hash}]`)],
    branches: ['customer/acme', item?.branch, 'main'],
    pullRequests: 1,
    links: 1,
    deployed: [sha],
    version: sha,
    audit: { ok: true },
    processes: [],
    folders: [],
  });
  expect(item?.deployedSha).toBe(sha);
}

/** Killed at this one point, the platform comes through: everything happened, each thing once, and nothing is left behind. */
export async function expectArrival(point: string): Promise<void> {
  const survival = await survive(point);
  expectWhole(survival);
  expect(survival.passed, survival.story).toContain(point);
  expect(survival.restarts).toBe(point.startsWith('supervisor.') ? 1 : 0);
}

/** Worker and supervisor die again and again, never often without anything having come through in between. */
export async function expectStamina(starts: readonly string[]): Promise<void> {
  const survival = await survive(...starts);
  expectWhole(survival);
  expect(survival.restarts).toBe(starts.length);
  for (const point of starts.join().split(',')) expect(survival.passed, survival.story).toContain(point);
}

/** The table above is what an undisturbed road passes. */
export async function expectPassages(): Promise<void> {
  const names = Object.keys(passages);
  const survival = await survive(names.map((name) => `${name}:0`).join(','));
  expectWhole(survival);
  const count = (name: string) => survival.passed.filter((point) => point.startsWith(`${name}:`)).length;
  expect(Object.fromEntries(Object.keys(exact).map((name) => [name, count(name)]))).toEqual(exact);
  for (const [name, least] of Object.entries(atLeast)) expect(count(name)).toBeGreaterThanOrEqual(least);
}
