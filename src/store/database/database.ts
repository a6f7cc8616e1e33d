/** Opens the store: the database of a state folder, migrated to the current schema, with an adapter for each group of tables. */
import { createFindings, type Findings } from '../agents/findings.ts';
import { createHoldings, type Holdings } from '../agents/holdings.ts';
import { createPauses, type Pauses } from '../agents/pauses.ts';
import { type Agents, createAgents } from '../agents.ts';
import { type AuditLog, createAuditLog } from '../audit.ts';
import { createNodes, type Nodes } from '../claims/nodes.ts';
import { createShared, type Shared } from '../claims/shared.ts';
import { createDecisions, type Decisions } from '../conversations/decisions.ts';
import { createInbox, type Inbox } from '../conversations/inbox.ts';
import { createMails, type Mails } from '../conversations/mails.ts';
import { createOutbox, type Outbox } from '../conversations/outbox.ts';
import { createPressedButtons, type PressedButtons } from '../conversations/pressed-buttons.ts';
import { createProposals, type Proposals } from '../conversations/proposals.ts';
import { createSlackAppStates, type SlackAppStates } from '../conversations/slack-apps.ts';
import { createThreads, type Threads } from '../conversations/threads.ts';
import { type Activity, createActivity } from '../copies/activity.ts';
import { createEffects, type Effects } from '../effects.ts';
import { createItems, type Items } from '../items.ts';
import { createSessionLists, type SessionLists } from '../lists/session-lists.ts';
import { createMemory, type Memory } from '../memory.ts';
import { createMessages, type Messages } from '../messages.ts';
import { type Alarms, createAlarms } from '../ops/alarms.ts';
import { type Counts, createCounts } from '../ops/counts.ts';
import { createOpsLines, type OpsLines } from '../ops/lines.ts';
import { createPlatform, type Platform } from '../platform.ts';
import { createSessionLog, type SessionLog } from '../session-log.ts';
import { createSessions, type Sessions } from '../sessions.ts';
import { createTranscripts, type Transcripts } from '../transcripts.ts';
import { createUsage, type Usage } from '../usage.ts';
import { createWork, type Work } from '../work.ts';
import type { Hints, HintsOptions } from './hints.ts';
import { type DatabaseOptions, openDatabase } from './open.ts';
import { placeOf } from './place.ts';

export interface Store {
  readonly messages: Messages;
  readonly sessions: Sessions;
  readonly shared: Shared;
  readonly sessionLists: SessionLists;
  readonly items: Items;
  readonly effects: Effects;
  readonly log: SessionLog;
  readonly transcripts: Transcripts;
  readonly usage: Usage;
  readonly agents: Agents;
  readonly holdings: Holdings;
  readonly findings: Findings;
  readonly pauses: Pauses;
  readonly memory: Memory;
  readonly activity: Activity;
  readonly work: Work;
  readonly platform: Platform;
  readonly nodes: Nodes;
  readonly proposals: Proposals;
  readonly audit: AuditLog;
  readonly inbox: Inbox;
  readonly decisions: Decisions;
  readonly pressedButtons: PressedButtons;
  readonly outbox: Outbox;
  readonly mails: Mails;
  readonly threads: Threads;
  readonly slackApps: SlackAppStates;
  readonly alarms: Alarms;
  readonly opsLines: OpsLines;
  readonly counts: Counts;
  /** Opens the hints between nodes; undefined for SQLite, which has one node. */
  hints(told: Omit<HintsOptions, 'url'>): Promise<Hints | undefined>;
  close(): Promise<void>;
}

export interface StoreOptions extends DatabaseOptions {
  /** How long a session of this agent waits for more messages after the first, in milliseconds; 0 if undefined. */
  readonly debounceMsOf?: (agentId: string) => number;
  /** The name of the node's copies and repositories; by default that of the folder. */
  readonly place?: string;
}

/**
 * Opens SQLite in `folder`, or PostgreSQL at `url`. Several processes can open the same database, but each only once: a writer
 * waits for other processes, never for its own. Only supervisors claim turns. Throws OutsideError if it cannot be opened.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { debounceMsOf = () => 0 } = options;
  const { db, words, time, hints } = await openDatabase(options);
  const { now } = time;
  const place = options.place ?? placeOf(options.folder);
  // One machine has SQLite, and one supervisor there.
  const isAlone = words.kind === 'sqlite';
  return {
    messages: createMessages(db, words, now, debounceMsOf),
    sessions: createSessions(db, words, time),
    shared: createShared(db, words, now),
    sessionLists: createSessionLists(db, now),
    items: createItems(db, now),
    effects: createEffects(db, now),
    log: createSessionLog(db, now),
    transcripts: createTranscripts(db, now),
    usage: createUsage(db, now),
    agents: createAgents(db, now),
    holdings: createHoldings(db),
    findings: createFindings(db, now),
    pauses: createPauses(db, words),
    memory: createMemory(db, now, place),
    activity: createActivity(db),
    work: createWork(db, now, place),
    platform: createPlatform(db, now),
    nodes: createNodes(db, words),
    proposals: createProposals(db, now),
    audit: createAuditLog(db, now),
    inbox: createInbox(db, now),
    decisions: createDecisions(db, now, debounceMsOf),
    pressedButtons: createPressedButtons(db),
    mails: createMails(db, now),
    outbox: createOutbox(db, now, isAlone),
    threads: createThreads(db),
    slackApps: createSlackAppStates(db, now),
    alarms: createAlarms(db, now),
    opsLines: createOpsLines(db, now, isAlone),
    counts: createCounts(db, words, now),
    hints,
    close: () => db.destroy(),
  };
}
