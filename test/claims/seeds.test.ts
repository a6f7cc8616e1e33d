/** Three nodes over one PostgreSQL, and what happens to them: no session has two owners, no work is lost or done twice, none waits. */
import { describe, expect, it } from 'vitest';
import { faultNames, strikeWith } from './faults.ts';

/** `./jvagent test claims --seeds 70` tries more, and `--seed 17` that one alone. */
const count = Number(process.env.JVAGENT_SEEDS ?? (process.env.JVAGENT_ALL === '1' ? 200 : faultNames.length));
const only = process.env.JVAGENT_SEED;
const seeds = only === undefined ? Array.from({ length: count }, (_, at) => at + 1) : [Number(only)];

const faultOf = (seed: number) => faultNames[seed % faultNames.length] ?? 'kill -9';

describe('each session has one owner at a time, and all work is done once and soon', () => {
  it.concurrent.each(seeds.map((seed) => [seed, faultOf(seed)] as const))('seed %i: %s', async (seed, fault) => {
    const { findings } = await strikeWith({ carrier: 'ours', fault, seed, shorterBy: 30 });
    expect(findings).toEqual([]);
  });
});
