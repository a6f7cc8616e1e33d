/**
 * Sends the outbox: one message a second in each channel, in the order of each thread, and no channel waits for another.
 */

import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { headsOf, isMessage, type Waiting } from '../../conversations/lanes.ts';
import type { Performed } from '../../effects/say-performer.ts';
import { limits } from '../../limits.ts';
import type { Outbox } from '../../store/conversations/outbox.ts';

export interface SendLoopOptions {
  outbox: Pick<Outbox, 'waiting'>;
  perform: (id: string) => Promise<Performed | undefined>;
  /** Told how each try ended. */
  onPerformed: (performed: Performed) => Promise<void>;
  clock: Pick<Clock, 'now'>;
  log: Pick<Log, 'error'>;
}

export function createSendLoop({ outbox, perform, onPerformed, clock, log }: SendLoopOptions) {
  /** What is on its way, by channel. */
  const busy = new Map<string, Promise<void>>();
  /** When the next message may be sent, by channel and by app. */
  const free = new Map<string, number>();
  const isFree = (name: string) => (free.get(name) ?? 0) <= clock.now();

  async function send(head: Waiting, channel: string): Promise<void> {
    if (isMessage(head)) free.set(channel, clock.now() + limits.slackPostPauseMs);
    const performed = await perform(head.id);
    if (performed?.appUntil !== undefined) free.set(head.app, performed.appUntil);
    if (performed) await onPerformed(performed);
  }

  return {
    /** Begins what may be sent now, and does not wait for it. */
    async step(): Promise<void> {
      for (const head of headsOf(await outbox.waiting(), clock.now())) {
        const channel = `${head.app}/${head.channel}`;
        const isTooSoon = isMessage(head) && !isFree(channel);
        if (busy.has(channel) || isTooSoon || !isFree(head.app)) continue;
        const sending = send(head, channel)
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
