/** A try to send a row of the outbox: how it is begun and how it ends, each with its audit entry, and what follows of the end. */
import type { AgentId } from '../../agents/agent-id.ts';
import { digestOf } from '../../base/digest.ts';
import { assert } from '../../base/errors.ts';
import { known } from '../../base/known.ts';
import { type SessionId, workItemIdOf } from '../../broker/session-id.ts';
import { mapSession } from '../../broker/session-mapper.ts';
import type { SendOutcome } from '../../conversations/outcome.ts';
import { spoken } from '../../conversations/say.ts';
import { limits } from '../../limits.ts';
import { isRefusal } from '../../refusal.ts';
import { appendAudit } from '../audit.ts';
import type { Db } from '../database/schema.ts';
import { jsonText } from '../rows.ts';
import { lockedOutboxRow, rootOf, type Sending, sendingOf } from './outbox-rows.ts';
import { noSessionsIn } from './slack-apps.ts';
import { bindThread, spokeIn } from './threads.ts';

export interface Begun {
  readonly row: Sending;
  /** It may have been sent by an earlier try. */
  readonly isDoubtful: boolean;
}

const auditOf = ({ agentId, sessionId, by, place, what }: Sending, outcome: string, permit?: string) =>
  known({
    ...{ agentId, sessionId, outcome, permit },
    actor: by === 'agent' ? `agent/${agentId}` : 'platform',
    action: `slack.${what.kind}`,
    target: ['slack', place.app, place.channel, place.root].filter(Boolean).join('/'),
    argsDigest: digestOf(what),
  });

/** See `Outbox.begin`, within the caller's transaction. */
export async function begin(trx: Db, id: string, now: number): Promise<Begun | undefined> {
  const row = await lockedOutboxRow(trx, { id });
  if (!row) return undefined;
  const isForsaken = row.state === 'sending' && (row.next_at ?? 0) <= now;
  if (!isForsaken && !['queued', 'unknown'].includes(row.state)) return undefined;
  const attempts = row.attempts + 1;
  const until = now + limits.outboxSendingSeconds * 1_000;
  await trx.updateTable('outbox').set({ state: 'sending', attempts, next_at: until }).where('id', '=', id).execute();
  await appendAudit(trx, auditOf(sendingOf(row), 'intended'), now);
  return { row: sendingOf({ ...row, attempts }), isDoubtful: row.state !== 'queued' };
}

function columnsOf(outcome: SendOutcome, now: number) {
  switch (outcome.kind) {
    case 'sent':
      return { state: 'sent' as const, ts: outcome.ts ?? null, sent_at: now, refusal: null, next_at: null };
    case 'failed':
      return { state: 'failed' as const, refusal: jsonText(outcome.refusal), next_at: null };
    default: {
      const state = outcome.kind === 'later' ? ('queued' as const) : outcome.kind;
      return { state, refusal: jsonText(outcome.refusal), next_at: outcome.until };
    }
  }
}

/** A thread that an agent began is the agent's: what people answer there finds it. */
async function bindBegun(trx: Db, { agentId, sessionId, place, by, what }: Sending, ts: string, now: number) {
  if (by !== 'agent' || what.kind !== 'post' || place.root !== undefined) return;
  const { app, channel } = place;
  const known = await trx.selectFrom('slack_apps').select('team').where('app', '=', app).executeTakeFirst();
  const team = known?.team ?? 'none';
  const own = mapSession('slack-thread', { command: 'slack.message', payload: { team, channel, ts } });
  if (isRefusal(own)) return;
  const workItemId = workItemIdOf(sessionId as SessionId);
  const about = workItemId === undefined ? {} : { workItemId };
  const whose = { agentId: agentId as AgentId, sessionId: own, ...about };
  await bindThread(trx, { app, channel, root: ts, team, ...whose, lastBy: 'agent', at: now });
}

/** What waited for the first message of its thread follows it; if that one failed, the next one is the first. */
async function letFollow(trx: Db, { id, place }: Sending, ts: string | undefined): Promise<void> {
  const behind = (root: string) => trx.updateTable('outbox').where('root', '=', root);
  const root = ts ?? place.root;
  if (root !== undefined) return void (await behind(rootOf(id)).set({ root }).execute());
  const next = await trx
    .selectFrom('outbox')
    .select(['id', 'kind'])
    .where('root', '=', rootOf(id))
    .orderBy('seq')
    .executeTakeFirst();
  if (!next) return;
  await trx.updateTable('outbox').set({ root: null }).where('id', '=', next.id).execute();
  await behind(rootOf(id))
    .set({ root: rootOf(next.id) })
    .execute();
}

/** See `Outbox.end`, within the caller's transaction. */
export async function end(trx: Db, id: string, outcome: SendOutcome, permitId: string | undefined, now: number) {
  const row = await lockedOutboxRow(trx, { id });
  assert(row, `the message ${id} ended, but it was never stored`);
  const columns = { ...columnsOf(outcome, now), permit_id: permitId ?? null };
  await trx.updateTable('outbox').set(columns).where('id', '=', id).execute();
  const sending = sendingOf(row);
  if (outcome.kind === 'sent' || outcome.kind === 'failed') {
    const ts = outcome.kind === 'sent' ? outcome.ts : undefined;
    if (ts !== undefined) await bindBegun(trx, sending, ts, now);
    await letFollow(trx, sending, ts);
  }
  const isOfSlack = outcome.kind === 'failed' && outcome.refusal.refused.startsWith('OUTSIDE_');
  if (isOfSlack && row.kind === 'session') await noSessionsIn(trx, row.app);
  if (outcome.kind === 'sent' && sending.key.startsWith(spoken)) await spokeIn(trx, sending.place, now);
  const words = outcome.kind === 'sent' ? 'done' : `${outcome.kind} ${outcome.refusal.refused}`;
  await appendAudit(trx, auditOf(sending, words, permitId), now);
}
