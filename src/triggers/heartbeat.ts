/** The heartbeat trigger: sends messages by each agent's cron pattern, and does nothing else. */
import { Cron } from 'croner';
import { known } from '../base/known.ts';

interface Heartbeat {
  agentId: string;
  /** Five fields, or six with seconds. */
  pattern: string;
  timezone?: string | undefined;
}

export interface HeartbeatsOptions {
  /** Publishes the `heartbeat` command to the agent. */
  beat: (agentId: string) => void;
}

export function createHeartbeats({ beat }: HeartbeatsOptions) {
  const crons = new Map<string, { cron: Cron; key: string }>();
  const keyOf = (heartbeat: Heartbeat) => `${heartbeat.pattern} ${heartbeat.timezone ?? ''}`;

  return {
    /** Replaces the schedule. A heartbeat whose pattern did not change keeps its next time. */
    set(heartbeats: readonly Heartbeat[]): void {
      const wanted = new Map(heartbeats.map((heartbeat) => [heartbeat.agentId, heartbeat]));
      for (const [agentId, { cron, key }] of crons) {
        const heartbeat = wanted.get(agentId);
        if (heartbeat && keyOf(heartbeat) === key) continue;
        cron.stop();
        crons.delete(agentId);
      }
      for (const [agentId, heartbeat] of wanted) {
        if (crons.has(agentId)) continue;
        const options = known({ protect: true, timezone: heartbeat.timezone });
        crons.set(agentId, { cron: new Cron(heartbeat.pattern, options, () => beat(agentId)), key: keyOf(heartbeat) });
      }
    },
    stop(): void {
      for (const { cron } of crons.values()) cron.stop();
      crons.clear();
    },
  };
}
