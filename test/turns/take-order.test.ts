import { expect, test } from 'vitest';
import type { Message } from '../../src/broker/message.ts';
import type { TurnOrder } from '../../src/ipc/protocol.ts';
import { type Refusal, refuse } from '../../src/refusal.ts';
import type { Drive } from '../../src/turns/item/drive-item.ts';
import { createTakeOrder } from '../../src/turns/take-order.ts';
import type { PollResult } from '../../src/work-items/observe/poll.ts';
import { itemIn } from '../work-items/fixture.ts';

const message = (command: string): Message => ({
  id: 'm1',
  to: 'agent/codechange/acme',
  from: 'person/eve',
  command,
  payload: {},
  at: 1,
});

function orderFor(sessionId: string, extra: Partial<TurnOrder> = {}): TurnOrder {
  const parts = {
    batch: [],
    openIntents: [],
    known: [],
    agentIdentities: [],
    deaths: 0,
    dyingSince: 0,
    memory: { files: [], activity: '' },
  };
  return { turnId: 't1', sessionId, epoch: 1, ...parts, ...extra };
}

function taker(
  drive: Partial<Drive> = {},
  polled: PollResult | Refusal = {
    due: [3, 12],
    ranks: [{ workItemId: 3, rank: 2 }],
    cursor: { seenUntil: 5, sweptAt: 1 },
  },
  published: unknown = undefined,
) {
  const steps: unknown[] = [];
  const take = createTakeOrder({
    agentId: 'codechange/acme',
    poll: async () => {
      steps.push('poll');
      return polled;
    },
    publish: async (draft) => {
      steps.push(draft);
      return published;
    },
    rank: async (ranks) => steps.push(ranks),
    wakeFor: () => ({ wakeInMs: 9 }),
    now: () => 600_000,
    rested: ({ phase }) => void steps.push(`rested in ${phase}`),
    storeCursor: async (cursor) => void steps.push(cursor),
    requestOf: async ({ command, from }) => (command === 'work.retry' ? { kind: 'retried-by', by: from } : undefined),
    driveFor: (_order, workItemId) => {
      steps.push(workItemId);
      return {
        item: () => itemIn('planning'),
        isSettled: () => true,
        advance: async (event) => {
          steps.push(event);
          return { item: itemIn('failed'), openIntents: [] };
        },
        toRest: async () => ({ wakeInMs: 5 }),
        ...drive,
      };
    },
  });
  return { take, steps };
}

test('a heartbeat polls the board, sends a message for each item that is due, and only then moves its cursor', async () => {
  const { take, steps } = taker();
  expect(await take(orderFor('main', { batch: [message('hello'), message('heartbeat')] }))).toEqual({});
  const sent = (workItemId: number) => ({
    to: 'agent/codechange/acme',
    command: 'work.process',
    payload: { workItemId },
  });
  expect(steps).toEqual(['poll', [{ workItemId: 3, rank: 2 }], sent(3), sent(12), { seenUntil: 5, sweptAt: 1 }]);
});

test('a session of the agent woken without a message polls again', async () => {
  const { take, steps } = taker({}, { due: [], ranks: [], cursor: { seenUntil: 5, sweptAt: 1 } });
  expect(await take(orderFor('main'))).toEqual({});
  expect(steps).toEqual(['poll', { seenUntil: 5, sweptAt: 1 }]);
});

test('a board that cannot be polled is tried again later, and its cursor stays', async () => {
  const why = refuse('CONFIG_INVALID', 'no such state');
  const { take, steps } = taker({}, why);
  expect(await take(orderFor('main'))).toMatchObject({ why, wakeInMs: expect.any(Number) });
  expect(steps).toEqual(['poll']);
});

test("an item's session drives that item until it rests", async () => {
  const { take, steps } = taker();
  expect(await take(orderFor('wi-12'))).toEqual({ wakeInMs: 5 });
  expect(steps).toEqual([12, 'rested in planning']);
});

test('any other message has nothing to do', async () => {
  const { take, steps } = taker();
  for (const order of [
    orderFor('main', { batch: [message('hello')] }),
    orderFor('slack-t-c-1'),
    orderFor('wi-0'),
    orderFor('wi-012'),
  ]) {
    expect(await take(order)).toEqual({});
  }
  expect(steps).toEqual([]);
});

test('an item whose turns broke three times in a row, over more than minutes, is given up', async () => {
  const third = taker();
  await third.take(orderFor('wi-12', { deaths: 3 }));
  expect(third.steps).toEqual([12, 'rested in planning']);
  const fourth = taker();
  await fourth.take(orderFor('wi-12', { deaths: 4 }));
  expect(fourth.steps[1]).toMatchObject({ kind: 'gave-up', refusal: { refused: 'STALLED' } });
});

test('a machine that is restarted many times within minutes fails no work item', async () => {
  const { take, steps } = taker();
  await take(orderFor('wi-12', { deaths: 9, dyingSince: 600_000 - 299_000 }));
  expect(steps).toEqual([12, 'rested in planning']);
});

test('a turn that lost its lease while giving up says so', async () => {
  const { take } = taker({ advance: async () => refuse('GATE_LEASE', 'lost') });
  expect(await take(orderFor('wi-12', { deaths: 4 }))).toMatchObject({ why: { refused: 'GATE_LEASE' } });
});

test('a poll whose messages find no room is made again later, from where the last one began', async () => {
  const full = refuse('RATE', '1000 messages wait');
  const { take, steps } = taker({}, undefined, full);
  const rest = await take(orderFor('main', { batch: [message('heartbeat')] }));
  expect(rest).toEqual({ wakeInMs: 60_000, why: full });
  expect(steps).not.toContainEqual({ seenUntil: 5, sweptAt: 1 });
});
