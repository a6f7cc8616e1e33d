/** Limits the rate of requests to one system, and pauses for as long as the system asks. */
import type { Clock } from '../../base/clock.ts';

export interface Pace {
  /**
   * Waits until this request may be sent, and resolves with 0. If the wait is too long, resolves at once with it, in milliseconds.
   */
  place(): Promise<number>;
  /** Sends no request for the next `ms`. */
  pause(ms: number): void;
}

interface PaceOptions {
  clock: Clock;
  perMinute: number;
  /** The longest wait, in milliseconds. */
  waitMsMax: number;
}

/** A token bucket that holds a quarter of a minute's requests. */
export function createPace({ clock, perMinute, waitMsMax }: PaceOptions): Pace {
  const intervalMs = 60_000 / perMinute;
  const burstMs = intervalMs * Math.max(0, Math.ceil(perMinute / 4) - 1);
  let fullAt = 0;
  let quietUntil = 0;
  return {
    async place() {
      const earliest = Math.max(fullAt - burstMs, quietUntil, clock.now());
      if (earliest - clock.now() > waitMsMax) return earliest - clock.now();
      fullAt = Math.max(fullAt, earliest) + intervalMs;
      for (let waitMs = earliest - clock.now(); waitMs > 0; waitMs = Math.max(earliest, quietUntil) - clock.now()) {
        if (waitMs > waitMsMax) return waitMs;
        await clock.sleep(waitMs);
      }
      return 0;
    },
    pause(ms) {
      quietUntil = Math.max(quietUntil, clock.now() + ms);
    },
  };
}
