/**
 * One turn of a session as the supervisor ordered it.
 *
 * a confirmed proposal -> sent, once; a thread's messages -> a word in the thread; a question -> an answer. With a board: main +
 * heartbeat (or its own wish) -> poll; wi-<id> -> that work item, driven until it rests. Anything else has nothing to do.
 */
import type { ConversationAgent } from '../agents/agent.ts';
import { questionsTo } from '../broker/question.ts';
import { mainSession, workItemIdOf } from '../broker/session-id.ts';
import { heardIn } from '../conversations/heard.ts';
import type { TurnOrder, TurnRest } from '../ipc/protocol.ts';
import type { PlatformTool } from '../tools/tool.ts';
import type { BoardWorker } from './board-worker.ts';
import { boardTools } from './conversation/board-tools.ts';
import { carryOut } from './conversation/carry-out.ts';
import { instanceTools } from './conversation/instance-tools.ts';
import { beginItemTurn } from './item/begin.ts';
import { takeItem } from './item/take-item.ts';
import type { LiveTurn, TakeOrder } from './live-turns.ts';
import { pollBoard } from './poll-board.ts';
import { beginTurn, type Turn, type WorkerParts } from './turn.ts';

/** Woken without a message, the session wants to try again what its last turn could not do. */
const polls = ({ sessionId, batch }: TurnOrder) =>
  sessionId === mainSession && (batch.length === 0 || batch.some(({ command }) => command === 'heartbeat'));

/** What people said in the session's thread; the Agent SDK and the tools are loaded for the first of it. `tools` are its kind's own. */
async function takeThread(
  worker: WorkerParts,
  order: TurnOrder,
  live: LiveTurn,
  tools: (turn: Turn) => readonly PlatformTool[],
): Promise<TurnRest> {
  const heard = heardIn(order.batch, 'slack.message');
  if (heard.length === 0) return {};
  const [{ createTalk }, { speakInThread }, { speechOf }] = await Promise.all([
    import('./talk/talk.ts'),
    import('./conversation/thread-turn.ts'),
    import('./conversation/speech.ts'),
  ]);
  const turn = beginTurn(worker, order, live.abort.signal);
  return speakInThread(turn, createTalk(turn), heard, { speech: speechOf(turn), tools: tools(turn) });
}

/** The turns of an agent without a board. */
export function questionTurns(worker: WorkerParts<ConversationAgent>): TakeOrder {
  return async (order, live) => {
    let later: TurnRest = {};
    for (const proposal of order.confirmed) {
      const turn = beginTurn(worker, order, live.abort.signal);
      const rest = await carryOut(turn, proposal);
      if (rest && (rest.until ?? 0) < (later.until ?? Number.POSITIVE_INFINITY)) later = rest;
    }
    for (const question of questionsTo(worker.agent.id, order.batch)) {
      const [{ createTalk }, { answerQuestion }] = await Promise.all([
        import('./talk/talk.ts'),
        import('./conversation-turn.ts'),
      ]);
      const turn = beginTurn(worker, order, live.abort.signal);
      const rest = await answerQuestion(turn, createTalk(turn), question);
      if (rest.isUndone) return rest;
    }
    const rest = await takeThread(worker, order, live, instanceTools);
    return rest.isUndone || later.until === undefined ? rest : later;
  };
}

/** The turns of an agent with a board. */
export function boardTurns(worker: BoardWorker): TakeOrder {
  return async (order, live) => {
    const { signal } = live.abort;
    const workItemId = workItemIdOf(order.sessionId);
    if (workItemId !== undefined) return takeItem(beginItemTurn(worker, order, signal), workItemId, live);
    if (!polls(order)) return takeThread(worker, order, live, () => boardTools(worker));
    // Its wish to look is kept by its rest.
    live.hasActed = true;
    return pollBoard({ ...beginTurn(worker, order, signal), worker, connections: worker.connections });
  };
}
