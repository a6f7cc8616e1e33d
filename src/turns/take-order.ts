/**
 * One turn of a session as the supervisor ordered it: a poll of the board, or a work item driven until it rests.
 *
 * main + heartbeat (or a wish of its own) -> poll -> a message for each work item to look at;
 * wi-<id> -> what people asked of it -> drive; anything else has nothing to do.
 */

import { isGivenUp } from '../broker/dying.ts';
import type { Message, MessageDraft } from '../broker/message.ts';
import { mainSession } from '../broker/session-id.ts';
import { statesAgainMs } from '../connections/check-states.ts';
import type { TurnOrder, TurnRest } from '../ipc/protocol.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { PollCursor, PollResult } from '../work-items/observe/poll.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Drive } from './item/drive-item.ts';
import type { PersonRequests } from './item/person-requests.ts';

export interface TakeOrderOptions {
  agentId: string;
  /** Refuses when the board has not the states that the agent counts on. */
  poll: (order: TurnOrder) => Promise<PollResult | Refusal>;
  publish: (draft: MessageDraft) => Promise<unknown>;
  /** Notes how soon work items shall start, before they are asked for. */
  rank: (ranks: PollResult['ranks']) => Promise<unknown>;
  storeCursor: (cursor: PollCursor) => Promise<void>;
  requestOf: PersonRequests;
  /** The drive of the order's work item. */
  driveFor: (order: TurnOrder, workItemId: number) => Drive;
  /** When an item that rests is to be looked at by itself. */
  wakeFor: (item: WorkItem) => Pick<TurnRest, 'wakeInMs'>;
  /** Told of the item when its turn has come to rest. */
  rested: (item: WorkItem) => void;
  /** Milliseconds since 1970. */
  now: () => number;
}

const fullAgainMs = 60_000;
const itemSession = /^wi-([1-9][0-9]*)$/;

export function createTakeOrder(options: TakeOrderOptions) {
  const { agentId, poll, publish, rank, storeCursor, requestOf, driveFor, wakeFor, rested, now } = options;

  async function pollBoard(order: TurnOrder): Promise<TurnRest> {
    const polled = await poll(order);
    if (isRefusal(polled)) return { wakeInMs: statesAgainMs, why: polled };
    const { due, ranks, cursor } = polled;
    if (ranks.length > 0) await rank(ranks);
    for (const workItemId of due) {
      const sent = await publish({ to: `agent/${agentId}`, command: 'work.process', payload: { workItemId } });
      // The next poll finds the rest again.
      if (isRefusal(sent) && sent.refused === 'RATE') return { wakeInMs: fullAgainMs, why: sent };
    }
    await storeCursor(cursor);
    return {};
  }

  async function driveItem(order: TurnOrder, workItemId: number): Promise<TurnRest> {
    const drive = driveFor(order, workItemId);
    if (isGivenUp(order, now())) {
      const why = `its turns broke ${order.deaths - 1} times in a row`;
      const ended = await drive.advance({ kind: 'gave-up', refusal: refuse('STALLED', why) });
      if (isRefusal(ended)) return { why: ended };
    }
    for (const message of order.batch) {
      const asked = await requestOf(message, drive.item());
      if (asked) await drive.advance(asked);
    }
    const rest = await drive.toRest();
    rested(drive.item());
    return { ...wakeFor(drive.item()), ...rest };
  }

  const isHeartbeat = (message: Message) => message.command === 'heartbeat';
  /** Woken without a message, the session wants to try again what its last turn could not do. */
  const polls = ({ sessionId, batch }: TurnOrder) =>
    sessionId === mainSession && (batch.length === 0 || batch.some(isHeartbeat));

  return async (order: TurnOrder): Promise<TurnRest> => {
    const workItemId = itemSession.exec(order.sessionId)?.[1];
    if (workItemId !== undefined) return driveItem(order, Number(workItemId));
    return polls(order) ? pollBoard(order) : {};
  };
}
