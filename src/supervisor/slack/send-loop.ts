/**
 * Sends the outbox: one message a second in each channel, in the order of each thread, and no channel waits for another. All nodes
 * keep the pace of a channel and the pauses of an app together.
 */

import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { headsOf, isMessage, type Waiting } from '../../conversations/lanes.ts';
import type { Performed } from '../../effects/say-performer.ts';
import { limits } from '../../limits.ts';
import type { Pauses } from '../../store/agents/pauses.ts';
import type { Outbox } from '../../store/conversations/outbox.ts';

export interface SendLoopOptions {
  outbox: Pick<Outbox, 'waiting'>;
  pauses: Pick<Pauses, 'take' | 'extend' | 'left'>;
  perform: (id: string) => Promise<Performed | undefined>;
  /** Told how each try ended. */
  onPerformed: (performed: Performed) => Promise<void>;
  clock: Pick<Clock, 'now'>;
  log: Pick<Log, 'error'>;
}

export function createSendLoop({ outbox, pauses, perform, onPerformed, clock, log }: SendLoopOptions) {
  /** What is on its way, by channel. */
  const busy = new Map<string, Promise<void>>();
  const ofApp = ({ app }: Waiting) => `slack/${app}`;

  async function send(head: Waiting): Promise<void> {
    const pace = `${ofApp(head)}/${head.channel}`;
    if (isMessage(head) && !(await pauses.take(pace, limits.slackPostPauseMs))) return;
    const performed = await perform(head.id);
    if (performed?.appUntil !== undefined) await pauses.extend(ofApp(head), performed.appUntil - clock.now());
    if (performed) await onPerformed(performed);
  }

  return {
    /** Begins what may be sent now, and does not wait for it. */
    async step(): Promise<void> {
      const heads = headsOf(await outbox.waiting(), clock.now());
      const paused = await pauses.left([...new Set(heads.map(ofApp))]);
      for (const head of heads) {
        const channel = `${head.app}/${head.channel}`;
        if (busy.has(channel) || paused.has(ofApp(head))) continue;
        const sending = send(head)
          .catch((error: unknown) => log.error({ outbox: head.id }, messageOf(error)))
          .finally(() => busy.delete(channel));
        busy.set(channel, sending);
      }
    },
    /** Resolves when nothing is on its way any more. */
    async rest(): Promise<void> {
      await Promise.all(busy.values());
    },
  };
}
