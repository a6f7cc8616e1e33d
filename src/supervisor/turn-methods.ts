/**
 * What a worker may ask of its supervisor, bound to the turns that this worker was given.
 *
 * The worker names a turn; which agent, session and epoch that is, and whether it still is, stands here.
 */
import type { Agent } from '../agents/agent.ts';
import { memoryFolderOf } from '../agents/memory-folder.ts';
import type { Broker } from '../broker/broker.ts';
import type { MessageDraft } from '../broker/message.ts';
import { questionsTo } from '../broker/question.ts';
import type { Implementation } from '../ipc/peer.ts';
import type { SupervisorMethods } from '../ipc/protocol.ts';
import { isRefusal, refuse } from '../refusal.ts';
import { auditRefusal } from '../store/audit-refusal.ts';
import { turnKeyOf } from '../store/fence.ts';
import type { LifecycleRules } from '../work-items/lifecycle/events.ts';
import { workMethods } from './copies/work-methods.ts';
import { mailMethods } from './mail/mail-methods.ts';
import type { ModelWatch } from './model-watch.ts';
import type { Node } from './node.ts';
import { createPermitBlocks } from './permit-blocks.ts';
import { createProposalMethods } from './proposal-methods.ts';
import type { Purse } from './purse.ts';
import type { RunningTurn } from './running-turn.ts';
import { say } from './slack/say.ts';
import { claim, readThread, type ThreadPart } from './slack/thread-methods.ts';
import { postStatus } from './status-post.ts';
import { createTurnNotes, type TurnNotes } from './turn-notes.ts';
import { pausesOf } from './turn-order.ts';

export interface TurnMethodsOptions {
  purse: Purse;
  modelWatch: ModelWatch;
  /** Whose worker it is. */
  agentId: string;
  /** The turns of this one worker. */
  turnOf: (turnId: string) => RunningTurn | undefined;
  /** How threads of Slack are read. */
  thread: ThreadPart;
}

/** What a worker reaches of the node. */
type MethodsNode = Omit<Node, 'agents' | 'log'>;

/** How far back `grep-logs` looks. */
const searchedMax = 5_000;

/** What the lifecycle asks of an agent's configuration. */
function lifecycleOf({ limits, config }: Agent) {
  const { attemptsMax, repairsMax, replansMax, questionsMax } = limits;
  const { testsMayFail = false, pr } = config.git ?? {};
  const { mode = 'off', rollback } = config.instance?.deploy ?? {};
  const rules: LifecycleRules = {
    attemptsMax,
    repairsMax,
    replansMax,
    questionsMax,
    testsMayFail,
    labels: pr?.labels ?? [],
    reviewers: pr?.reviewers ?? [],
    deploys: mode !== 'off',
    rollback: rollback?.mode ?? 'never',
  };
  return { rules, stateMapping: config.devops?.stateMapping ?? {} };
}

type Search = Omit<SupervisorMethods['grep']['params'], 'turnId'>;

/** Plain words, found as they stand in the newest entries of one session, or of all sessions of the agent and its children. */
async function searchLog({ log }: Node['store'], agentId: string, { text, sessionId, limit }: Search) {
  const where = sessionId ? { agentId, sessionId } : { branch: agentId };
  const entries = await log.tail({ ...where, max: searchedMax });
  const wanted = text.toLowerCase();
  return entries.filter((entry) => JSON.stringify(entry).toLowerCase().includes(wanted)).slice(-limit);
}

async function publishFrom(broker: Broker, { agentId, sessionId, batch }: RunningTurn, draft: MessageDraft) {
  const sent = await broker.publish(draft, { kind: 'agent', agentId, sessionId }, batch.at(-1)?.id);
  return sent ?? refuse('ADDRESS_DENIED', 'this message was sent before', 'Nothing to do.');
}

/** Only a question that was put to the turn's own session can be answered in it. */
async function answerFrom(
  broker: Broker,
  { agentId, sessionId, batch }: RunningTurn,
  { questionId, answer }: Omit<SupervisorMethods['answer']['params'], 'turnId'>,
) {
  const question = questionsTo(agentId, batch).find(({ id }) => id === questionId);
  if (!question) return refuse('SESSION_TENANT', `question ${questionId} was not put to ${sessionId} of ${agentId}`);
  const sent = await broker.answer(question, answer, { kind: 'agent', agentId, sessionId });
  return sent ?? refuse('ADDRESS_DENIED', 'this question was answered before', 'Nothing to do: end your turn.');
}

/** An answer that says only that it was done. */
async function nothing(done: Promise<unknown>): Promise<null> {
  await done;
  return null;
}

type TurnOf = (turnId: string) => RunningTurn;
type Methods = Implementation<SupervisorMethods>;

/** What the turn may spend, and has, and what earlier work cost. */
function moneyMethods({ usage }: Node['store'], purse: Purse, turn: TurnOf) {
  return {
    earlierItems: ({ turnId }) => usage.earlierItems(turn(turnId).agentId),
    reserve: async ({ turnId, usdMax }) => (await purse.reserve(turn(turnId), usdMax)) ?? null,
    settle: ({ turnId, usdMax, usd, tokens }) => nothing(purse.settle(turn(turnId), usdMax, { usd, tokens })),
    engineEnded: ({ turnId }) => nothing(purse.countTurn(turn(turnId))),
  } satisfies Partial<Methods>;
}

/** How the model's provider answers the agent. */
function modelMethods(watch: ModelWatch, turn: TurnOf) {
  return {
    askModel: async ({ turnId }) => (await watch.ask(turn(turnId))) ?? null,
    modelAnswered: ({ turnId }) => nothing(watch.answered(turn(turnId))),
    modelFailed: async ({ turnId, refusal, mayBeOwn }) => (await watch.failed(turn(turnId), refusal, mayBeOwn)) ?? null,
  } satisfies Partial<Methods>;
}

/** What the turn reads of threads, and takes up in them. */
function threadMethods(node: MethodsNode, thread: ThreadPart, turn: TurnOf) {
  return {
    readThread: ({ turnId, ...page }) => readThread(node, thread, turn(turnId), page),
    async claim({ turnId, messageId }) {
      const claimed = await claim(node, thread, turn(turnId), messageId);
      node.poke();
      return claimed;
    },
  } satisfies Partial<Methods>;
}

/** What the turn says to others: messages, proposals, and the answer to its question. */
function speechMethods(node: MethodsNode, notes: TurnNotes, turn: TurnOf, thread: ThreadPart) {
  const { broker, poke, crashPoints } = node;
  const mail = mailMethods(node, notes);
  return {
    ...threadMethods(node, thread, turn),
    ...createProposalMethods(node, notes, turn),
    say: ({ turnId, intent }) => say(node, notes, turn(turnId), intent),
    status: ({ turnId, text }) => node.store.outbox.status(turn(turnId), text),
    mailBegin: ({ turnId, ...begun }) => mail.begin(turn(turnId), begun),
    mailEnd: ({ turnId, ...ended }) => nothing(mail.end(turn(turnId), ended)),
    async publish({ turnId, draft }) {
      const sent = await publishFrom(broker, turn(turnId), draft);
      poke();
      return sent;
    },
    async answer({ turnId, ...given }) {
      const running = turn(turnId);
      const sent = await answerFrom(broker, running, given);
      crashPoints.reach('supervisor.commit');
      if (!isRefusal(sent)) await notes.answer(running, given.answer);
      poke();
      return sent;
    },
  } satisfies Partial<Methods>;
}

/** What a look at the board found. */
function boardMethods({ store, clock }: Pick<Node, 'store' | 'clock'>, turn: TurnOf) {
  return {
    rank: ({ turnId, ranks }) => nothing(store.sessions.rank(turn(turnId).agentId, ranks)),
    polled({ turnId, cursor: pollCursor, tokenExpiries }) {
      const expiries = tokenExpiries ? { tokenExpiries } : {};
      return nothing(store.agents.set(turn(turnId).agentId, { pollCursor, lastLookAt: clock.now(), ...expiries }));
    },
  } satisfies Partial<Methods>;
}

/** What is written to the session's log and to the audit log, and what is found in the former. */
function logMethods(store: Node['store'], agentId: string, notes: TurnNotes, turn: TurnOf) {
  return {
    record: ({ turnId, entries }) => nothing(notes.write(turn(turnId), entries)),
    refused({ turnId, ...act }) {
      const sessionId = turnId === undefined ? '' : turn(turnId).sessionId;
      return nothing(auditRefusal(store.audit, { agentId, sessionId }, { actor: `agent/${agentId}`, ...act }));
    },
    found: ({ digest, findings }) => nothing(store.findings.keep({ agentId, digest }, 'platform', findings)),
    paused: ({ system, ms }) => nothing(store.pauses.extend(`${pausesOf(agentId)}${system}`, ms)),
    grep: ({ turnId, ...wanted }) => searchLog(store, turn(turnId).agentId, wanted),
  } satisfies Partial<Methods>;
}

/** What the turn did to the agent's instance is stored, so others may change that. */
async function leaveInstance({ shared }: Node['store'], turn: RunningTurn): Promise<void> {
  if (turn.isDeploying) await shared.leaveInstance(turn);
  turn.isDeploying = false;
}

export function createTurnMethods(
  node: MethodsNode,
  { purse, modelWatch, agentId, turnOf, thread }: TurnMethodsOptions,
): Methods {
  const { store, crashPoints, clock } = node;
  const notes = createTurnNotes(node);
  const blocks = createPermitBlocks(node);

  function turn(turnId: string): RunningTurn {
    const running = turnOf(turnId);
    if (!running) throw new Error(`the turn ${turnId} is over`);
    return running;
  }

  const ledger = (turnId: string) => store.effects.ledgerOf(turn(turnId));

  return {
    async apply({ turnId, event }) {
      const running = turn(turnId);
      const applied = await store.items.apply({ ...turnKeyOf(running), event, ...lifecycleOf(running.agent) });
      await leaveInstance(store, running);
      crashPoints.reach('supervisor.commit');
      if (isRefusal(applied)) return applied;
      await notes.decision(running, event);
      await notes.phase(running, applied.item);
      await postStatus(node, running, applied.item);
      return applied;
    },
    blocked: async ({ turnId, kind }) => (await blocks.blocked(turn(turnId), kind)) ?? null,
    otherMerges: ({ turnId }) => blocks.otherMerges(turn(turnId)),
    effectTried: async ({ turnId, key }) => (await ledger(turnId).tried(key)) ?? null,
    async effectBegin({ turnId, key, intent }) {
      const before = await ledger(turnId).begin(key, intent);
      crashPoints.reach('supervisor.commit');
      if (intent.kind === 'test' && !before) await notes.testsBegin(turn(turnId), key);
      return before ?? null;
    },
    async effectEnd({ turnId, key, outcome, permitId }) {
      await ledger(turnId).end(key, outcome, permitId);
      if (outcome.kind !== 'done') await leaveInstance(store, turn(turnId));
      crashPoints.reach('supervisor.commit');
      await notes.effect(turn(turnId), key, outcome);
      return null;
    },
    async transcript({ turnId, engineSessionId, about, rows }) {
      const running = turn(turnId);
      const isAnother = await store.sessions.setEngineSession(running, engineSessionId, about);
      const kept = rows.map((row) => ({ row }));
      // A new conversation replaces the one before.
      return nothing(store.transcripts[isAnother ? 'replace' : 'append'](running, kept));
    },
    ...logMethods(store, agentId, notes, turn),
    ...speechMethods(node, notes, turn, thread),
    ...moneyMethods(store, purse, turn),
    ...modelMethods(modelWatch, turn),
    async memory({ turnId, files }) {
      const running = turn(turnId);
      await store.memory.keep(running, memoryFolderOf(running.agent.folder), files);
      const at = clock.now();
      await notes.write(
        running,
        files.map(({ file, text }) => ({ at, kind: 'memory', text: `${file}, ${text.length} characters` })),
      );
      return null;
    },
    ...boardMethods(node, turn),
    ...workMethods(store, turn),
  };
}
