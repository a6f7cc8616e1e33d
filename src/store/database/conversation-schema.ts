/** The tables of conversations as types, see `schema.ts`. */
import type { Generated } from 'kysely';

/** What came from Slack; a row without a decision waits for one. */
interface SlackInboxTable {
  seq: Generated<number>;
  app: string;
  /** Slack's id of the event, which it sends again. */
  event_key: string;
  /** Channel and time of a message, which can come as two events. */
  message_key: string | null;
  kind: 'message' | 'click' | 'stop';
  channel: string;
  /** The time of its thread's first message. */
  root: string | null;
  ts: string | null;
  user: string;
  body: string;
  at: number;
  decision: string | null;
  reason: string | null;
  agent_id: string | null;
  session_id: string | null;
}

interface SlackThreadsTable {
  app: string;
  channel: string;
  root: string;
  team: string;
  agent_id: string;
  session_id: string;
  /** The work item that the agent began the thread about. */
  work_item_id: number | null;
  /** Who spoke last: `agent`, or a user's id. */
  last_by: string | null;
  at: number;
}

interface OutboxTable {
  seq: Generated<number>;
  /** Stands in the message's metadata, by which it is found again. */
  id: string;
  /** The same wish has the same key. */
  key: string;
  agent_id: string;
  session_id: string;
  app: string;
  channel: string;
  /** The time of its thread's first message; `of:ID` while that one of ours is not sent. */
  root: string | null;
  origin: 'agent' | 'platform';
  kind: string;
  body: string;
  /** `unknown`: it may have been sent, and is looked for before it is tried again. */
  state: 'queued' | 'sending' | 'unknown' | 'sent' | 'failed';
  ts: Generated<string | null>;
  attempts: Generated<number>;
  next_at: Generated<number | null>;
  refusal: Generated<string | null>;
  permit_id: Generated<string | null>;
  at: number;
  sent_at: Generated<number | null>;
}

interface ProposalsTable {
  id: string;
  agent_id: string;
  session_id: string;
  hash: string;
  request: string;
  before: string | null;
  why: string;
  at: number;
  expires_at: number;
  state: 'open' | 'confirmed' | 'sent' | 'done' | 'failed' | 'expired' | 'declined';
  decided_by: string | null;
  decided_at: number | null;
  outcome: string | null;
}

interface ButtonsTable {
  id: string;
  outbox_id: string;
  agent_id: string;
  session_id: string;
  action: string;
  body: string;
  expires_at: number;
  used_at: number | null;
  used_by: string | null;
}

interface SlackAppsTable {
  /** `default`, or NAME of slack/NAME.env. */
  app: string;
  team: string | null;
  bot_user: string | null;
  state: 'connected' | 'connecting' | 'dead';
  fault: string | null;
  /** What the workspace's plan lets the app do, as found at start. */
  features: string | null;
  at: number;
}

export interface ConversationTables {
  slack_inbox: SlackInboxTable;
  slack_threads: SlackThreadsTable;
  outbox: OutboxTable;
  proposals: ProposalsTable;
  buttons: ButtonsTable;
  slack_apps: SlackAppsTable;
}
