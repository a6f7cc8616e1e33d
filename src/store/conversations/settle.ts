/** Takes the buttons from a message of ours once the matter is settled: it says how instead. */
import type { Db, RowOf } from '../database/schema.ts';
import { addToOutbox } from './outbox-rows.ts';

/** `by` is who settled it, for the record; the words are read by people, as Markdown. */
export async function settle(trx: Db, post: RowOf<'outbox'>, words: string, by: string, now: number): Promise<void> {
  const open = trx.updateTable('buttons').set({ used_at: now, used_by: by }).where('outbox_id', '=', post.id);
  await open.where('used_at', 'is', null).execute();
  const { text = '' } = JSON.parse(post.body) as { text?: string };
  const whose = { agentId: post.agent_id, sessionId: post.session_id };
  const place = { app: post.app, channel: post.channel, ...(post.root === null ? {} : { root: post.root }) };
  const what = { kind: 'edit', of: post.id, text: `${text}\n\n${words}` } as const;
  await addToOutbox(trx, { key: `settled:${post.id}`, ...whose, place, by: 'platform', what }, now);
}
