/** How a turn speaks and listens in the Slack thread of its session; the place is the session's own, and never an argument. */
import { messageOf } from '../../base/errors.ts';
import { known } from '../../base/known.ts';
import { redactValue } from '../../base/redact.ts';
import type { SayIntent } from '../../conversations/say.ts';
import type { ThreadPage } from '../../conversations/thread.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import type { Turn } from '../turn.ts';

export interface Speech {
  /** Undefined once it is stored, without secrets; it then goes out, after a crash too. */
  say(intent: SayIntent): Promise<Refusal | undefined>;
  /** What the turn does now, shown until it speaks or ends; one that is not shown is not missed. */
  status(text: string): void;
  /** Oldest first; with `oldest` only messages after that time of Slack's, and the thread's first one. */
  read(page: { cursor?: string; oldest?: string; limit: number }): Promise<ThreadPage | Refusal>;
}

export function speechOf({ supervisor, redact, log }: Pick<Turn, 'supervisor' | 'redact' | 'log'>): Speech {
  return {
    async say(intent) {
      const { content, ...words } = { content: undefined, ...intent };
      // What a file holds was redacted before it was encoded.
      const harmless = redactValue(redact, words);
      const said = await supervisor.call('say', { intent: { ...harmless, ...known({ content }) } as SayIntent });
      return isRefusal(said) ? said : undefined;
    },
    status(text) {
      supervisor.call('status', { text }).catch((error: unknown) => log.debug(messageOf(error)));
    },
    read: (page) => supervisor.call('readThread', page),
  };
}
