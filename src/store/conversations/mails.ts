/**
 * Mail that agents sent, in the outbox's table: a server cannot be asked what it has taken, so a row is stored before the mail leaves,
 * as one that may have been sent, and a repeated turn never sends it again.
 */
import { randomUUID } from 'node:crypto';
import { known } from '../../base/known.ts';
import { codes, type Refusal, refuse } from '../../refusal.ts';
import { appendAudit } from '../audit.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { mustHold, type TurnKey } from '../fence.ts';
import { jsonText } from '../rows.ts';
import { outboxByKey, outboxRow } from './outbox-rows.ts';

export interface MailWish {
  /** The same mail of a repeated turn has the same key. */
  readonly key: string;
  readonly to: string;
  readonly subject: string;
  /** Of subject and text. */
  readonly hash: string;
}

export interface Mails {
  /** The id of a new row; or that the mail with this key was sent before, or may have been. */
  begin(turn: TurnKey, wish: MailWish): Promise<{ id: string } | { before: 'sent' | 'unsure' }>;
  /** `refusal` is why it was not sent; `unsure` leaves the row as it is. */
  end(turn: TurnKey, id: string, outcome: 'sent' | 'unsure' | Refusal, permitId: string | undefined): Promise<void>;
}

const app = 'mail';
const unsure = refuse(
  'OUTSIDE_UNREACHABLE',
  'the mail server did not say that it has the mail',
  codes.OUTSIDE_UNREACHABLE,
);

function auditOf(
  { agent_id: agentId, session_id: sessionId, channel, body }: RowOf<'outbox'>,
  outcome: string,
  permit?: string,
) {
  const { hash } = JSON.parse(body) as { hash: string };
  const concerns = { agentId, sessionId, actor: `agent/${agentId}`, action: 'mail', target: `mail/${channel}` };
  return known({ ...concerns, argsDigest: hash, outcome, permit });
}

async function begin(trx: Db, turn: TurnKey, { key, to, subject, hash }: MailWish, now: number) {
  await mustHold(trx, turn, now);
  const id = randomUUID();
  const row = await trx
    .insertInto('outbox')
    .values({
      ...{ id, key, app, channel: to, root: null, kind: 'mail', origin: 'agent', at: now },
      ...{ agent_id: turn.agentId, session_id: turn.sessionId, body: JSON.stringify({ subject, hash }) },
      // The sender of the outbox leaves alone what is over.
      ...{ state: 'failed', refusal: jsonText(unsure) },
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!row) {
    const before = await outboxByKey(trx, key);
    return { before: before?.state === 'sent' ? ('sent' as const) : ('unsure' as const) };
  }
  await appendAudit(trx, auditOf(row, 'intended'), now);
  return { id };
}

async function end(
  trx: Db,
  turn: TurnKey,
  id: string,
  outcome: Parameters<Mails['end']>[2],
  permitId: string | undefined,
  now: number,
) {
  const { agentId: agent_id, sessionId: session_id } = turn;
  const isSent = outcome === 'sent';
  const refusal = isSent ? null : jsonText(outcome === 'unsure' ? unsure : outcome);
  const columns = { state: isSent ? ('sent' as const) : ('failed' as const), refusal, permit_id: permitId ?? null };
  await trx
    .updateTable('outbox')
    .set({ ...columns, sent_at: isSent ? now : null })
    .where((eb) => eb.and({ id, app, agent_id, session_id }))
    .execute();
  const row = await outboxRow(trx, id);
  const words = isSent ? 'done' : outcome === 'unsure' ? 'unknown' : `refused ${outcome.refused}`;
  if (row) await appendAudit(trx, auditOf(row, words, permitId), now);
}

export function createMails(db: Db, now: () => number): Mails {
  return {
    begin: (turn, wish) => db.transaction().execute((trx) => begin(trx, turn, wish, now())),
    end: (turn, id, outcome, permitId) =>
      db.transaction().execute((trx) => end(trx, turn, id, outcome, permitId, now())),
  };
}
