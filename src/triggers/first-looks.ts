/** The looks at the boards right after a start, whatever the agents' schedules: each agent at a time of its own, so that not all look at once. */
import { fractionOf } from '../base/digest.ts';

export interface FirstLooksOptions {
  agentIds: readonly string[];
  /** Publishes the `heartbeat` command to the agent. */
  beat: (agentId: string) => void;
  /** How far apart the looks are on average, and how late the last one may come, in milliseconds. */
  pauseMs: number;
  lastMs: number;
}

/** Has each agent look once. An agent's place in that time depends only on its id. Returns a function that calls the rest off. */
export function startFirstLooks({ agentIds, beat, pauseMs, lastMs }: FirstLooksOptions): () => void {
  const withinMs = Math.min(lastMs, agentIds.length * pauseMs);
  const timers = agentIds.map((agentId) => setTimeout(() => beat(agentId), fractionOf(agentId) * withinMs));
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
