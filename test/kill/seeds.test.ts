import { describe, it } from 'vitest';
import { expectSeed, patienceMs } from './roads.ts';

/** `./jvagent test kill --seeds 500` tries more, and `--seed 17` that one alone. */
const count = Number(process.env.JVAGENT_SEEDS ?? (process.env.JVAGENT_ALL === '1' ? 200 : 3));
const only = process.env.JVAGENT_SEED;
const seeds = only === undefined ? Array.from({ length: count }, (_, at) => at + 1) : [Number(only)];

describe('a work item is deployed, everything once, although people, network and processes do all this', () => {
  it.concurrent.each(seeds)('seed %i', expectSeed, patienceMs);
});
