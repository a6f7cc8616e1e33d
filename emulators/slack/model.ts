/** What the Slack emulator is made of: workspaces, people, apps, channels, messages and files, named as Slack names them. */

export interface Team {
  id: string;
  name: string;
  domain: string;
}

export interface SlackUser {
  id: string;
  team: string;
  /** What people type after `@`. */
  name: string;
  realName: string;
  mail?: string;
  isBot?: true;
  isDeleted?: true;
  /** A guest of several channels. */
  isRestricted?: true;
  /** A guest of one channel. */
  isUltraRestricted?: true;
  /** Of another workspace, in a shared channel. */
  isStranger?: true;
}

export interface SlackApp {
  /** How tests and the control API call it. */
  name: string;
  id: string;
  team: string;
  title: string;
  botUser: string;
  botId: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  /** The older shared secret, which still stands in every payload. */
  verificationToken: string;
  scopes: string[];
  /** The events it is subscribed to. */
  events: string[];
}

export interface Channel {
  id: string;
  team: string;
  name: string;
  kind: 'channel' | 'group' | 'im';
  members: Set<string>;
  isArchived?: true;
  isExtShared?: true;
  topic?: string;
  /** Oldest first. */
  messages: Message[];
  lastTs: string;
}

export type Block = { type: string; block_id?: string } & Record<string, unknown>;

export interface Metadata {
  event_type: string;
  event_payload: Record<string, unknown>;
}

export interface Reaction {
  name: string;
  users: string[];
  count: number;
}

/** A message as the API shows it; `metadata` is shown on demand only. */
export interface Message {
  type: 'message';
  subtype?: string;
  ts: string;
  user: string;
  team?: string;
  text: string;
  blocks?: Block[];
  attachments?: unknown[];
  files?: SlackFile[];
  thread_ts?: string;
  parent_user_id?: string;
  client_msg_id?: string;
  bot_id?: string;
  app_id?: string;
  bot_profile?: Record<string, unknown>;
  edited?: { user: string; ts: string };
  reactions?: Reaction[];
  metadata?: Metadata;
  inviter?: string;
  upload?: boolean;
  hidden?: true;
  streaming_state?: 'in_progress' | 'completed';
}

/** A message that one person sees and nobody can read later. */
export interface Ephemeral {
  channel: string;
  user: string;
  from: string;
  ts: string;
  text: string;
  blocks?: Block[];
  thread_ts?: string;
}

export interface SlackFile {
  id: string;
  created: number;
  timestamp: number;
  name: string;
  title: string;
  mimetype: string;
  filetype: string;
  pretty_type: string;
  user: string;
  size: number;
  mode: 'hosted';
  is_external: false;
  is_public: boolean;
  url_private: string;
  url_private_download: string;
  permalink: string;
  channels: string[];
  groups: string[];
  ims: string[];
  shares: Record<'public' | 'private', Record<string, { ts: string; thread_ts?: string }[]>>;
}

/** What Slack shows about an agent in a thread. */
export interface AgentSession {
  channel: string;
  thread: string;
  app: string;
  /** What Slack's `assistant.threads.setStatus` shows, such as `is thinking...`; empty if nothing. */
  line: string;
  status?: string;
  title?: string;
}

/** A modal that somebody has open. */
export interface OpenView {
  id: string;
  app: string;
  user: string;
  /** The view as the app sent it. */
  view: { title: { text: string }; blocks: Block[] } & Record<string, unknown>;
  /** What the app refused of the last submission, by block. */
  errors: Record<string, string>;
}
