/** Agents that wait for a worker while all that may run at once are in use: who has waited longest comes first. */
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../limits.ts';

export interface WorkerLine {
  /** Whether the agent is among the first `free` that wait; it is in line until it is, or asks no more. */
  isNext(agentId: string, free: number): boolean;
  /** Whether somebody waits for so long that agents with a worker begin nothing more before it had its turn. */
  isHeldUp(): boolean;
}

/** Who is due asks several times a second. */
const goneMs = 5_000;

export function createWorkerLine(clock: Pick<Clock, 'now'>): WorkerLine {
  /** In the order of their coming, which asking again does not change. */
  const waiting = new Map<string, { since: number; askedAt: number }>();

  function dropGone(now: number): void {
    for (const [agentId, { askedAt }] of waiting) if (askedAt < now - goneMs) waiting.delete(agentId);
  }

  return {
    isNext(agentId, free) {
      const now = clock.now();
      dropGone(now);
      waiting.set(agentId, { since: waiting.get(agentId)?.since ?? now, askedAt: now });
      const isNext = [...waiting.keys()].indexOf(agentId) < free;
      if (isNext) waiting.delete(agentId);
      return isNext;
    },
    isHeldUp() {
      const now = clock.now();
      dropGone(now);
      const [first] = waiting.values();
      return first !== undefined && first.since <= now - limits.workerWaitSeconds * 1_000;
    },
  };
}
