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

/** One agent's heartbeat. */
interface Beating {
  readonly stop: AbortController;
  readonly key: string;
  /** Milliseconds since 1970. */
  nextAt?: number;
}

/** Beats until it is stopped. Of several beats that were missed, because the machine slept, one comes late. */
async function beatOn(heartbeat: Heartbeat, { clock, beat }: HeartbeatsOptions, beating: Beating): Promise<void> {
  const beats = createBeats(heartbeat);
  const { signal } = beating.stop;
  for (let next = beats.after(clock.now()); next; next = beats.after(clock.now())) {
    beating.nextAt = next.at;
    await clock.sleep(Math.min(next.at - clock.now(), sleepMsMax), signal);
    if (signal.aborted) return;
    if (next.at <= clock.now()) beat(heartbeat.agentId, next.plannedAt);
  }
}

export function createHeartbeats(options: HeartbeatsOptions) {
  const beating = new Map<string, Beating>();
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
        const begun: Beating = { stop: new AbortController(), key: keyOf(heartbeat) };
        beating.set(agentId, begun);
        void beatOn(heartbeat, options, begun);
      }
    },
    /** The agent's next beat, milliseconds since 1970; undefined where it has none. */
    nextAt: (agentId: string) => beating.get(agentId)?.nextAt,
    stop(): void {
      for (const { stop } of beating.values()) stop.abort();
      beating.clear();
    },
  };
}
