/** What can happen to nodes and their database while they work. Each fault is told by a few numbers, so that it can happen again. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { CarrierName } from '../../bench/claims/carriers.ts';
import { limits } from '../../src/limits.ts';
import { startStandby } from '../postgres/standby.ts';
import { type Checked, check } from './checker.ts';
import { nodeNames, openWorld, type RunningNode, until, type World } from './world.ts';

/** The numbers of one case. Times are shares of a lease. */
export interface Numbers {
  /** Which node it strikes, of those that work. */
  readonly victim: number;
  /** After how many accepted writes. */
  readonly writes: number;
  /** How long it lasts. */
  readonly lasts: number;
  /** Sessions that are woken once more while it lasts. */
  readonly again: readonly number[];
  /** Whether the node's clock is ahead or behind. */
  readonly isAhead: boolean;
}

export interface Struck {
  readonly world: World;
  readonly victim: RunningNode;
  readonly numbers: Numbers;
}

interface Fault {
  /** When all sessions are due and no node has begun; what it returns is given to `strike`. */
  readonly prepare?: (world: World) => Promise<() => Promise<void>>;
  /** Resolves when it is over; returns whether nobody could have worked until now. */
  readonly strike: (struck: Struck, prepared: () => Promise<void>) => Promise<boolean>;
  /** How far the clock of the node is off, in milliseconds. */
  readonly offMs?: number;
}

const pause = ({ world, numbers }: Struck) => sleep(world.leaseMs * numbers.lasts);

/** Wakes some sessions while the fault lasts. */
const wakeAgain = ({ world, numbers }: Struck) => world.wake(numbers.again);

const restarted = async ({ world, victim }: Struck) => void (await world.start(victim.name));

export const faults = {
  'kill -9': {
    async strike(struck) {
      struck.victim.signal('SIGKILL');
      await wakeAgain(struck);
      await restarted(struck);
      return false;
    },
  },
  'stopped and gone on': {
    async strike(struck) {
      struck.victim.signal('SIGSTOP');
      await wakeAgain(struck);
      await pause(struck);
      struck.victim.signal('SIGCONT');
      return false;
    },
  },
  'database crash': {
    async strike(struck) {
      const { server } = struck.world;
      await wakeAgain(struck);
      await server.stop('immediate');
      await pause(struck);
      await server.start();
      return true;
    },
  },
  'lagging standby takes over': {
    async prepare(world) {
      // It has the wakes and none of the claims, so that it gives out all of their numbers once more.
      const standby = await startStandby(world.server);
      await standby.caughtUp();
      await standby.fallBehind();
      await standby.promote();
      return async () => {
        const primary = world.server;
        // Nodes see that a connection ended, and nothing else: who is silent just then works on with a claim that is not there.
        world.moveTo(standby);
        await primary.stop('immediate');
      };
    },
    async strike(_struck, takeOver) {
      await takeOver();
      return true;
    },
  },
  'clock off by a minute': {
    offMs: 60_000,
    async strike({ world, numbers }) {
      await world.wake(numbers.again, numbers.isAhead ? 60_000 : -60_000);
      return false;
    },
  },
  'cut off from the database': {
    async strike(struck) {
      const door = struck.world.doors.get(struck.victim.name);
      door?.cut();
      await wakeAgain(struck);
      await pause(struck);
      door?.reopen();
      return false;
    },
  },
  'restart with the same name': {
    async strike(struck) {
      await restarted(struck);
      await wakeAgain(struck);
      struck.victim.signal('SIGTERM');
      await struck.victim.ended();
      return false;
    },
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[];

const sessionsCount = 8;
/** Two nodes have room for all of them. */
const atOnceMax = sessionsCount / 2;

const anyNumbers: fc.Arbitrary<Numbers> = fc.record({
  victim: fc.integer({ min: 0, max: nodeNames.length - 1 }),
  writes: fc.integer({ min: sessionsCount, max: sessionsCount * 4 }),
  lasts: fc.double({ min: 1.1, max: 1.8, noNaN: true }),
  again: fc.uniqueArray(fc.integer({ min: 0, max: sessionsCount - 1 }), { minLength: 2, maxLength: 4 }),
  isAhead: fc.boolean(),
});

/** The numbers of a seed, always the same. */
export function numbersOf(seed: number): Numbers {
  const [numbers] = fc.sample(anyNumbers, { seed, numRuns: 1 });
  if (!numbers) throw new Error('bug: no numbers');
  return numbers;
}

export interface CaseOptions {
  readonly carrier: CarrierName;
  readonly fault: FaultName;
  readonly seed: number;
  /** The product's figures are divided by this. */
  readonly shorterBy: number;
}

/** What a machine with other things to do may add to what a lease must take. */
const slackMs = 60_000;
const quietMs = 240_000;

/** Strikes three nodes at work with the fault, waits until they have done all work, and looks through what happened. */
export async function strikeWith({ carrier, fault, seed, shorterBy }: CaseOptions): Promise<Checked> {
  const numbers = numbersOf(seed);
  const { strike, prepare, offMs = 0 }: Fault = faults[fault];
  // A session is at work for about as long as a lease lasts.
  const leaseMs = (limits.leaseSeconds * 1_000) / shorterBy;
  const world = await openWorld({
    carrier,
    shorterBy,
    sessions: sessionsCount,
    steps: 10,
    stepMs: leaseMs / 10,
    atOnceMax,
  });
  try {
    const wakeAll = () => world.wake(Array.from({ length: sessionsCount }, (_, number) => number));
    if (prepare) await wakeAll();
    const prepared = (await prepare?.(world)) ?? (async () => {});
    const off = nodeNames[numbers.victim];
    const aheadMs = (name: string) => (name !== off ? 0 : numbers.isAhead ? offMs : -offMs);
    const started = await Promise.all(nodeNames.map((name) => world.start(name, aheadMs(name))));
    const nodes = new Map(started.map((node) => [node.name, node]));
    if (!prepare) await wakeAll();
    await until(world, 'write', numbers.writes);
    const working = await world.holders();
    const victim = nodes.get(working[numbers.victim % working.length] ?? '');
    if (!victim) throw new Error('bug: nobody works');
    const isBack = await strike({ world, victim, numbers }, prepared);
    const backAt = isBack ? Date.now() : 0;
    if (prepare) await world.wake(numbers.again);
    await world.quiet(quietMs);
    if (world.died.length > 0) throw new Error(world.died.join('\n'));
    return check(await world.history(), { gapMsMax: leaseMs + slackMs, backAt });
  } finally {
    await world.close();
  }
}
