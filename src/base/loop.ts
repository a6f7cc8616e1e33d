/** Repeats a step until it is stopped; it sleeps in between and can be woken early. */
import type { Clock } from './clock.ts';

export interface Loop {
  /** Runs the next step now instead of after the pause. */
  poke(): void;
  /** When a step last succeeded, in milliseconds since 1970; when the loop began before the first. */
  readonly succeededAt: () => number;
  /** Ends after the current step. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  clock: Clock;
  pauseMs: number;
  /** Whether the first step comes after a pause too, instead of at once. */
  waitsFirst?: boolean;
  step: () => Promise<void>;
  /** Called if a step throws; the loop continues. */
  onError: (error: unknown) => void;
}

export function startLoop({ clock, pauseMs, waitsFirst = false, step, onError }: LoopOptions): Loop {
  let stopped = false;
  let poked = false;
  let succeededAt = clock.now();
  let sleeper = new AbortController();

  async function take(): Promise<void> {
    await step();
    succeededAt = clock.now();
  }

  async function pause(): Promise<void> {
    sleeper = new AbortController();
    await clock.sleep(pauseMs, sleeper.signal);
  }

  async function run(): Promise<void> {
    if (waitsFirst) await pause();
    while (!stopped) {
      poked = false;
      await take().catch(onError);
      if (stopped) return;
      if (poked) continue;
      await pause();
    }
  }

  const ended = run();
  return {
    succeededAt: () => succeededAt,
    poke() {
      poked = true;
      sleeper.abort();
    },
    async stop() {
      stopped = true;
      sleeper.abort();
      await ended;
    },
  };
}
