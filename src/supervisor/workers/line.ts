/** The queue of agents that wait for a worker while all are in use: the one that has waited longest comes first. */
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../limits.ts';

export interface WorkerLine {
  /** Whether the agent is one of the first `free` in the queue. It stays in the queue until then, or until it stops asking. */
  isNext(agentId: string, free: number): boolean;
  /** Whether an agent has waited so long that agents with a worker must not start more turns before it. */
  isHeldUp(): boolean;
}

/** A due agent asks several times a second. */
const goneMs = 5_000;

/** Whether a name is one of the first `count`; looks at no others, since hundreds of agents may wait and ask. */
function isAmong(names: Iterable<string>, count: number, wanted: string): boolean {
  let left = count;
  for (const name of names) {
    if (left <= 0) return false;
    if (name === wanted) return true;
    left -= 1;
  }
  return false;
}

export function createWorkerLine(clock: Pick<Clock, 'now'>): WorkerLine {
  /** In the order of arrival; asking again does not change it. */
  const waiting = new Map<string, { since: number; askedAt: number }>();

  function dropGone(now: number): void {
    for (const [agentId, { askedAt }] of waiting) if (askedAt < now - goneMs) waiting.delete(agentId);
  }

  return {
    isNext(agentId, free) {
      const now = clock.now();
      dropGone(now);
      waiting.set(agentId, { since: waiting.get(agentId)?.since ?? now, askedAt: now });
      const isNext = isAmong(waiting.keys(), free, agentId);
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
