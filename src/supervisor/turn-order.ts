/** Everything that a turn needs, gathered from the store into the one message that its worker gets. */
import { memoryFolderOf } from '../agents/memory-folder.ts';
import type { Message } from '../broker/message.ts';
import { questionsTo } from '../broker/question.ts';
import { mainSession, workItemIdOf } from '../broker/session-id.ts';
import type { TurnOrder } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import type { Store } from '../store/database/database.ts';
import type { StoredSession } from '../store/session-rows.ts';
import type { Claim } from '../store/sessions.ts';
import type { TranscriptRow } from '../store/transcripts.ts';
import type { KnownItem } from '../work-items/observe/poll.ts';
import { readActivity } from './copies/activity.ts';
import { orderedWork } from './copies/work-methods.ts';
import type { RunningTurn } from './running-turn.ts';
import { subjectOf } from './slack/subject.ts';

/** Collected again for each turn, so that a merge or an edit that nobody reported counts too. */
async function memoryFor(store: Store, turn: RunningTurn): Promise<TurnOrder['memory']> {
  await store.memory.settle(turn.agentId, memoryFolderOf(turn.agent.folder));
  return { files: await store.memory.of(turn), activity: await readActivity(store, turn.agent) };
}

/** A session of which nothing is stored yet but why it waits counts too. */
function knownOf({ workItemId, item, waits }: StoredSession): KnownItem[] {
  const why = waits ?? item?.refusal;
  if (workItemId === undefined || (!item && !why)) return [];
  const contentHash = item?.plan?.contentHash;
  return [
    {
      workItemId,
      phase: item?.phase ?? 'intake',
      ...(why ? { waits: why.refused } : {}),
      ...(why?.until === undefined ? {} : { waitsUntil: why.until }),
      ...(contentHash ? { contentHash } : {}),
      ...(item?.barred ? { isBarred: true as const } : {}),
      ...(item?.phase === 'cancelled' && item.review?.isClosed ? { closedAt: item.since ?? 0 } : {}),
    },
  ];
}

const partMax = 100;

/** A line about each of the agent's work items. They are read part by part: a line is short, and its item may be long. */
async function knownTo({ sessionLists }: Store, agentId: string): Promise<KnownItem[]> {
  const known: KnownItem[] = [];
  for (let after = ''; ; ) {
    const part = await sessionLists.items(agentId, { after, max: partMax });
    known.push(...part.flatMap(knownOf));
    if (part.length < partMax) return known;
    after = part.at(-1)?.sessionId ?? after;
  }
}

/** As it is stored, whole or not: whether it can go on is for the turn to say. */
function conversationOf(
  { engineSessionId, enginePlanHash }: StoredSession,
  rows: readonly TranscriptRow[],
): Pick<TurnOrder, 'conversation'> {
  if (!engineSessionId) return {};
  const about = enginePlanHash === undefined ? {} : { about: enginePlanHash };
  return { conversation: { engineSessionId, ...about, rows: rows.map(({ row }) => row) } };
}

/** What an earlier turn answered, and died upon, is not asked again; in a thread, one answer is for all that was said before it. */
async function openMessages({ messages, outbox }: Store, turn: RunningTurn): Promise<Message[]> {
  const { agentId, batch } = turn;
  const answered = new Set<string>();
  for (const question of questionsTo(agentId, batch)) {
    if (await messages.answerTo(question)) answered.add(question.id);
  }
  for (const [at, { id, command }] of batch.entries()) {
    if (command !== 'slack.message' || !(await outbox.hasAnswered(turn, id))) continue;
    for (const before of batch.slice(0, at + 1)) if (before.command === command) answered.add(before.id);
  }
  return batch.filter(({ id }) => !answered.has(id));
}

const hourMs = 3_600_000;

/** What the limit of overheard messages counts. */
async function overheardBy({ messages }: Store, { agentId, batch }: RunningTurn, now: number) {
  if (!batch.some(({ command }) => command === 'slack.ambient')) return {};
  return { overheard: await messages.overheard(agentId, now - hourMs) };
}

/** Whether the agent's systems were not looked at with its present configuration, or not for long. */
async function wantsCheck({ findings }: Store, { agentId, agent: { digest } }: RunningTurn, now: number) {
  const at = await findings.lookedAt({ agentId, digest });
  return at === undefined || now - at > limits.checkHours * hourMs;
}

/** How the names begin under which the pauses of an agent's systems are kept for all nodes. */
export const pausesOf = (agentId: string) => `token ${agentId} `;

async function pausesFor({ pauses }: Store, { agentId }: RunningTurn): Promise<Pick<TurnOrder, 'pauses'>> {
  const start = pausesOf(agentId);
  const left = [...(await pauses.leftOf(start))].map(([name, ms]) => [name.slice(start.length), ms]);
  return left.length > 0 ? { pauses: Object.fromEntries(left) } : {};
}

/** All but how long the turn may go on, which is known when the order is sent. `now` is milliseconds since 1970. */
export async function orderOf(
  store: Store,
  turn: RunningTurn,
  claim: Claim,
  now: number,
): Promise<Omit<TurnOrder, 'heldMs'>> {
  const { agentId, sessionId, turnId } = turn;
  const { session, batch, openIntents, deaths, dyingSince } = claim;
  const beats = sessionId === mainSession && batch.some((message) => message.command === 'heartbeat');
  const known = sessionId === mainSession ? await knownTo(store, agentId) : [];
  const [state, rows, agentIdentities, memory, confirmed, isCheckDue, about, work] = await Promise.all([
    store.agents.get(agentId),
    session.engineSessionId ? store.transcripts.load(turn) : [],
    // Read of all agents, which only the gates of work items ask for.
    workItemIdOf(sessionId) === undefined ? [] : store.agents.allIdentities(),
    memoryFor(store, turn),
    store.proposals.confirmedOf(turn),
    sessionId === mainSession && wantsCheck(store, turn, now),
    subjectOf(store, turn),
    orderedWork(store, turn),
  ]);
  if (beats) await store.agents.set(agentId, { lastHeartbeatAt: now });
  return {
    turnId,
    sessionId,
    epoch: claim.epoch,
    batch: await openMessages(store, turn),
    openIntents,
    deaths,
    dyingSince,
    known,
    agentIdentities,
    memory,
    confirmed,
    ...(session.item ? { item: session.item } : {}),
    ...(state?.pollCursor ? { cursor: state.pollCursor } : {}),
    ...conversationOf(session, rows),
    ...(isCheckDue ? { checks: true as const } : {}),
    ...(about.length > 0 ? { about } : {}),
    ...work,
    ...(await pausesFor(store, turn)),
    ...(await overheardBy(store, turn, now)),
  };
}
