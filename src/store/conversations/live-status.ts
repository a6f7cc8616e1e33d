/**
 * The one message that tells in a thread what a turn does now: changed in place, and gone once the turn has spoken or ended.
 */
import type { Outgoing, Place } from '../../conversations/outgoing.ts';
import { limits } from '../../limits.ts';
import type { Db } from '../database/schema.ts';
import type { TurnKey } from '../fence.ts';
import { addToOutbox, outboxByKey } from './outbox-rows.ts';

/** How the keys of these messages begin. */
const live = 'live:';
const keyOf = ({ agentId, sessionId, epoch }: TurnKey) => `${live}${agentId}:${sessionId}:${epoch}`;
const editOf = (id: string) => `live-edit:${id}`;
const deleteOf = (id: string) => `live-delete:${id}`;

const bodyOf = ({ kind: _, ...rest }: Outgoing) => JSON.stringify(rest);

/** What is not on its way yet is changed where it stands, so that only the newest words are sent. */
async function change(trx: Db, id: string, what: Outgoing, now: number, nextAt: number | null): Promise<void> {
  const row = trx.updateTable('outbox').where('id', '=', id).where('state', 'in', ['queued', 'sent', 'failed']);
  await row
    .set({ body: bodyOf(what), state: 'queued', next_at: nextAt, refusal: null, attempts: 0, at: now })
    .execute();
}

/** Shows a text as what the turn does now; the id of the message. */
export async function showStatus(trx: Db, turn: TurnKey, place: Place, text: string, now: number): Promise<string> {
  const { agentId, sessionId } = turn;
  const whose = { agentId, sessionId, place, by: 'agent' } as const;
  const post = await outboxByKey(trx, keyOf(turn));
  if (!post) return addToOutbox(trx, { ...whose, key: keyOf(turn), what: { kind: 'post', text } }, now);
  if (post.state === 'queued') {
    await change(trx, post.id, { kind: 'post', text }, now, post.next_at);
    return post.id;
  }
  const what = { kind: 'edit', of: post.id, text } as const;
  const edit = await outboxByKey(trx, editOf(post.id));
  const changedAt = edit?.sent_at ?? post.sent_at ?? now;
  const nextAt = changedAt + limits.liveStatusPauseMs;
  if (edit) await change(trx, edit.id, what, now, nextAt);
  else {
    const id = await addToOutbox(trx, { ...whose, key: editOf(post.id), what }, now);
    await trx.updateTable('outbox').set({ next_at: nextAt }).where('id', '=', id).execute();
  }
  return post.id;
}

async function hide(trx: Db, key: string, now: number): Promise<void> {
  const post = await outboxByKey(trx, key);
  if (!post || post.state === 'failed') return;
  const unsent = trx.deleteFrom('outbox').where('state', '=', 'queued');
  await unsent.where('key', '=', editOf(post.id)).execute();
  if (post.state === 'queued' && post.attempts === 0) {
    await unsent.where('id', '=', post.id).execute();
    return;
  }
  const place = { app: post.app, channel: post.channel, ...(post.root === null ? {} : { root: post.root }) };
  const whose = { agentId: post.agent_id, sessionId: post.session_id, place, by: 'platform' } as const;
  await addToOutbox(trx, { ...whose, key: deleteOf(post.id), what: { kind: 'delete', of: post.id } }, now);
}

/** Takes away what the turn showed. */
export const hideStatus = (trx: Db, turn: TurnKey, now: number): Promise<void> => hide(trx, keyOf(turn), now);

/** The same for every turn of an earlier start. */
export async function hideAllStatuses(trx: Db, now: number): Promise<void> {
  const rows = await trx.selectFrom('outbox').select('key').where('key', 'like', `${live}%`).execute();
  for (const { key } of rows) await hide(trx, key, now);
}
