/** Workers that end while they start: their agent gets a new one only after a pause, even if a person asks. */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { pauses, tryAgainAt } from '../../waits.ts';

export interface StartCrashes {
  /** Why no worker can be started now, with `until`. */
  refusal(agentId: string): Refusal | undefined;
  /** Returns the result of `start`, or CRASHED with `until` if it throws. */
  guard<T>(agentId: string, start: () => Promise<T>): Promise<T | Refusal>;
  /** The cause may be fixed: starts the next worker without a pause. */
  forget(agentId: string): void;
}

export function createStartCrashes(clock: Pick<Clock, 'now'>, log: Log): StartCrashes {
  const crashed = new Map<string, { times: number; refusal: Refusal & { until: number } }>();

  function crash(agentId: string, error: unknown): Refusal {
    const times = (crashed.get(agentId)?.times ?? 0) + 1;
    const often = times === 1 ? '' : `, ${times} times in a row`;
    const why = `the worker of ${agentId} ended while it started${often}: ${messageOf(error)}`;
    const refusal = { ...refuse('CRASHED', why), until: tryAgainAt(clock.now(), pauses.broken, times - 1) };
    crashed.set(agentId, { times, refusal });
    log.warn({ agentId }, why);
    return refusal;
  }

  return {
    refusal(agentId) {
      const refusal = crashed.get(agentId)?.refusal;
      return refusal && clock.now() < refusal.until ? refusal : undefined;
    },
    async guard(agentId, start) {
      try {
        const started = await start();
        crashed.delete(agentId);
        return started;
      } catch (error) {
        return crash(agentId, error);
      }
    },
    forget: (agentId) => void crashed.delete(agentId),
  };
}
