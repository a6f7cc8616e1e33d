/** Strikes nodes with the same faults while our claims carry their turns, and while pg-boss does, and shows what goes wrong on each side. */
import { existsSync } from 'node:fs';
import type { Measured, Row } from './measure.ts';

interface Found {
  readonly twoOwners: number;
  readonly lost: number;
  readonly repeated: number;
  readonly stuckSeconds: readonly number[];
}

/** Of a clone's tests, which an installed package does not have. */
interface SideBySide {
  sideBySide(options: {
    seedsEach: number;
    shorterBy: number;
  }): Promise<readonly { readonly fault: string; readonly ours: Found; readonly pgBoss: Found }[]>;
}

const seedsEach = 3;
/** A lease of 10 s in place of 90 s: pg-boss takes no shorter heartbeat. */
const shorterBy = 9;

const counts = { 'two owners': 'twoOwners', lost: 'lost', repeated: 'repeated' } as const;

const largest = (values: readonly number[]) => Math.max(0, ...values);

/** Throws where this jvagent came without its tests. */
export async function benchFaults(): Promise<Measured> {
  const source = new URL('../test/claims/side-by-side.ts', import.meta.url);
  if (!existsSync(source))
    throw new Error('`bench faults` needs a clone of the repository: a package has no PostgreSQL.');
  const { sideBySide } = (await import(source.href)) as SideBySide;
  const compared = await sideBySide({ seedsEach, shorterBy });
  const rows = compared.flatMap(({ fault, ours, pgBoss }): Row[] => [
    {
      what: `${fault}: s stuck`,
      values: ours.stuckSeconds,
      beside: { what: 'pg-boss', values: pgBoss.stuckSeconds },
    },
    {
      what: `${fault}: s stuck at worst`,
      values: [largest(ours.stuckSeconds)],
      beside: { what: 'pg-boss', values: [largest(pgBoss.stuckSeconds)] },
    },
    ...Object.entries(counts).map(([name, key]) => ({
      what: `${fault}: ${name}`,
      values: [ours[key]],
      beside: { what: 'pg-boss', values: [pgBoss[key]] },
    })),
  ]);
  const sum = (of: (found: Found) => number, side: 'ours' | 'pgBoss') =>
    compared.reduce((total, each) => total + of(each[side]), 0);
  const faults = ({ twoOwners, lost, repeated }: Found) => twoOwners + lost + repeated;
  return {
    medians: {
      findings: sum(faults, 'ours'),
      findingsOfPgBoss: sum(faults, 'pgBoss'),
      worstSecondsStuck: largest(compared.flatMap(({ ours }) => ours.stuckSeconds)),
      worstSecondsStuckOfPgBoss: largest(compared.flatMap(({ pgBoss }) => pgBoss.stuckSeconds)),
    },
    rows,
  };
}
