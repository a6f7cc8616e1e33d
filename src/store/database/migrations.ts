/** The steps that bring a database to the present schema: each once, in the order of their names, each whole or not at all. */
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { isAhead, leaveReadable, newerFault, type Unusable } from '../upgrade/versions.ts';
import { createConversations, indexOutbox } from './conversation-tables.ts';
import { renameFix } from './fix-field.ts';
import { groupItems } from './grouped-items.ts';
import { createOps } from './ops-tables.ts';
import { storePlanTexts } from './plan-texts.ts';
import type { Db } from './schema.ts';
import { indexQueries, indexRefused, indexUnfinished } from './steps/query-indexes.ts';
import { type AddCounter, sessionKey, tablesIn } from './tables.ts';
import { createWork } from './work-tables.ts';

async function createMessagesAndSessions(db: Kysely<unknown>, addCounter: AddCounter): Promise<void> {
  const { create, createOfSession, usage } = tablesIn(db, addCounter);
  await create(
    'sessions',
    {
      agent_id: 'text',
      session_id: 'text',
      title: 'text',
      epoch: 'count',
      created_at: 'number',
      last_active_at: 'number',
      closed_at: 'number?',
      work_item_id: 'number?',
      phase: 'text?',
      item: 'text?',
      pending_trigger: 'text?',
      wake_at: 'number?',
      waits: 'text?',
      lease_owner: 'text?',
      lease_until: 'number?',
      deaths: 'count',
      engine_session_id: 'text?',
      ...usage,
    },
    sessionKey,
  ).execute();
  await create('messages', {
    seq: 'counter',
    id: 'text',
    to_address: 'text',
    from_address: 'text',
    command: 'text',
    payload: 'text',
    at: 'number',
    dedupe_key: 'text?',
    caused_by: 'text?',
    state: 'text',
  })
    .addUniqueConstraint('messages_id', ['id'])
    .addUniqueConstraint('messages_dedupe', ['from_address', 'to_address', 'dedupe_key'])
    .execute();
  await createOfSession('deliveries', {
    seq: 'counter',
    message_id: 'text',
    at: 'number',
    taken_epoch: 'number?',
    finished_at: 'number?',
  })
    .addForeignKeyConstraint('deliveries_message', ['message_id'], 'messages', ['id'])
    .addUniqueConstraint('deliveries_once', ['message_id', ...sessionKey])
    .execute();
  await createOfSession(
    'effects',
    {
      key: 'text',
      position: 'number',
      intent: 'text',
      origin: 'text',
      state: 'text',
      result: 'text?',
      refusal: 'text?',
      permit_id: 'text?',
      next_at: 'number?',
    },
    ['key'],
  ).execute();
}

async function createRecords(db: Kysely<unknown>, addCounter: AddCounter): Promise<void> {
  const { create, createOfSession, usage } = tablesIn(db, addCounter);
  await createOfSession('log_entries', {
    id: 'counter',
    at: 'number',
    kind: 'text',
    text: 'text?',
    tool: 'text?',
    input: 'text?',
    result: 'text?',
  }).execute();
  await createOfSession('transcript_rows', { id: 'counter', subpath: 'text', uuid: 'text?', row: 'text' })
    .addUniqueConstraint('transcript_rows_once', [...sessionKey, 'subpath', 'uuid'])
    .execute();
  await create('usage', { agent_id: 'text', day: 'text', ...usage }, ['agent_id', 'day']).execute();
  await create(
    'agents',
    {
      agent_id: 'text',
      paused_at: 'number?',
      hold: 'text?',
      fault: 'text?',
      poll_cursor: 'text?',
      last_heartbeat_at: 'number?',
      identities: 'text?',
      trusted_digest: 'text?',
      trusted_steering: 'text?',
    },
    ['agent_id'],
  ).execute();
  await create('platform', { name: 'text', value: 'text' }, ['name']).execute();
  await create('audit_entries', {
    id: 'counter',
    agent_id: 'text',
    seq: 'number',
    at: 'number',
    session_id: 'text',
    actor: 'text',
    action: 'text',
    target: 'text',
    args_digest: 'text',
    permit: 'text?',
    config_digest: 'text',
    outcome: 'text',
    prev: 'text',
    hash: 'text',
  })
    .addUniqueConstraint('audit_entries_seq', ['agent_id', 'seq'])
    .execute();
  await create('audit_heads', { agent_id: 'text', seq: 'number', hash: 'text' }, ['agent_id']).execute();
}

async function createMemory(db: Kysely<unknown>, addCounter: AddCounter): Promise<void> {
  const { create } = tablesIn(db, addCounter);
  await create(
    'memory_versions',
    {
      agent_id: 'text',
      seq: 'number',
      at: 'number',
      session_id: 'text?',
      file: 'text',
      text: 'text',
      origin: 'text',
      base: 'number',
      accepted: 'number',
    },
    ['agent_id', 'seq'],
  ).execute();
}

async function createHoldings(db: Kysely<unknown>, addCounter: AddCounter): Promise<void> {
  const { create } = tablesIn(db, addCounter);
  const columns = { kind: 'text', key: 'text', agent_id: 'text', since: 'number' } as const;
  await create('holdings', columns, ['kind', 'key', 'agent_id']).execute();
}

async function createFindings(db: Kysely<unknown>, addCounter: AddCounter): Promise<void> {
  const { create } = tablesIn(db, addCounter);
  await create('findings', {
    seq: 'counter',
    agent_id: 'text',
    check_id: 'text',
    status: 'text',
    what: 'text',
    fix: 'text',
    code: 'text?',
    file: 'text?',
    line: 'number?',
    at: 'number',
    seen_by: 'text',
    digest: 'text',
  }).execute();
  await db.schema.createIndex('findings_agent').on('findings').columns(['agent_id', 'digest']).execute();
}

async function createIndexes(db: Kysely<unknown>): Promise<void> {
  const indexes: Record<string, [table: string, columns: string[]]> = {
    sessions_due: ['sessions', ['lease_until', 'wake_at']],
    messages_state: ['messages', ['state', 'seq']],
    deliveries_open: ['deliveries', [...sessionKey, 'finished_at', 'seq']],
    effects_order: ['effects', [...sessionKey, 'position']],
    log_entries_order: ['log_entries', [...sessionKey, 'id']],
    transcript_rows_order: ['transcript_rows', [...sessionKey, 'id']],
  };
  for (const [name, [table, columns]] of Object.entries(indexes)) {
    await db.schema.createIndex(name).on(table).columns(columns).execute();
  }
}

/** For lists that people look at, however many rows there are. A work item whose tile does not say its end yet is open again. */
async function indexLists(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  const ofSession = ['agent_id', 'session_id', 'seq'];
  await schema.createIndex('audit_entries_session').on('audit_entries').columns(ofSession).execute();
  const active = ['last_active_at desc', 'agent_id', 'session_id'];
  await schema.createIndex('sessions_active').on('sessions').columns(active).execute();
  await sql`update sessions set closed_at = null where item like '%"barred":%'`.execute(db);
}

/** A turn that runs while the state is brought up to date has no claim id, so what it writes is refused. */
async function nameClaims({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable('sessions').addColumn('claim_id', 'text').execute();
  await schema.createIndex('sessions_claim').on('sessions').column('claim_id').execute();
  await schema.createIndex('sessions_wake').on('sessions').column('wake_at').execute();
}

/** What running turns share, and what they are told, ends with their lease, so it is kept in their rows. */
async function shareBounds(db: Kysely<unknown>, addCounter: AddCounter): Promise<void> {
  const { schema } = db;
  const whole = ['takes_place', 'takes_instance', 'stop_asked'];
  for (const column of whole) {
    const added = schema.alterTable('sessions').addColumn(column, 'bigint', (made) => made.notNull().defaultTo(0));
    await added.execute();
  }
  const sums = schema.alterTable('sessions');
  await sums.addColumn('usd_aside', 'double precision', (made) => made.notNull().defaultTo(0)).execute();
  await tablesIn(db, addCounter).create('pauses', { name: 'text', until: 'number' }, ['name']).execute();
  await schema.alterTable('agents').addColumn('model_refused', 'text').execute();
}

async function listNodes(db: Kysely<unknown>, addCounter: AddCounter): Promise<void> {
  const { create } = tablesIn(db, addCounter);
  const columns = { owner: 'text', name: 'text', version: 'text', files: 'text' } as const;
  await create('nodes', { ...columns, takes_work: 'number', seen_at: 'number' }, ['owner']).execute();
}

type Step = (db: Kysely<unknown>, addCounter: AddCounter) => Promise<void>;

const steps: Readonly<Record<string, Step>> = {
  '001-first': async (made, addCounter) => {
    await createMessagesAndSessions(made, addCounter);
    await createRecords(made, addCounter);
    await createIndexes(made);
  },
  '002-memory': createMemory,
  '003-rank': (made) => made.schema.alterTable('sessions').addColumn('rank', 'bigint').execute(),
  '004-inbox': (made) =>
    made.schema.createIndex('deliveries_inbox').on('deliveries').columns(['agent_id', 'finished_at']).execute(),
  '005-engine-plan': (made) => made.schema.alterTable('sessions').addColumn('engine_plan_hash', 'text').execute(),
  '006-failing': async (made) => {
    for (const column of ['dying_since', 'not_before']) {
      await made.schema.alterTable('sessions').addColumn(column, 'bigint').execute();
    }
    await made.schema.alterTable('agents').addColumn('model_fault', 'text').execute();
  },
  '007-grouped-items': groupItems,
  '008-fix': renameFix,
  '009-plan-texts': storePlanTexts,
  '010-holdings': createHoldings,
  '011-findings': createFindings,
  '012-conversations': createConversations,
  '013-outbox-indexes': indexOutbox,
  '014-ops': createOps,
  '015-lists': indexLists,
  '016-claims': nameClaims,
  '017-work': createWork,
  '018-bounds': shareBounds,
  '019-nodes': listNodes,
  '020-indexes': indexQueries,
  '021-unfinished': indexUnfinished,
  '022-refused': indexRefused,
};

/**
 * Brings the database up to date, each step whole or not at all. Throws when a step fails, or if the database is newer than we can
 * read, which is told with `unusable`.
 */
export async function migrate(db: Db, addCounter: AddCounter, unusable?: Unusable): Promise<void> {
  const names = Object.keys(steps);
  if (await isAhead(db, names, unusable)) return;
  const migrations = Object.entries(steps).map(([name, step]): [string, Migration] => [
    name,
    { up: (made) => step(made, addCounter) },
  ]);
  const provider = { getMigrations: async () => Object.fromEntries(migrations) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error;
  await leaveReadable(db);
}

/** Why this program cannot use a backup whose database went through these steps. Undefined if it can. */
export const newerBackup = (done: readonly string[]): string | undefined => newerFault(done, Object.keys(steps));
