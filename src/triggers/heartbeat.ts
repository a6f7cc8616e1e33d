/** The heartbeat trigger: sends a message at each beat of an agent's heartbeat, and does nothing else. */
import { type Beat, createBeats, type Heartbeat } from '../agents/config/beats.ts';
import type { Clock } from '../base/clock.ts';
import { pauses, tryAgainAt } from '../waits.ts';

export interface HeartbeatsOptions {
  clock: Clock;
  /**
   * Publishes the `heartbeat` command to the agent; rejects if it could not be stored. `plannedAt` names the beat: it is the same on
   * every node, and a beat that is published again counts once.
   */
  beat: (agentId: string, plannedAt: number) => Promise<void>;
  /** Told once of each beat that could not be stored at once. */
  onFault: (error: unknown) => void;
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
async function beatOn(heartbeat: Heartbeat, options: HeartbeatsOptions, beating: Beating): Promise<void> {
  const { clock, beat, onFault } = options;
  const beats = createBeats(heartbeat);
  const { signal } = beating.stop;

  /** Again and again until it is stored, or `until` has come. */
  async function publish({ plannedAt }: Beat, until: number): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await beat(heartbeat.agentId, plannedAt);
      } catch (error) {
        if (tries === 0) onFault(error);
      }
      await clock.sleep(Math.min(until - clock.now(), tryAgainAt(0, pauses.beat, tries)), signal);
      if (signal.aborted || until <= clock.now()) return;
    }
  }

  for (let due = beats.after(clock.now()); due; ) {
    beating.nextAt = due.at;
    await clock.sleep(Math.min(due.at - clock.now(), sleepMsMax), signal);
    if (signal.aborted) return;
    // Chosen before this one is published, which may take until the next is due.
    const next = beats.after(clock.now());
    if (due.at <= clock.now()) await publish(due, next?.at ?? Number.POSITIVE_INFINITY);
    due = next && next.at <= clock.now() ? next : beats.after(clock.now());
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
