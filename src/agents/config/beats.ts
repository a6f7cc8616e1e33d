/**
 * When an agent's heartbeat beats: at the times of its pattern, each beat a little later, so that agents with the same pattern do not
 * all beat at once.
 *
 * The delay depends only on the agent's id and its pattern, so every node and every screen counts the same times.
 */
import { Cron } from 'croner';
import { fractionOf } from '../../base/digest.ts';
import { limits } from '../../limits.ts';

export interface Heartbeat {
  readonly agentId: string;
  /** A cron pattern of five fields, or six with seconds. */
  readonly pattern: string;
  /** The machine's, if undefined. */
  readonly timezone?: string | undefined;
}

/** Times are milliseconds since 1970. */
export interface Beat {
  /** The time of the pattern. */
  readonly plannedAt: number;
  readonly at: number;
}

export interface Beats {
  /** The first beat after a time; undefined if the pattern has no more. */
  after(time: number): Beat | undefined;
}

/** How much of the way to the next time of the pattern a delay may take. The rest is left for a look that has to wait for its turn. */
const delayShareMax = 0.8;

/** Patterns have whole seconds. */
const secondMs = 1_000;

export function createBeats({ agentId, pattern, timezone }: Heartbeat): Beats {
  const cron = new Cron(pattern, { paused: true, ...(timezone ? { timezone } : {}) });
  const share = fractionOf(agentId);

  /** Well before the next time of the pattern. */
  function beatAt(planned: Date): Beat {
    const plannedAt = planned.getTime();
    const next = cron.nextRun(planned)?.getTime() ?? Number.POSITIVE_INFINITY;
    const delayMs = share * Math.min((next - plannedAt) * delayShareMax, limits.beatDelayMsMax);
    return { plannedAt, at: Math.floor(plannedAt + delayMs) };
  }

  return {
    after(time) {
      const second = Math.floor(time / secondMs) * secondMs;
      const [before] = cron.previousRuns(1, new Date(second + secondMs));
      const late = before && beatAt(before);
      if (late && late.at > time) return late;
      const next = cron.nextRun(new Date(second));
      return next ? beatAt(next) : undefined;
    },
  };
}
