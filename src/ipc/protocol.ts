/**
 * The messages between supervisor and worker, with a schema for each.
 *
 * The worker names a turn that it was given. The supervisor takes agent, session and epoch from that turn, never from the worker.
 */

import { z } from 'zod';
import type { Message, MessageDraft } from '../broker/message.ts';
import { answerSchema } from '../broker/question.ts';
import type { SessionId } from '../broker/session-id.ts';
import type { ProposalOutcome, ProposalWish, StoredProposal } from '../conversations/proposal.ts';
import { type Said, sayIntentSchema } from '../conversations/say.ts';
import type { ThreadPage } from '../conversations/thread.ts';
import type { EffectOutcome, Tried } from '../effects/ledger.ts';
import type { TranscriptRow } from '../engine/engine.ts';
import { limits } from '../limits.ts';
import { outboundSettingsSchema } from '../outbound/settings.ts';
import { type Code, codes, type Refusal } from '../refusal.ts';
import type { Finding } from '../status/finding.ts';
import type { OtherMerge } from '../work-items/gate/merge-rules.ts';
import type { AnyPermitKind } from '../work-items/gate/permit.ts';
import type { EffectResult, Intent, LifecycleEvent } from '../work-items/lifecycle/events.ts';
import type { KnownItem, PollCursor } from '../work-items/observe/poll.ts';
import type { EarlierItem } from '../work-items/plan-cost.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import { notesSchema } from './notes.ts';
import { orderedWorkSchema, type WorkMethods, workSchemas } from './work.ts';

/** One of our documents; its own module checks it where it is used. */
const document = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);

const turnId = z.string().min(1).max(100);
const usd = z.number().nonnegative();
const count = z.number().int().nonnegative();

const logEntrySchema = z.object({
  at: z.number(),
  kind: z.string().min(1).max(40),
  text: z.string().exactOptional(),
  tool: z.string().exactOptional(),
  input: z.unknown().exactOptional(),
  result: z.unknown().exactOptional(),
});

/** A line of a session's conversation log. */
export type LogEntry = z.infer<typeof logEntrySchema>;

/** The worker's configuration, sent once before its first turn. */
const configureSchema = z.object({
  /** A real path. */
  root: z.string(),
  home: z.string(),
  agentId: z.string(),
  /** Folders that the agent must not show; real paths. */
  surroundings: z.object({ root: z.string(), home: z.string(), agentFolders: z.array(z.string()) }),
  stateFolder: z.string(),
  /** A private folder of this worker, created for it and removed afterwards. */
  runFolder: z.string(),
  modelKey: z.string().exactOptional(),
  modelUrl: z.string().exactOptional(),
  sandboxUid: z.number().int(),
  allowLoopback: z.boolean(),
  outbound: outboundSettingsSchema,
  crashAt: z.string().exactOptional(),
});

export type WorkerSetup = z.infer<typeof configureSchema>;

/** Everything a turn needs, in one message. */
const turnOrderSchema = z.object({
  turnId,
  sessionId: z.custom<SessionId>((value) => typeof value === 'string'),
  /** Increases with every turn of the session. */
  epoch: z.number().int(),
  /** For how many milliseconds it has its session, unless it is told otherwise. */
  heldMs: z.number().min(0),
  batch: z.array(document<Message>()),
  item: document<WorkItem>().exactOptional(),
  openIntents: z.array(document<Intent>()),
  /** How many turns of this session in a row failed or died with their process, including this one, and since when. */
  deaths: z.number().int(),
  dyingSince: z.number(),
  known: z.array(document<KnownItem>()),
  cursor: document<PollCursor>().exactOptional(),
  conversation: z
    .object({
      engineSessionId: z.string(),
      /** Its subject: the hash of a plan. */
      about: z.string().exactOptional(),
      rows: z.array(document<TranscriptRow>()),
    })
    .exactOptional(),
  /** The owners of all agents' tokens, in the turn of a work item. */
  agentIdentities: z.array(z.string()),
  /** Proposals of this session that people confirmed and that are not finished. */
  confirmed: z.array(document<StoredProposal>()),
  /** How long its systems wish not to be asked, as another node was told: by system, in milliseconds. */
  pauses: z.record(z.string(), z.number()).exactOptional(),
  /** The agent's systems are to be looked at in this turn. */
  checks: z.literal(true).exactOptional(),
  /** How many messages the agent overheard within the last hour, by channel. */
  overheard: z.record(z.string(), count).exactOptional(),
  /** What the platform knows of what a thread is about: each text with what it is. */
  about: z.array(z.object({ label: z.string(), text: z.string() })).exactOptional(),
  /** The notes of earlier turns, and the end of the platform's own record of the agent. */
  memory: z.object({ files: notesSchema, activity: z.string() }),
  /** What the state has of commits that may not be in this node's repository. */
  work: orderedWorkSchema.exactOptional(),
  /** The tree that the session's last turn worked in. */
  tree: z.string().exactOptional(),
});

export type TurnOrder = z.infer<typeof turnOrderSchema>;

/** How a turn ended: the time of the next turn (milliseconds since 1970), if one is planned, and what it waits for. */
export interface TurnRest {
  until?: number;
  why?: Refusal;
  /** Its messages are not finished: the session gets them again when it wakes. */
  isUndone?: true;
}

export type ItemState = { item: WorkItem; openIntents: Intent[] };

const workerSchemas = {
  configure: configureSchema,
  turn: turnOrderSchema,
  look: z.object({ turnId }),
  interrupt: z.object({ turnId }),
  hold: z.object({ turnId, ms: z.number().min(0) }),
  stop: z.object({}),
};

const supervisorSchemas = {
  ...workSchemas,
  apply: z.object({ turnId, event: document<LifecycleEvent>() }),
  blocked: z.object({ turnId, kind: z.string() as z.ZodType<AnyPermitKind> }),
  otherMerges: z.object({ turnId }),
  earlierItems: z.object({ turnId }),
  effectTried: z.object({ turnId, key: z.string() }),
  effectBegin: z.object({ turnId, key: z.string(), intent: document<Intent>() }),
  effectEnd: z.object({
    turnId,
    key: z.string(),
    outcome: document<EffectOutcome>(),
    permitId: z.string().exactOptional(),
  }),
  record: z.object({ turnId, entries: z.array(logEntrySchema) }),
  /** An act that was refused; of the agent itself where no turn is named. */
  refused: z.object({
    turnId: turnId.exactOptional(),
    action: z.string().min(1).max(limits.refusedActionCharsMax),
    target: z.string().max(limits.refusedTargetCharsMax),
    code: z.custom<Code>((code) => typeof code === 'string' && Object.hasOwn(codes, code)),
    count: count.min(1),
  }),
  transcript: z.object({
    turnId,
    engineSessionId: z.string(),
    about: z.string().exactOptional(),
    rows: z.array(document<TranscriptRow>()),
  }),
  reserve: z.object({ turnId, usdMax: usd }),
  settle: z.object({ turnId, usdMax: usd, usd, tokens: z.object({ input: count, cached: count, output: count }) }),
  engineEnded: z.object({ turnId }),
  askModel: z.object({ turnId }),
  modelAnswered: z.object({ turnId }),
  modelFailed: z.object({ turnId, refusal: document<Refusal>(), mayBeOwn: z.boolean() }),
  /** The changed files; an empty text means that the file was deleted. */
  memory: z.object({ turnId, files: notesSchema }),
  publish: z.object({ turnId, draft: document<MessageDraft>() }),
  answer: z.object({ turnId, questionId: z.string(), answer: answerSchema }),
  /** In the thread of the turn's own session. */
  say: z.object({ turnId, intent: sayIntentSchema }),
  /** What the turn does now; each replaces the one before. */
  status: z.object({ turnId, text: z.string().min(1).max(1_000) }),
  /** Of the same thread. */
  readThread: z.object({
    turnId,
    cursor: z.string().max(1_000).exactOptional(),
    oldest: z.string().max(100).exactOptional(),
    limit: count.min(1).max(200),
  }),
  /** Takes an overheard message for the agent, unless another agent has. */
  claim: z.object({ turnId, messageId: z.string() }),
  propose: z.object({ turnId, wish: document<ProposalWish>() }),
  proposalBegin: z.object({ turnId, id: z.string() }),
  proposalEnd: z.object({
    turnId,
    id: z.string(),
    outcome: document<ProposalOutcome>(),
    permitId: z.string().exactOptional(),
  }),
  /** Right before a mail is sent. */
  mailBegin: z.object({
    turnId,
    to: z.string().max(320),
    subject: z.string().max(1_000),
    hash: z.string().max(100),
    nth: count,
  }),
  mailEnd: z.object({
    turnId,
    id: z.string(),
    to: z.string().max(320),
    subject: z.string().max(1_000),
    outcome: z.union([z.literal(['sent', 'unsure']), document<Refusal>()]),
    permitId: z.string().exactOptional(),
  }),
  rank: z.object({ turnId, ranks: z.array(z.object({ workItemId: z.number().int(), rank: z.number().int() })) }),
  /** `tokenExpiries`: milliseconds since 1970, by the tokens' names; absent where nothing is known. */
  polled: z.object({
    turnId,
    cursor: document<PollCursor>(),
    tokenExpiries: z.record(z.string(), z.number()).exactOptional(),
  }),
  /** What a look at the agent's systems found, with the digest of its configuration. */
  found: z.object({ digest: z.string(), findings: z.array(document<Finding>()) }),
  /** A system wishes not to be asked for a while. */
  paused: z.object({ system: z.string(), ms: z.number().min(0) }),
  grep: z.object({ turnId, text: z.string(), sessionId: z.string().exactOptional(), limit: z.number().int() }),
};

type Call<S extends z.ZodType, R> = { params: z.infer<S>; result: R };

export type WorkerMethods = {
  /** Returns the agent's identities at tracker and code host and the digest of its configuration, or why it cannot run. */
  configure: Call<typeof workerSchemas.configure, { identities: string[]; configDigest: string } | Refusal>;
  turn: Call<typeof workerSchemas.turn, TurnRest>;
  /** The item of a running turn may have changed. */
  look: Call<typeof workerSchemas.look, null>;
  /** Stops the engine of a turn and keeps its phase: a person asked for something or paused the agent. */
  interrupt: Call<typeof workerSchemas.interrupt, null>;
  /** A turn has its session for so many milliseconds from now. It stops by itself unless it is told again before. */
  hold: Call<typeof workerSchemas.hold, null>;
  /** Ends running turns and keeps their phase. */
  stop: Call<typeof workerSchemas.stop, null>;
};

export type SupervisorMethods = WorkMethods & {
  apply: Call<typeof supervisorSchemas.apply, ItemState | Refusal>;
  /** Why no permit of this kind can be created now. */
  blocked: Call<typeof supervisorSchemas.blocked, Refusal | null>;
  /** Merges of the agent's other items that are being deployed. */
  otherMerges: Call<typeof supervisorSchemas.otherMerges, OtherMerge[]>;
  /** What work items of the agent cost that were carried out and have ended. */
  earlierItems: Call<typeof supervisorSchemas.earlierItems, EarlierItem[]>;
  effectTried: Call<typeof supervisorSchemas.effectTried, Tried | null>;
  effectBegin: Call<typeof supervisorSchemas.effectBegin, EffectResult | null>;
  effectEnd: Call<typeof supervisorSchemas.effectEnd, null>;
  record: Call<typeof supervisorSchemas.record, null>;
  refused: Call<typeof supervisorSchemas.refused, null>;
  transcript: Call<typeof supervisorSchemas.transcript, null>;
  /** Reserves the maximum cost of a model call; refuses if the budget is too small. */
  reserve: Call<typeof supervisorSchemas.reserve, Refusal | null>;
  /** A model call has ended: releases the reservation and stores the cost. */
  settle: Call<typeof supervisorSchemas.settle, null>;
  /** A run of the engine has ended; answered when all its costs are stored. */
  engineEnded: Call<typeof supervisorSchemas.engineEnded, null>;
  /** Why the agent's model cannot be called now, with `until`. */
  askModel: Call<typeof supervisorSchemas.askModel, Refusal | null>;
  /** The model gave a complete answer. */
  modelAnswered: Call<typeof supervisorSchemas.modelAnswered, null>;
  /** A turn failed because of the model's provider. Returns the refusal with `until`, or null if only this session is affected. */
  modelFailed: Call<typeof supervisorSchemas.modelFailed, Refusal | null>;
  memory: Call<typeof supervisorSchemas.memory, null>;
  publish: Call<typeof supervisorSchemas.publish, Message | Refusal>;
  /** Answers a question of the turn, once. */
  answer: Call<typeof supervisorSchemas.answer, Message | Refusal>;
  /** Stores what is to be said to people; of the same words in a repeated turn, the first are sent. */
  say: Call<typeof supervisorSchemas.say, Said | Refusal>;
  /** Shows it in the thread, until the turn speaks or ends. */
  status: Call<typeof supervisorSchemas.status, Said | Refusal>;
  readThread: Call<typeof supervisorSchemas.readThread, ThreadPage | Refusal>;
  /** `by` is the agent that has the message. */
  claim: Call<typeof supervisorSchemas.claim, { claimed: boolean; by?: string } | Refusal>;
  /** Stores a proposed change of the agent's instance and asks people; nothing is sent. */
  propose: Call<typeof supervisorSchemas.propose, { proposed: string; expiresAt: number } | Refusal>;
  /** Marks a confirmed proposal of the session as sent, right before it is; false if there is none to send. */
  proposalBegin: Call<typeof supervisorSchemas.proposalBegin, boolean>;
  proposalEnd: Call<typeof supervisorSchemas.proposalEnd, null>;
  /** The id of the mail; or that the same mail of a turn that died was sent, or may have been. */
  mailBegin: Call<typeof supervisorSchemas.mailBegin, { id: string } | { before: 'sent' | 'unsure' }>;
  mailEnd: Call<typeof supervisorSchemas.mailEnd, null>;
  /** Sets the order in which work items start; creates their sessions if needed. */
  rank: Call<typeof supervisorSchemas.rank, null>;
  polled: Call<typeof supervisorSchemas.polled, null>;
  found: Call<typeof supervisorSchemas.found, null>;
  paused: Call<typeof supervisorSchemas.paused, null>;
  grep: Call<typeof supervisorSchemas.grep, LogEntry[]>;
};

const parser = (schemas: Record<string, z.ZodType>) => (method: string, params: unknown) => {
  const schema = schemas[method];
  if (!schema) throw new Error(`bug: there is no message ${method}`);
  return schema.parse(params);
};

export const parseForWorker = parser(workerSchemas);
export const parseForSupervisor = parser(supervisorSchemas);
