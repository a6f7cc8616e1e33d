/** Threads of Slack and what people say in them, for tests of what is said back. */
import { Kysely } from 'kysely';
import { onTestFinished } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import type { BoundThread } from '../../../src/store/conversations/threads.ts';
import type { Tables } from '../../../src/store/database/schema.ts';
import { turnKeyOf } from '../../../src/store/fence.ts';
import { granted, type TestStore } from '../fixture.ts';
import { dialectOf } from '../test-database.ts';

/** The thread of a conversation of `docs`. */
export const thread: BoundThread = {
  ...{ app: 'default', team: 'T1', channel: 'C1', root: '1.1', at: 1 },
  ...{ agentId: 'docs' as AgentId, sessionId: 'slack-t1-c1-1-1' as SessionId },
};

/** A store in which the thread is bound, and its session has a turn. */
export async function inThread({ store }: TestStore, bound = thread) {
  await store.sessions.ensure(bound);
  await store.threads.bind(bound);
  return turnKeyOf(granted(await store.sessions.claim({ ...bound, owner: 'n', leaseMs: 30_000, batchMax: 1 })));
}

/** A person writes in the thread. */
export async function hears(
  { clock, ...database }: TestStore,
  ts: string,
  { app, channel, root } = thread,
): Promise<void> {
  const db = new Kysely<Tables>({ dialect: dialectOf(database) });
  onTestFinished(() => db.destroy());
  const row = {
    app,
    channel,
    root,
    ts,
    event_key: ts,
    message_key: ts,
    kind: 'message',
    user: 'U1',
    body: '{}',
  } as const;
  const open = { decision: null, reason: null, agent_id: null, session_id: null };
  await db
    .insertInto('slack_inbox')
    .values({ ...row, ...open, at: clock.now() })
    .execute();
}
