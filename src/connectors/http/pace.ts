/** Keeps the requests to one system under a rate, and quiet for as long as that system asked. */
import type { Clock } from '../../base/clock.ts';

export interface Pace {
  /** Waits until this request may go and answers 0; or at once, with the wait in milliseconds, where that is too long. */
  place(): Promise<number>;
  /** No request begins before `ms` from now. */
  pause(ms: number): void;
}

interface PaceOptions {
  clock: Clock;
  perMinute: number;
  /** A longer wait than this is not waited for. */
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
