/**
 * One turn of a session as the supervisor ordered it.
 *
 * with a board: main + heartbeat (or its own wish) -> poll; wi-<id> -> that work item, driven until it rests;
 * without one: a question -> an answer; anything else has nothing to do.
 */
import type { ConversationAgent } from '../agents/agent.ts';
import { questionsTo } from '../broker/question.ts';
import { mainSession, workItemIdOf } from '../broker/session-id.ts';
import type { TurnOrder } from '../ipc/protocol.ts';
import type { BoardWorker } from './board-worker.ts';
import { beginItemTurn } from './item/begin.ts';
import { takeItem } from './item/take-item.ts';
import type { TakeOrder } from './live-turns.ts';
import { pollBoard } from './poll-board.ts';
import { beginTurn, type WorkerParts } from './turn.ts';

/** Woken without a message, the session wants to try again what its last turn could not do. */
const polls = ({ sessionId, batch }: TurnOrder) =>
  sessionId === mainSession && (batch.length === 0 || batch.some(({ command }) => command === 'heartbeat'));

/** The turns of an agent without one; the Agent SDK and the tools are loaded for the first question. */
export function questionTurns(worker: WorkerParts<ConversationAgent>): TakeOrder {
  return async (order, live) => {
    for (const question of questionsTo(worker.agent.id, order.batch)) {
      const [{ createTalk }, { answerQuestion }] = await Promise.all([
        import('./talk/talk.ts'),
        import('./conversation-turn.ts'),
      ]);
      const turn = beginTurn(worker, order, live.abort.signal);
      const rest = await answerQuestion(turn, createTalk(turn), question);
      if (rest.isUndone) return rest;
    }
    return {};
  };
}

/** The turns of an agent with a board. */
export function boardTurns(worker: BoardWorker): TakeOrder {
  return async (order, live) => {
    const { signal } = live.abort;
    const workItemId = workItemIdOf(order.sessionId);
    if (workItemId !== undefined) return takeItem(beginItemTurn(worker, order, signal), workItemId, live);
    if (!polls(order)) return {};
    // Its wish to look is kept by its rest.
    live.hasActed = true;
    return pollBoard({ ...beginTurn(worker, order, signal), worker, connections: worker.connections });
  };
}
