/** The order in which messages leave: within a lane one after the other, and no lane waits for another. */

import type { Outgoing } from './outgoing.ts';

export interface Waiting {
  /** In the order in which they were stored. */
  readonly seq: number;
  readonly id: string;
  readonly app: string;
  readonly channel: string;
  readonly root?: string;
  readonly agentId: string;
  readonly by: 'agent' | 'platform';
  readonly kind: Outgoing['kind'];
  /** Not before this time, milliseconds since 1970. */
  readonly nextAt?: number;
  /** It is on its way, or the message that begins its thread is. */
  readonly isHeld: boolean;
}

/** What stands in the channel as a message; Slack takes one a second. Everything else is let through as it comes. */
export const isMessage = ({ kind }: Waiting) => ['post', 'upload', 'ephemeral'].includes(kind);

/** What one speaker says in one thread; an agent that may not speak now holds up nobody else there. */
const laneOf = ({ app, channel, root = '', agentId, by }: Waiting) => [app, channel, root, agentId, by].join(' ');

/** The first of each lane that may leave now, oldest first. */
export function headsOf(waiting: readonly Waiting[], now: number): Waiting[] {
  const lanes = new Map<string, Waiting>();
  for (const one of waiting) if (!lanes.has(laneOf(one))) lanes.set(laneOf(one), one);
  return [...lanes.values()].filter(({ isHeld, nextAt = 0 }) => !isHeld && nextAt <= now);
}
