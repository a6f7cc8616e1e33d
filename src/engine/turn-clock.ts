/** Ends a turn that takes too long, is silent for too long or is cancelled, and remembers the cause; time counts from when it begins. */
import type { Clock } from '../base/clock.ts';

export type StopCause = 'aborted' | 'timed-out' | 'stalled';

export interface TurnClock {
  signal: AbortSignal;
  cause(): StopCause | undefined;
  /** From now on time and silence count. */
  begin(): void;
  /** Notes activity: the silence starts again from zero. */
  touch(): void;
  /** Pauses the stall timer until the returned function is called. */
  hold(): () => void;
  stop(): void;
}

export interface TurnClockOptions {
  clock: Clock;
  turnTimeMs: number;
  stallMs: number;
  signal: AbortSignal;
}

export function startTurnClock({ clock, turnTimeMs, stallMs, signal }: TurnClockOptions): TurnClock {
  const ended = new AbortController();
  const over = new AbortController();
  let cause: StopCause | undefined;
  let lastAt = clock.now();
  let held = 0;

  const end = (why: StopCause) => {
    if (ended.signal.aborted || over.signal.aborted) return;
    cause = why;
    ended.abort();
    over.abort();
  };
  const abort = () => end('aborted');

  async function watchTime() {
    await clock.sleep(turnTimeMs, over.signal);
    end('timed-out');
  }

  async function watchSilence() {
    while (!over.signal.aborted) {
      const quietMs = held > 0 ? 0 : clock.now() - lastAt;
      if (quietMs >= stallMs) return end('stalled');
      await clock.sleep(stallMs - quietMs, over.signal);
    }
  }

  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });

  return {
    signal: ended.signal,
    cause: () => cause,
    begin() {
      lastAt = clock.now();
      void watchTime();
      void watchSilence();
    },
    touch() {
      lastAt = clock.now();
    },
    hold() {
      held += 1;
      return () => {
        held -= 1;
        lastAt = clock.now();
      };
    },
    stop() {
      over.abort();
      signal.removeEventListener('abort', abort);
    },
  };
}
