/** The looks at the boards right after a start, whatever the agents' schedules: each agent at a time of its own, so that not all look at once. */
import { shortHash } from '../base/digest.ts';

export interface FirstLooksOptions {
  agentIds: readonly string[];
  /** Publishes the `heartbeat` command to the agent. */
  beat: (agentId: string) => void;
  /** How far apart the looks are on average, and how late the last one may come, in milliseconds. */
  pauseMs: number;
  lastMs: number;
}

/** From 0 up to 1; the same for the same id. */
const placeOf = (agentId: string) => Number.parseInt(shortHash(agentId).slice(0, 8), 16) / 2 ** 32;

/** Has each agent look once. An agent's place in that time depends only on its id. Returns a function that calls the rest off. */
export function startFirstLooks({ agentIds, beat, pauseMs, lastMs }: FirstLooksOptions): () => void {
  const withinMs = Math.min(lastMs, agentIds.length * pauseMs);
  const timers = agentIds.map((agentId) => setTimeout(() => beat(agentId), placeOf(agentId) * withinMs));
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
