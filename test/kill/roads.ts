/** What must be true at the end of a work item's road, wherever the platform was killed on it. */
import { expect } from 'vitest';
import { atLeast, exact, type Place, passages } from './passages.ts';
import { type Survival, survive } from './survive.ts';
import { killedAt, type Trouble, troubleOf } from './trouble.ts';

/** How long a test may take; a road gives up before. */
export const patienceMs = 720_000;

/**
 * Every passage of a place for `./jvagent test --all`; every `sparse`th of the many messages. Else the seeds sample them,
 * and of a place only its first `always` ones are tried each time.
 */
export function each(place: Place, always = 0, sparse = 1): string[] {
  const isWhole = process.env.JVAGENT_ALL === '1';
  const step = isWhole ? sparse : 1;
  const count = isWhole ? Math.ceil(passages[place] / step) : always;
  return Array.from({ length: count }, (_, at) => `${place}:${1 + at * step}`);
}

const planned = ['New', 'Planning', 'Plan Ready'];
const turnedDown = ['Rejected', 'Planning', 'Plan Ready'];
const delivered = ['Approved', 'In Progress', 'PR Created', 'Deployed'];

export function expectWhole({ session, traces, story }: Survival, { isRejected }: Trouble): void {
  const item = session?.item;
  const sha = item?.deployment?.mergedSha ?? 'none';
  const plans = [
    ...(isRejected ? [expect.stringMatching(/\nPlan [0-9a-f]{12}$/)] : []),
    expect.stringMatching(new RegExp(`\\nPlan ${item?.plan?.hash.slice(0, 12)}$`)),
  ];
  expect(item?.phase, story).toBe('deployed');
  expect(traces, story).toEqual({
    states: [...planned, ...(isRejected ? turnedDown : []), ...delivered],
    comments: [expect.stringContaining('**deployed** since'), ...plans],
    branches: ['customer/acme', item?.change?.branch, 'main'],
    pullRequests: 1,
    links: 1,
    deployed: [sha],
    version: sha,
    audit: { ok: true },
    processes: [],
    folders: [],
  });
  expect(item?.deployment?.deployedSha).toBe(sha);
}

/** Killed at these points, the platform comes through: everything happened, each thing once, and nothing is left behind. */
async function expectSurvival(...starts: string[]): Promise<void> {
  const trouble = killedAt(...starts);
  const survival = await survive(trouble);
  expectWhole(survival, trouble);
  for (const point of starts.join().split(',')) expect(survival.passed, survival.story).toContain(point);
  expect(survival.restarts).toBe(starts.filter((points) => points.includes('supervisor.')).length);
}

/** Killed at this one point. */
export const expectArrival = (point: string) => expectSurvival(point);

/** Worker and supervisor die again and again, never often without anything having come through in between. */
export const expectStamina = (starts: readonly string[]) => expectSurvival(...starts);

/** Everything that the seed says goes wrong, and the platform comes through all the same. */
export async function expectSeed(seed: number): Promise<void> {
  const trouble = troubleOf(seed);
  const survival = await survive(trouble);
  expectWhole(survival, trouble);
  // A seed that did nothing would prove nothing.
  expect(survival.restarts + survival.struck.length, survival.story).toBeGreaterThan(0);
}

/** The table of passages is what an undisturbed road passes. */
export async function expectPassages(): Promise<void> {
  const trouble = killedAt(
    Object.keys(passages)
      .map((name) => `${name}:0`)
      .join(),
  );
  const survival = await survive(trouble);
  expectWhole(survival, trouble);
  const count = (name: string) => survival.passed.filter((point) => point.startsWith(`${name}:`)).length;
  expect(Object.fromEntries(Object.keys(exact).map((name) => [name, count(name)]))).toEqual(exact);
  for (const [name, least] of Object.entries(atLeast)) expect(count(name)).toBeGreaterThanOrEqual(least);
}
