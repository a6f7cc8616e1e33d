/** The tables of conversations: what came from Slack, whose each thread is, what goes out, and what waits for a person's word. */
import type { Kysely } from 'kysely';
import { type AddCounter, tablesIn } from './tables.ts';

type Create = ReturnType<typeof tablesIn>['create'];

/** Both keys let a message in once: Slack sends an event again, and one message as two events. */
async function createInbox(db: Kysely<unknown>, create: Create): Promise<void> {
  const inbox = create('slack_inbox', {
    seq: 'counter',
    app: 'text',
    event_key: 'text',
    message_key: 'text?',
    kind: 'text',
    channel: 'text',
    root: 'text?',
    ts: 'text?',
    user: 'text',
    body: 'text',
    at: 'number',
    decision: 'text?',
    reason: 'text?',
    agent_id: 'text?',
    session_id: 'text?',
  });
  await inbox
    .addUniqueConstraint('slack_inbox_event', ['app', 'event_key'])
    .addUniqueConstraint('slack_inbox_message', ['app', 'message_key'])
    .execute();
  await db.schema.createIndex('slack_inbox_open').on('slack_inbox').columns(['decision', 'seq']).execute();
  await db.schema.createIndex('slack_inbox_thread').on('slack_inbox').columns(['app', 'channel', 'root']).execute();
}

async function createThreads(db: Kysely<unknown>, create: Create): Promise<void> {
  const columns = {
    app: 'text',
    channel: 'text',
    root: 'text',
    team: 'text',
    agent_id: 'text',
    session_id: 'text',
    work_item_id: 'number?',
    /** Who spoke last: `agent`, or a user's id. */
    last_by: 'text?',
    at: 'number',
  } as const;
  await create('slack_threads', columns, ['app', 'channel', 'root']).execute();
  await db.schema
    .createIndex('slack_threads_session')
    .on('slack_threads')
    .columns(['agent_id', 'session_id'])
    .execute();
}

async function createOutbox(db: Kysely<unknown>, create: Create): Promise<void> {
  const outbox = create('outbox', {
    seq: 'counter',
    id: 'text',
    key: 'text',
    agent_id: 'text',
    session_id: 'text',
    app: 'text',
    channel: 'text',
    root: 'text?',
    origin: 'text',
    kind: 'text',
    body: 'text',
    state: 'text',
    ts: 'text?',
    attempts: 'count',
    next_at: 'number?',
    refusal: 'text?',
    permit_id: 'text?',
    at: 'number',
    sent_at: 'number?',
  });
  await outbox.addUniqueConstraint('outbox_key', ['key']).addUniqueConstraint('outbox_id', ['id']).execute();
  await db.schema.createIndex('outbox_open').on('outbox').columns(['state', 'app', 'channel', 'seq']).execute();
}

/** A thread's messages of ours, and one by its time, without reading all that was ever sent. */
export async function indexOutbox(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('outbox_thread').on('outbox').columns(['root', 'channel', 'app']).execute();
  await db.schema.createIndex('outbox_ts').on('outbox').columns(['ts', 'channel', 'app']).execute();
  await db.schema.createIndex('outbox_session').on('outbox').columns(['agent_id', 'session_id']).execute();
}

async function createProposals(db: Kysely<unknown>, create: Create): Promise<void> {
  const columns = {
    id: 'text',
    agent_id: 'text',
    session_id: 'text',
    hash: 'text',
    request: 'text',
    before: 'text?',
    why: 'text',
    at: 'number',
    expires_at: 'number',
    state: 'text',
    decided_by: 'text?',
    decided_at: 'number?',
    outcome: 'text?',
  } as const;
  await create('proposals', columns, ['id']).execute();
  await db.schema.createIndex('proposals_agent').on('proposals').columns(['agent_id', 'state']).execute();
}

/** What a button is good for; its id says nothing. */
async function createButtons(create: Create): Promise<void> {
  const columns = {
    id: 'text',
    outbox_id: 'text',
    agent_id: 'text',
    session_id: 'text',
    action: 'text',
    body: 'text',
    expires_at: 'number',
    used_at: 'number?',
    used_by: 'text?',
  } as const;
  await create('buttons', columns, ['id']).execute();
}

export async function createConversations(db: Kysely<unknown>, addCounter: AddCounter): Promise<void> {
  const { create } = tablesIn(db, addCounter);
  await createInbox(db, create);
  await createThreads(db, create);
  await createOutbox(db, create);
  await createProposals(db, create);
  await createButtons(create);
  const app = {
    app: 'text',
    team: 'text?',
    bot_user: 'text?',
    state: 'text',
    fault: 'text?',
    features: 'text?',
    at: 'number',
  } as const;
  await create('slack_apps', app, ['app']).execute();
}
