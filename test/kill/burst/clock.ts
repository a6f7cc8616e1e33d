/** A clock that a test moves, in steps, and that other processes follow: it goes as fast as the machine can keep up with. */
import type { Clock } from '../../../src/base/clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

export interface ScriptedClock extends Clock {
  /** Moves the clock on to this time, milliseconds since 1970. */
  setNow(now: number): void;
}

export function scriptedClock(start: number): ScriptedClock {
  const sleepers = new Set<Sleeper>();
  let time = start;
  return {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { until: time + ms, wake };
        function wake(): void {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        }
        if (signal?.aborted || ms <= 0) return resolve();
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      }),
    setNow(now) {
      time = Math.max(time, now);
      for (const { until, wake } of [...sleepers].toSorted((a, b) => a.until - b.until)) if (until <= time) wake();
    },
  };
}
