/** The heartbeat trigger: sends a message at each beat of an agent's heartbeat, and does nothing else. */
import { createBeats, type Heartbeat } from '../agents/config/beats.ts';
import type { Clock } from '../base/clock.ts';

export interface HeartbeatsOptions {
  clock: Clock;
  /** Publishes the `heartbeat` command to the agent. `plannedAt` names the beat: it is the same on every node. */
  beat: (agentId: string, plannedAt: number) => void;
}

/** Timers that wait for longer can go off at once, and the clock may be set in the meantime. */
const sleepMsMax = 3_600_000;

/** Beats until `signal` is aborted. Of several beats that were missed, because the machine slept, one comes late. */
async function beatOn(heartbeat: Heartbeat, { clock, beat }: HeartbeatsOptions, signal: AbortSignal): Promise<void> {
  const beats = createBeats(heartbeat);
  for (let next = beats.after(clock.now()); next; next = beats.after(clock.now())) {
    await clock.sleep(Math.min(next.at - clock.now(), sleepMsMax), signal);
    if (signal.aborted) return;
    if (next.at <= clock.now()) beat(heartbeat.agentId, next.plannedAt);
  }
}

export function createHeartbeats(options: HeartbeatsOptions) {
  const beating = new Map<string, { stop: AbortController; key: string }>();
  const keyOf = ({ pattern, timezone }: Heartbeat) => `${pattern} ${timezone ?? ''}`;

  return {
    /** Replaces the schedule. A heartbeat whose pattern did not change keeps its next time. */
    set(heartbeats: readonly Heartbeat[]): void {
      const wanted = new Map(heartbeats.map((heartbeat) => [heartbeat.agentId, heartbeat]));
      for (const [agentId, { stop, key }] of beating) {
        const heartbeat = wanted.get(agentId);
        if (heartbeat && keyOf(heartbeat) === key) continue;
        stop.abort();
        beating.delete(agentId);
      }
      for (const [agentId, heartbeat] of wanted) {
        if (beating.has(agentId)) continue;
        const stop = new AbortController();
        beating.set(agentId, { stop, key: keyOf(heartbeat) });
        void beatOn(heartbeat, options, stop.signal);
      }
    },
    stop(): void {
      for (const { stop } of beating.values()) stop.abort();
      beating.clear();
    },
  };
}
