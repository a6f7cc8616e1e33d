/**
 * The tables as types. They contain only text, integers and doubles; times are milliseconds since 1970, and JSON is stored as text.
 */
import type { Generated, Kysely, Selectable } from 'kysely';
import type { ConversationTables } from './conversation-schema.ts';
import type { OpsTables } from './ops-tables.ts';
import type { WorkTables } from './work-tables.ts';

interface MessagesTable {
  seq: Generated<number>;
  id: string;
  to_address: string;
  from_address: string;
  command: string;
  payload: string;
  at: number;
  dedupe_key: string | null;
  caused_by: string | null;
  /** `dead`: the message reached no session. */
  state: 'new' | 'routed' | 'dead';
}

interface DeliveriesTable {
  seq: Generated<number>;
  message_id: string;
  agent_id: string;
  session_id: string;
  at: number;
  /** The turn that has taken it; a later turn takes it again if it is not finished. */
  taken_epoch: number | null;
  finished_at: number | null;
}

interface SessionsTable {
  agent_id: string;
  session_id: string;
  title: string;
  epoch: Generated<number>;
  created_at: number;
  last_active_at: number;
  closed_at: number | null;
  work_item_id: number | null;
  /** The order among due sessions: lower ranks start first. */
  rank: number | null;
  phase: string | null;
  item: string | null;
  pending_trigger: string | null;
  wake_at: number | null;
  /** What it waits for since its last turn, if it waits. */
  waits: string | null;
  /** Random, of the claim that has the session. */
  claim_id: string | null;
  lease_owner: string | null;
  lease_until: number | null;
  /** 1 if its turn counts among those that its agent may have at once. */
  takes_place: Generated<number>;
  /** What its turn has set aside for calls of the model, in USD. */
  usd_aside: Generated<number>;
  /** 1 while its turn alone may change the agent's instance. */
  takes_instance: Generated<number>;
  /** 1 if people stopped its turn. */
  stop_asked: Generated<number>;
  deaths: Generated<number>;
  /** When the first of the turns counted in `deaths` began. */
  dying_since: number | null;
  /** No turn begins before this time, even if messages arrive: its turns failed. */
  not_before: number | null;
  engine_session_id: string | null;
  engine_plan_hash: string | null;
  usd: Generated<number>;
  tokens_input: Generated<number>;
  tokens_cached: Generated<number>;
  tokens_output: Generated<number>;
  turns: Generated<number>;
}

interface EffectsTable {
  key: string;
  agent_id: string;
  session_id: string;
  /** The order within the session; an effect that is requested again after it was applied goes to the end. */
  position: number;
  intent: string;
  origin: 'lifecycle' | 'tool';
  /** `applied`: the lifecycle has processed the outcome. */
  state: 'intended' | 'begun' | 'done' | 'refused' | 'applied';
  result: string | null;
  refusal: string | null;
  permit_id: string | null;
  next_at: number | null;
}

interface LogEntriesTable {
  id: Generated<number>;
  agent_id: string;
  session_id: string;
  at: number;
  kind: string;
  text: string | null;
  tool: string | null;
  input: string | null;
  result: string | null;
}

interface TranscriptRowsTable {
  id: Generated<number>;
  agent_id: string;
  session_id: string;
  /** Empty for the main conversation. */
  subpath: string;
  /** The engine's id for the row, if it has one. */
  uuid: string | null;
  row: string;
}

interface UsageTable {
  agent_id: string;
  /** UTC, `2026-11-20`. */
  day: string;
  usd: Generated<number>;
  tokens_input: Generated<number>;
  tokens_cached: Generated<number>;
  tokens_output: Generated<number>;
  turns: Generated<number>;
}

interface AgentsTable {
  agent_id: string;
  paused_at: number | null;
  hold: string | null;
  fault: string | null;
  /** Why its model cannot be called, and until when. */
  model_fault: string | null;
  /** Which of its sessions were refused by its model, and which failed last. */
  model_refused: string | null;
  poll_cursor: string | null;
  last_heartbeat_at: number | null;
  /** The last look at its board that succeeded. */
  last_look_at: number | null;
  /** When its tokens expire, by name, where that is known. */
  token_expiries: string | null;
  identities: string | null;
  trusted_digest: string | null;
  trusted_steering: string | null;
}

/** What an agent has for itself. */
interface HoldingsTable {
  kind: string;
  /** A place, or the keyed hash of a credential. */
  key: string;
  agent_id: string;
  since: number;
}

/** What all nodes wait for. */
interface PausesTable {
  name: string;
  until: number;
}

interface PlatformTable {
  name: string;
  value: string;
}

interface AuditEntriesTable {
  id: Generated<number>;
  agent_id: string;
  seq: number;
  at: number;
  session_id: string;
  actor: string;
  action: string;
  target: string;
  args_digest: string;
  permit: string | null;
  config_digest: string;
  outcome: string;
  prev: string;
  hash: string;
}

interface AuditHeadsTable {
  agent_id: string;
  seq: number;
  hash: string;
}

interface MemoryVersionsTable {
  agent_id: string;
  seq: number;
  at: number;
  /** Null for a person's change to the files. */
  session_id: string | null;
  file: string;
  text: string;
  origin: 'turn' | 'merge' | 'file' | 'revert';
  /** The accepted version that it is based on; 0 for none. */
  base: number;
  /** 0 or 1; the last accepted version of each file is the valid one. */
  accepted: number;
}

interface FindingsTable {
  seq: Generated<number>;
  agent_id: string;
  check_id: string;
  status: string;
  what: string;
  fix: string;
  code: string | null;
  file: string | null;
  line: number | null;
  at: number;
  seen_by: string;
  /** Of the configuration that was looked at. */
  digest: string;
}

interface NodesTable {
  /** Unique for each start. */
  owner: string;
  name: string;
  version: string;
  /** 0 or 1. */
  takes_work: number;
  /** JSON, by agent. */
  files: string;
  seen_at: number;
}

export interface Tables extends ConversationTables, OpsTables, WorkTables {
  messages: MessagesTable;
  deliveries: DeliveriesTable;
  sessions: SessionsTable;
  effects: EffectsTable;
  log_entries: LogEntriesTable;
  transcript_rows: TranscriptRowsTable;
  usage: UsageTable;
  agents: AgentsTable;
  holdings: HoldingsTable;
  findings: FindingsTable;
  pauses: PausesTable;
  platform: PlatformTable;
  nodes: NodesTable;
  audit_entries: AuditEntriesTable;
  audit_heads: AuditHeadsTable;
  memory_versions: MemoryVersionsTable;
}

/** The database, or a transaction on it. */
export type Db = Kysely<Tables>;

export type RowOf<T extends keyof Tables> = Selectable<Tables[T]>;
