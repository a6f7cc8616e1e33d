/** Strikes our claims and pg-boss's with the same faults at the same time, and counts what the checker finds of each. */
import type { CarrierName } from '../../bench/claims/carriers.ts';
import { type FaultName, faultNames, strikeWith } from './faults.ts';

/** What the checker found in all cases of one fault. */
export interface Found {
  readonly twoOwners: number;
  readonly lost: number;
  readonly repeated: number;
  /** The longest time that due work waited, of each case, in seconds. */
  readonly stuckSeconds: readonly number[];
}

export interface Compared {
  readonly fault: FaultName;
  readonly ours: Found;
  readonly pgBoss: Found;
}

export interface SideBySideOptions {
  readonly seedsEach: number;
  /** The product's figures of leases are divided by this, for both sides. */
  readonly shorterBy: number;
  readonly faults?: readonly FaultName[];
}

async function foundIn(carrier: CarrierName, fault: FaultName, seed: number, shorterBy: number): Promise<Found> {
  const { findings, gapsMs } = await strikeWith({ carrier, fault, seed, shorterBy });
  const count = (name: string) => findings.filter((finding) => finding.fault === name).length;
  return {
    twoOwners: count('two owners') + count('taken early'),
    lost: count('lost'),
    repeated: count('repeated'),
    stuckSeconds: [(gapsMs.at(-1) ?? 0) / 1_000],
  };
}

const added = (all: readonly Found[]): Found => {
  const sum = (of: (found: Found) => number) => all.reduce((total, found) => total + of(found), 0);
  return {
    twoOwners: sum((found) => found.twoOwners),
    lost: sum((found) => found.lost),
    repeated: sum((found) => found.repeated),
    stuckSeconds: all.flatMap(({ stuckSeconds }) => stuckSeconds),
  };
};

export async function sideBySide(options: SideBySideOptions): Promise<Compared[]> {
  const { seedsEach, shorterBy, faults = faultNames } = options;
  const compared: Compared[] = [];
  for (const fault of faults) {
    const ours: Found[] = [];
    const pgBoss: Found[] = [];
    for (let seed = 1; seed <= seedsEach; seed += 1) {
      const both = (['ours', 'pg-boss'] as const).map((carrier) => foundIn(carrier, fault, seed, shorterBy));
      const [our, their] = await Promise.all(both);
      if (our) ours.push(our);
      if (their) pgBoss.push(their);
    }
    compared.push({ fault, ours: added(ours), pgBoss: added(pgBoss) });
  }
  return compared;
}
