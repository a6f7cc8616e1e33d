/** The buttons below our messages, as a press finds them. */
import type { Db } from '../database/schema.ts';
import { parsed } from '../rows.ts';

export interface PressedButton {
  readonly id: string;
  /** The message that shows it. */
  readonly outboxId: string;
  readonly app: string;
  readonly channel: string;
  readonly root: string | null;
  /** The time of that message in Slack. */
  readonly ts: string | null;
  /** The words of that message. */
  readonly text: string;
  readonly agentId: string;
  readonly sessionId: string;
  readonly action: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly isUsed: boolean;
  readonly expiresAt: number;
}

export interface PressedButtons {
  get(id: string): Promise<PressedButton | undefined>;
}

export function createPressedButtons(db: Db): PressedButtons {
  return {
    async get(id) {
      const row = await db
        .selectFrom('buttons')
        .innerJoin('outbox', 'outbox.id', 'buttons.outbox_id')
        .select(['buttons.id', 'outbox_id', 'app', 'channel', 'root', 'ts', 'outbox.body as shown'])
        .select(['buttons.agent_id', 'buttons.session_id', 'action', 'buttons.body', 'used_at', 'expires_at'])
        .where('buttons.id', '=', id)
        .executeTakeFirst();
      if (!row) return undefined;
      const { outbox_id: outboxId, app, channel, root, ts, action } = row;
      const { text = '' } = parsed<{ text?: string }>(row.shown) ?? {};
      const whose = { agentId: row.agent_id, sessionId: row.session_id };
      const body = parsed<PressedButton['body']>(row.body) ?? {};
      const use = { isUsed: row.used_at !== null, expiresAt: row.expires_at };
      return { id: row.id, outboxId, app, channel, root, ts, text, ...whose, action, body, ...use };
    },
  };
}
