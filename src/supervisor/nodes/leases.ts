/**
 * The leases of a node's running turns: renewed in time, and given up before the database gives them to another node.
 *
 * The deadline of a lease is counted from when the last accepted renewal (or the claim) was sent, so an answer that never came
 * counts as a no. At the deadline less a margin the turn's engine is stopped; after half of the margin its worker is ended.
 */
import { type Clock, startStopwatch } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { startLoop } from '../../base/loop.ts';
import { limits } from '../../limits.ts';
import type { Claims } from '../../store/claims/port.ts';
import { type TurnKey, turnKeyOf } from '../../store/fence.ts';
import type { Node } from '../node.ts';
import type { RunningTurn } from '../running-turn.ts';

/** What of a running turn its lease is about. */
export type LeasedTurn = Pick<
  RunningTurn,
  keyof TurnKey | 'turnId' | 'sinceRenewed' | 'isLost' | 'interrupt' | 'hold' | 'kill'
>;

export interface LeasesOptions {
  readonly sessions: Pick<Claims, 'renew'>;
  /** Running turns, by id. */
  readonly running: ReadonlyMap<string, LeasedTurn>;
  readonly clock: Clock;
  readonly log: Log;
}

const leaseMs = limits.leaseSeconds * 1_000;
const marginMs = limits.leaseMarginSeconds * 1_000;

/** How long the turn may still work, in milliseconds, by the time since its last accepted renewal was sent. */
export const msHeld = (sinceRenewed: () => number): number => Math.max(0, leaseMs - marginMs - sinceRenewed());

export interface Leases {
  /** Renews the leases of all running turns; what is surely lost ends at once. */
  renew(): Promise<void>;
  /** Ends turns that were not renewed in time. Asked every second. */
  endLate(): void;
}

export function createLeases({ sessions, running, clock, log }: LeasesOptions): Leases {
  function lose(turn: LeasedTurn, why: string): void {
    const { agentId, sessionId } = turn;
    if (!turn.isLost) log.warn({ agentId, sessionId }, `the turn lost its lease: ${why}; its work is discarded`);
    turn.isLost ??= startStopwatch(clock);
    turn.interrupt?.().catch((error: unknown) => log.debug(messageOf(error)));
    delete turn.interrupt;
    if (turn.isLost() >= marginMs / 2) turn.kill?.();
  }

  return {
    async renew() {
      const turns = [...running.values()];
      const sinceSent = startStopwatch(clock);
      const { renewed, lost } = await sessions.renew(turns.map(turnKeyOf), leaseMs);
      const [kept, gone] = [renewed, lost].map((keys) => new Set(keys.map(({ claimId }) => claimId)));
      for (const turn of turns) {
        if (!running.has(turn.turnId)) continue;
        if (gone?.has(turn.claimId)) lose(turn, 'another node has its session');
        if (!kept?.has(turn.claimId)) continue;
        turn.sinceRenewed = sinceSent;
        turn.hold?.(msHeld(sinceSent)).catch((error: unknown) => log.debug(messageOf(error)));
      }
    },
    endLate() {
      for (const turn of running.values()) {
        if (turn.isLost || msHeld(turn.sinceRenewed) === 0)
          lose(turn, `it could not be renewed for ${(limits.leaseSeconds - limits.leaseMarginSeconds).toString()} s`);
      }
    },
  };
}

/** Renews leases, and ends turns that are late, until it is stopped: as long as a turn runs. */
export function startLeaseWatch({ clock, onFault }: Pick<Node, 'clock' | 'onFault'>, leases: Leases) {
  const loop = (pauseMs: number, step: () => Promise<void>) => startLoop({ clock, pauseMs, step, onError: onFault });
  const renewal = loop(limits.leaseRenewSeconds * 1_000, () => leases.renew());
  // It asks no database, so that it sees in time that the database does not answer.
  const deadlines = loop(limits.leaseWatchMs, async () => leases.endLate());
  return { stop: () => Promise.all([renewal.stop(), deadlines.stop()]) };
}
