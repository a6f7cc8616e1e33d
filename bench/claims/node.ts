/**
 * A node that does nothing but claims: it takes due sessions through the port, "works" on each for a while, and gives it back.
 *
 * due -> claim -> a fenced write at each step, while the lease is renewed -> release. Its deadlines are the product's own.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, startStopwatch, systemClock } from '../../src/base/clock.ts';
import { messageOf } from '../../src/base/errors.ts';
import { createLog } from '../../src/base/log.ts';
import { startLoop } from '../../src/base/loop.ts';
import { limits } from '../../src/limits.ts';
import type { DueSession } from '../../src/store/claims/port.ts';
import { turnKeyOf } from '../../src/store/fence.ts';
import type { LeasedTurn } from '../../src/supervisor/nodes/leases.ts';
import type { CarrierName } from './carriers.ts';
import { shorten } from './figures.ts';

/** Its only argument, as JSON. */
interface NodeOptions {
  readonly carrier: CarrierName;
  readonly url: string;
  readonly name: string;
  /** The figures of leases are divided by this. */
  readonly shorterBy: number;
  readonly pollMs: number;
  readonly atOnceMax: number;
  readonly steps: number;
  readonly stepMs: number;
  /** How much its clock is ahead of the true time, in milliseconds. */
  readonly aheadMs: number;
}

const options = JSON.parse(process.argv[2] ?? '') as NodeOptions;
shorten(options.shorterBy);
// They take the figures when they are loaded.
const { createLeases } = await import('../../src/supervisor/nodes/leases.ts');
const { openCarrier } = await import('./carriers.ts');

const { name, pollMs, atOnceMax, steps, stepMs, aheadMs } = options;
const clock: Clock = { ...systemClock, now: () => Date.now() + aheadMs };
const log = createLog(name, 'silent');
const leaseMs = limits.leaseSeconds * 1_000;
const owner = `${name} ${randomUUID()}`;
const queryMs = limits.databaseSecondsMax * 1_000;
const carrier = await openCarrier(options.carrier, { url: options.url, clock, leaseMs, queryMs });
const { claims } = carrier;
const running = new Map<string, LeasedTurn>();
const working = new Set<Promise<void>>();
const leases = createLeases({ sessions: claims, running, clock, log });
const say = (error: unknown) => void process.stderr.write(`${name}: ${messageOf(error)}\n`);

async function work(turn: LeasedTurn): Promise<void> {
  // Every other one is silent for longer.
  const [times, pauseMs] = Number(turn.sessionId.slice(2)) % 2 === 0 ? [steps, stepMs] : [steps / 3, stepMs * 3];
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  turn.interrupt = async () => stop();
  turn.kill = stop;
  const key = turnKeyOf(turn);
  try {
    for (let step = 0; step < times; step += 1) {
      if (stopped.signal.aborted) return;
      await carrier.write(key, turn.turnId);
      await clock.sleep(pauseMs, stopped.signal);
    }
    if (!stopped.signal.aborted) await claims.release({ ...key, end: 'rested' });
  } catch (error) {
    say(error);
    await claims.release({ ...key, end: 'broke' }).catch(say);
  } finally {
    running.delete(turn.turnId);
  }
}

async function start(due: DueSession): Promise<void> {
  const sinceRenewed = startStopwatch(clock);
  const held = await claims.claim({ ...due, owner, leaseMs });
  if (!held) return;
  const turnId = `${name} ${randomUUID()}`;
  const { agentId, sessionId } = due;
  const turn: LeasedTurn = { ...turnKeyOf(held), agentId, sessionId, turnId, sinceRenewed };
  running.set(turnId, turn);
  const ended = work(turn);
  working.add(ended);
  void ended.then(() => working.delete(ended));
}

const loop = (pauseMs: number, step: () => Promise<void>) => startLoop({ clock, pauseMs, step, onError: say });
const takes = loop(pollMs, async () => {
  if (running.size >= atOnceMax) return;
  for (const due of await claims.due({ max: 100 })) if (running.size < atOnceMax) await start(due);
});
const renewal = loop(limits.leaseRenewSeconds * 1_000, () => leases.renew());
const deadlines = loop(limits.leaseWatchMs, async () => leases.endLate());

process.once('SIGTERM', () => {
  void takes
    .stop()
    .then(() => Promise.all(working))
    .then(() => claims.giveBack(owner).catch(say))
    .then(() => Promise.all([renewal.stop(), deadlines.stop()]))
    .then(() => carrier.close())
    .catch(say)
    .finally(() => process.exit(0));
});
process.stdout.write('ready\n');
