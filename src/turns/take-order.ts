/**
 * One turn of a session as the supervisor ordered it.
 *
 * a confirmed proposal -> sent, once; a question -> an answer; a thread's messages, or answers to what was asked there -> a word in the
 * thread; overheard messages -> sorted; a heartbeat with something to do -> the agent's own rounds. With a board: main + heartbeat (or
 * its own wish) -> poll; wi-<id> -> that work item, driven until it rests. Anything else has nothing to do.
 */
import type { ConversationAgent } from '../agents/agent.ts';
import { heartbeatTextOf } from '../agents/instructions.ts';
import { answersIn, questionsTo } from '../broker/question.ts';
import { isThreadSession, mainSession, workItemIdOf } from '../broker/session-id.ts';
import { heardIn } from '../conversations/heard.ts';
import type { TurnOrder, TurnRest } from '../ipc/protocol.ts';
import type { PlatformTool } from '../tools/tool.ts';
import type { BoardWorker } from './board-worker.ts';
import { type Coming, takeAfter } from './conversation/coming.ts';
import type { ItemWorker } from './item-worker.ts';
import type { LiveTurn, TakeOrder } from './live-turns.ts';
import { pollBoard } from './poll-board.ts';
import { beginTurn, type Turn, type WorkerParts, warn } from './turn.ts';

const beats = ({ sessionId, batch }: TurnOrder) =>
  sessionId === mainSession && batch.some(({ command }) => command === 'heartbeat');

/** Woken without a message, the session wants to try again what its last turn could not do. */
const polls = (order: TurnOrder) => beats(order) || (order.sessionId === mainSession && order.batch.length === 0);

/** One turn with what it needs to talk; the Agent SDK and the tools are loaded for the first of them. */
interface Talking {
  worker: WorkerParts;
  order: TurnOrder;
  live: LiveTurn;
  /** Those that only this kind of agent has in a conversation. */
  tools: (turn: Turn) => Promise<readonly PlatformTool[]>;
}

async function beginTalk({ worker, order, live }: Talking) {
  const [{ createTalk }, { engineOf }] = await Promise.all([import('./talk/talk.ts'), import('./talk/turn-engine.ts')]);
  const turn = beginTurn(worker, order, live.abort.signal);
  const engine = engineOf(turn);
  return { turn, engine, talk: createTalk(turn, engine) };
}

/** What was said in the session's thread, and what was answered to its questions. */
async function saidTo(talking: Talking): Promise<Coming[]> {
  const { order, tools } = talking;
  const [heard, answers] = [heardIn(order.batch, 'slack.message'), answersIn(order.batch)];
  const isThread = isThreadSession(order.sessionId);
  if (answers.length + (isThread ? heard.length : 0) === 0) return [];
  const { turn, talk } = await beginTalk(talking);
  if (!isThread) {
    const { ownTurn, answeredLead } = await import('./conversation/own-turn.ts');
    return [ownTurn(turn, talk, { lead: answeredLead, answers, tools: await tools(turn) })];
  }
  const [{ threadTurn }, { speechOf }] = await Promise.all([
    import('./conversation/thread-turn.ts'),
    import('./conversation/speech.ts'),
  ]);
  return [threadTurn(turn, talk, { heard, answers }, { speech: speechOf(turn), tools: await tools(turn) })];
}

/** What people said in channels without speaking to the agent. */
async function sortOverheard(talking: Talking): Promise<void> {
  const overheard = heardIn(talking.order.batch, 'slack.ambient');
  if (overheard.length === 0) return;
  const [{ turn, engine }, { triage }] = await Promise.all([beginTalk(talking), import('./conversation/triage.ts')]);
  await triage(turn, engine, overheard);
}

/** Where it cannot be done now, the next heartbeat comes by itself. */
async function rounds(talking: Talking): Promise<Coming[]> {
  const text = heartbeatTextOf(talking.worker.agent);
  if (!beats(talking.order) || text === undefined) return [];
  const { turn, talk } = await beginTalk(talking);
  const { ownTurn, heartbeatLead } = await import('./conversation/own-turn.ts');
  const own = ownTurn(turn, talk, { lead: heartbeatLead(text), answers: [], tools: await talking.tools(turn) });
  async function take(): Promise<TurnRest> {
    const { why } = await own.take();
    if (why) await warn(turn, `heartbeat.md is left for the next heartbeat: ${why.refused}: ${why.why}`);
    return {};
  }
  return [{ ...own, take }];
}

/** What the turn talks about after `first`; the engine of it starts meanwhile. */
async function converse(talking: Talking, first: () => Promise<unknown>): Promise<TurnRest> {
  return takeAfter(first, [...(await rounds(talking)), ...(await saidTo(talking))]);
}

/** What people confirmed is sent before anything else is done; the earliest time to come back to what could not be. */
async function carryOutConfirmed(worker: WorkerParts, order: TurnOrder, live: LiveTurn): Promise<TurnRest> {
  if (order.confirmed.length === 0) return {};
  const { carryOut } = await import('./conversation/carry-out.ts');
  let later: TurnRest = {};
  for (const proposal of order.confirmed) {
    const rest = await carryOut(beginTurn(worker, order, live.abort.signal), proposal);
    if (rest && (rest.until ?? 0) < (later.until ?? Number.POSITIVE_INFINITY)) later = rest;
  }
  return later;
}

/** The turns of an agent without a board. */
export function questionTurns(worker: WorkerParts<ConversationAgent>): TakeOrder {
  const tools = async (turn: Turn) => (await import('./conversation/instance-tools.ts')).instanceTools(turn);
  return async (order, live) => {
    const later = await carryOutConfirmed(worker, order, live);
    for (const question of questionsTo(worker.agent.id, order.batch)) {
      const [{ createTalk }, { answerQuestion }] = await Promise.all([
        import('./talk/talk.ts'),
        import('./conversation-turn.ts'),
      ]);
      const turn = beginTurn(worker, order, live.abort.signal);
      const talk = createTalk(turn);
      const rest = await answerQuestion(turn, talk, question).finally(talk.end);
      if (rest.isUndone) return rest;
    }
    const talking: Talking = { worker, order, live, tools };
    const rest = await converse(talking, () => sortOverheard(talking));
    return rest.isUndone || later.until === undefined ? rest : later;
  };
}

async function loadItems(worker: BoardWorker): Promise<ItemWorker> {
  return (await import('./item-worker.ts')).itemWorker(worker);
}

async function workOn(worker: Promise<ItemWorker>, order: TurnOrder, workItemId: number, live: LiveTurn) {
  const [{ beginItemTurn }, { takeItem }] = await Promise.all([
    import('./item/begin.ts'),
    import('./item/take-item.ts'),
  ]);
  return takeItem(beginItemTurn(await worker, order, live.abort.signal), workItemId, live);
}

/** The turns of an agent with a board. What work items need is loaded for the first of them: most workers look and end. */
export function boardTurns(worker: BoardWorker, load: typeof loadItems = loadItems): TakeOrder {
  let items: Promise<ItemWorker> | undefined;
  const tools = async () => (await import('./conversation/board-tools.ts')).boardTools(worker);
  return async (order, live) => {
    const { signal } = live.abort;
    const workItemId = workItemIdOf(order.sessionId);
    if (workItemId !== undefined) {
      items ??= load(worker);
      return workOn(items, order, workItemId, live);
    }
    const talking: Talking = { worker, order, live, tools };
    let looked: TurnRest = {};
    const said = await converse(talking, async () => {
      await sortOverheard(talking);
      if (!polls(order)) return;
      // Its wish to look is kept by its rest.
      live.hasActed = true;
      looked = await pollBoard({ ...beginTurn(worker, order, signal), worker, connections: worker.connections });
    });
    return { ...said, ...looked };
  };
}
