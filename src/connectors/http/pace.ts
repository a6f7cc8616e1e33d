/** Limits the rate of requests with one token, and pauses them all for as long as the system asks. */
import type { Clock } from '../../base/clock.ts';

export interface Pace {
  /**
   * Waits until this request may be sent, and resolves with 0. If the wait is longer than `waitMsMax`, resolves at once with the
   * wait, in milliseconds.
   */
  place(waitMsMax: number): Promise<number>;
  /** Sends no request for the next `ms`. */
  pause(ms: number): void;
}

/** The paces of one agent's tokens. */
export interface Paces {
  /** The pace of all requests with this token, whichever client sends them; the first asker's rate counts. */
  of(token: string, perMinute: number): Pace;
}

/** A token bucket that holds a quarter of a minute's requests. */
function createPace(clock: Clock, perMinute: number): Pace {
  const intervalMs = 60_000 / perMinute;
  const burstMs = intervalMs * Math.max(0, Math.ceil(perMinute / 4) - 1);
  let fullAt = 0;
  let quietUntil = 0;
  return {
    async place(waitMsMax) {
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

export function createPaces(clock: Clock): Paces {
  const paces = new Map<string, Pace>();
  return {
    of(token, perMinute) {
      const pace = paces.get(token) ?? createPace(clock, perMinute);
      paces.set(token, pace);
      return pace;
    },
  };
}
