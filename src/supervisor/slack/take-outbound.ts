/** Moves the broker's messages to Slack into the outbox, each once. */
import { wishOfMessage } from '../../conversations/message-out.ts';
import { isRefusal } from '../../refusal.ts';
import type { Node } from '../node.ts';

const atOnceMax = 100;

export async function takeOutbound({ store, log }: Pick<Node, 'store' | 'log'>): Promise<void> {
  for (const message of await store.messages.outbound(atOnceMax)) {
    const wish = wishOfMessage(message);
    if (isRefusal(wish)) {
      log.warn({ to: message.to, command: message.command }, wish.why);
      await store.messages.delivered(message.id, []);
    } else await store.outbox.take(message.id, wish);
  }
}
