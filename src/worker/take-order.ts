/**
 * One turn of a session as the supervisor ordered it: a poll of the board, or a work item driven until it rests.
 *
 * main + heartbeat -> poll -> a message for each work item to look at; wi-<id> -> drive; anything else has nothing to do.
 */
import type { Message, MessageDraft } from '../broker/message.ts';
import type { TurnOrder, TurnRest } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { isRefusal, refuse } from '../refusal.ts';
import type { PollCursor, PollResult } from '../work-items/poll.ts';
import type { Drive } from './drive-item.ts';

export interface TakeOrderOptions {
  agentId: string;
  poll: (order: TurnOrder) => Promise<PollResult>;
  publish: (draft: MessageDraft) => Promise<unknown>;
  storeCursor: (cursor: PollCursor) => Promise<void>;
  /** The drive of the order's work item. */
  driveFor: (order: TurnOrder, workItemId: number) => Drive;
}

const itemSession = /^wi-([1-9][0-9]*)$/;

export function createTakeOrder({ agentId, poll, publish, storeCursor, driveFor }: TakeOrderOptions) {
  async function pollBoard(order: TurnOrder): Promise<TurnRest> {
    const { due, cursor } = await poll(order);
    for (const workItemId of due) {
      await publish({ to: `agent/${agentId}`, command: 'work.process', payload: { workItemId } });
    }
    await storeCursor(cursor);
    return {};
  }

  async function driveItem(order: TurnOrder, workItemId: number): Promise<TurnRest> {
    const drive = driveFor(order, workItemId);
    if (order.deaths > limits.deathsInRowMax) {
      const why = `its engine or worker died ${order.deaths - 1} times in a row`;
      const ended = await drive.advance({ kind: 'gave-up', refusal: refuse('STALLED', why) });
      if (isRefusal(ended)) return { why: ended };
    }
    return drive.toRest();
  }

  const isHeartbeat = (message: Message) => message.command === 'heartbeat';

  return async (order: TurnOrder): Promise<TurnRest> => {
    const workItemId = itemSession.exec(order.sessionId)?.[1];
    if (workItemId !== undefined) return driveItem(order, Number(workItemId));
    return order.batch.some(isHeartbeat) ? pollBoard(order) : {};
  };
}
