/** Time as a parameter: all code that waits or stores times takes a Clock, so that tests can control time. */

export interface Clock {
  /** Milliseconds since 1970 (UTC). */
  now(): number;
  /** Resolves after `ms`, at once if that is less than 0 or `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, ms));
      signal?.addEventListener('abort', done, { once: true });
    }),
};

/**
 * The time since now, in milliseconds: by the clock, or by the machine's uptime if that says more. The clock may be set back, and the
 * uptime of a virtual machine stands still while the machine is saved.
 */
export function startStopwatch(clock: Pick<Clock, 'now'>): () => number {
  const [at, steady] = [clock.now(), performance.now()];
  return () => Math.max(clock.now() - at, performance.now() - steady);
}
