/**
 * What a turn does now, as its thread shows it: Slack's own sign where the app may set it, else one message that is changed in
 * place. It is gone once the turn has spoken or ended.
 */
import { sql } from 'kysely';
import type { Outgoing } from '../../conversations/outgoing.ts';
import { limits } from '../../limits.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { ofSession, type SessionKey, type TurnKey } from '../fence.ts';
import { addToOutbox, lockedOutboxRow, outboxByKey } from './outbox-rows.ts';
import { hasSessionsIn } from './slack-apps.ts';
import { type BoundThread, threadOfSession } from './threads.ts';

type Row = RowOf<'outbox'>;

/** How the keys of all that stands here begin; what else belongs to a turn's sign has its key with an end. */
const live = 'live:';
const keyOf = ({ agentId, sessionId, epoch }: Omit<TurnKey, 'claimId'>) => `${live}${agentId}:${sessionId}:${epoch}`;
const wordsOf = (key: string) => `live-words:${key}`;
const endOf = (key: string) => `live-end:${key}`;

const bodyOf = ({ kind: _, ...rest }: Outgoing) => JSON.stringify(rest);
const isSign = ({ kind }: Row) => kind === 'session';

const wishFor = ({ agentId, sessionId, app, channel, root }: BoundThread, key: string, what: Outgoing) => {
  const place = { app, channel, root };
  return { key, agentId, sessionId, place, by: 'agent', what } as const;
};

/** What is not on its way is changed where it stands, so that only the newest words are sent. */
async function change(trx: Db, id: string, what: Outgoing, now: number, nextAt: number | null): Promise<void> {
  const row = trx.updateTable('outbox').where('id', '=', id).where('state', 'in', ['queued', 'sent', 'failed']);
  const again = { state: 'queued', next_at: nextAt, refusal: null, attempts: 0, at: now } as const;
  await row.set({ body: bodyOf(what), ...again }).execute();
}

/** The turn begins: Slack shows that the agent is at work, where it can, and no more what an earlier turn did that broke. */
export async function beginStatus(trx: Db, turn: TurnKey, now: number): Promise<void> {
  await hideOver(trx, now, turn);
  const thread = await threadOfSession(trx, turn);
  if (!thread || !(await hasSessionsIn(trx, thread.app))) return;
  const what = { kind: 'session', status: 'processing', text: '' } as const;
  await addToOutbox(trx, wishFor(thread, keyOf(turn), what), now);
}

/** Shows a text as what the turn does now; the id of what shows it. */
export async function showStatus(
  trx: Db,
  turn: TurnKey,
  thread: BoundThread,
  text: string,
  now: number,
): Promise<string> {
  const key = keyOf(turn);
  const first = await lockedOutboxRow(trx, { key });
  // What Slack has not taken is shown by a message.
  if (!first || (isSign(first) && first.state === 'failed')) {
    if (first) await trx.deleteFrom('outbox').where('id', '=', first.id).execute();
    return addToOutbox(trx, wishFor(thread, key, { kind: 'post', text }), now);
  }
  if (first.state === 'queued' && !isSign(first)) {
    await change(trx, first.id, { kind: 'post', text }, now, first.next_at);
    return first.id;
  }
  const what: Outgoing = isSign(first)
    ? { kind: 'session', status: 'processing', text }
    : { kind: 'edit', of: first.id, text };
  const words = await outboxByKey(trx, wordsOf(key));
  const nextAt = (words?.sent_at ?? first.sent_at ?? now) + limits.liveStatusPauseMs;
  if (words) await change(trx, words.id, what, now, nextAt);
  else {
    const id = await addToOutbox(trx, wishFor(thread, wordsOf(key), what), now);
    await trx.updateTable('outbox').set({ next_at: nextAt }).where('id', '=', id).execute();
  }
  return first.id;
}

async function hide(trx: Db, key: string, status: 'active' | 'suspended', now: number): Promise<void> {
  const first = await lockedOutboxRow(trx, { key });
  if (!first || first.state === 'failed') return;
  const unsent = trx.deleteFrom('outbox').where('state', '=', 'queued');
  await unsent.where('key', '=', wordsOf(key)).execute();
  if (first.state === 'queued' && first.attempts === 0) {
    await unsent.where('id', '=', first.id).execute();
    return;
  }
  const { app, channel, root } = first;
  const what: Outgoing = isSign(first) ? { kind: 'session', status, text: '' } : { kind: 'delete', of: first.id };
  const place = { app, channel, ...(root === null ? {} : { root }) };
  const whose = { agentId: first.agent_id, sessionId: first.session_id, place, by: 'platform' } as const;
  await addToOutbox(trx, { ...whose, key: endOf(key), what }, now);
}

/** Takes away what the turn showed; `suspended` where it waits for people. */
export const hideStatus = (trx: Db, turn: TurnKey, now: number, status: 'active' | 'suspended' = 'active') =>
  hide(trx, keyOf(turn), status, now);

/** The same for the turns that are over by now: of all sessions, or of one. */
export async function hideOver(trx: Db, now: number, session?: SessionKey): Promise<void> {
  const whose = session ? ofSession(session) : {};
  const held = await trx
    .selectFrom('sessions')
    .select(['agent_id as agentId', 'session_id as sessionId', 'epoch'])
    .where((eb) => eb.and(whose))
    .where('lease_until', 'is not', null)
    .execute();
  const kept = new Set(held.map(keyOf));
  // Most were taken away long ago: they matter only while words for them still wait.
  const withKey = (start: string) => {
    const others = trx.selectFrom('outbox as other').select('other.id');
    return others.where('other.key', '=', sql<string>`${start} || ${sql.ref('outbox.key')}`);
  };
  const signs = trx
    .selectFrom('outbox')
    .select('key')
    .where((eb) => eb.and(whose))
    .where('state', '!=', 'failed')
    .where((eb) =>
      eb.or([
        eb.not(eb.exists(withKey(endOf('')))),
        eb.exists(withKey(wordsOf('')).where('other.state', '=', 'queued')),
      ]),
    );
  for (const { key } of await signs.where('key', 'like', `${live}%`).orderBy('seq').execute()) {
    if (!kept.has(key)) await hide(trx, key, 'active', now);
  }
}
