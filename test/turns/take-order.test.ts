/** What a turn of an agent with a board does, by its session and its messages; the outside is in memory, no engine starts. */
import { expect, test } from 'vitest';
import type { Message } from '../../src/broker/message.ts';
import type { TurnOrder, WorkerSetup } from '../../src/ipc/protocol.ts';
import type { Outbound } from '../../src/outbound/outbound.ts';
import { type Refusal, refuse } from '../../src/refusal.ts';
import type { ItemWorker } from '../../src/turns/item-worker.ts';
import { boardTurns } from '../../src/turns/take-order.ts';
import type { WorkItem } from '../../src/work-items/work-item.ts';
import { only } from '../only.ts';
import { approvedByEve, itemIn, mapping, planReady, tileIn } from '../work-items/fixture.ts';
import { createWorld, trackerOf } from '../work-items/ports.ts';
import { codeChangeAgent, connectionsTo, itemTurn, orderFor, supervisorOf } from './turn.ts';

const message = (command: string, payload = {}): Message => ({
  id: 'm1',
  to: 'agent/codechange/acme',
  from: 'person/eve',
  command,
  payload,
  at: 1,
});

interface Scene {
  /** Of the board: work items that changed, all of which may begin. */
  changed?: number[];
  lacking?: Refusal;
  /** What the supervisor answers to a message and to an event. */
  sent?: unknown;
  applied?: Refusal | { item: WorkItem; openIntents: [] };
  lookOutside?: () => void;
  tokenExpiresAt?: number | null;
  now?: number;
  /** Why the model is not asked. */
  closed?: Refusal;
}

/** The turns of an agent, and what its supervisor was asked in them. */
function turns(scene: Scene = {}) {
  const { changed = [], lacking, sent, applied, lookOutside = () => {}, now = 600_000 } = scene;
  const { calls, supervisor } = supervisorOf({
    publish: () => sent,
    askModel: () => scene.closed,
    apply: () => applied ?? { item: planReady, openIntents: [] },
  });
  const world = createWorld({ tile: tileIn('Plan Ready'), change: { ...approvedByEve, state: 'Plan Ready' } });
  if (scene.tokenExpiresAt !== undefined) world.tokenExpiresAt = scene.tokenExpiresAt;
  const tracker = {
    ...trackerOf(world),
    stateNames: async () => new Map(),
    changedSince: async () => changed,
    summaries: async (ids: readonly number[]) => ids.map((workItemId) => ({ ...tileIn('New'), workItemId })),
  };
  const dropped: string[] = [];
  const agent = codeChangeAgent({ devops: { stateMapping: mapping, requiredTag: 'jvagent' } });
  const { worker } = itemTurn({
    agent,
    connections: connectionsTo(world, { tracker }),
    parts: {
      supervisor,
      clock: { now: () => now, sleep: async () => {} },
      setup: only<WorkerSetup>('setup', { modelKey: undefined, modelUrl: undefined }),
      outbound: only<Outbound>('outbound', { fetch }),
    },
    worker: { checkBoard: async () => lacking, lookOutside },
  });
  const workspace: ItemWorker['workspace'] = {
    ...worker.workspace,
    drop: (sessionId) => void dropped.push(sessionId),
  };
  const items = async () => ({ ...worker, workspace });
  const take = (order: TurnOrder) => boardTurns(worker, items)(order, { abort: new AbortController() });
  return { take, calls, dropped, asked: () => calls.map(([method]) => method) };
}

const cursor = { seenUntil: 600_000, sweptAt: 600_000 };
const sent = (workItemId: number) => ({
  turnId: 't1',
  draft: { to: 'agent/codechange/acme', command: 'work.process', payload: { workItemId } },
});

test('a heartbeat polls the board, sends a message for each item that is due, and only then moves its cursor', async () => {
  const { take, calls } = turns({ changed: [3, 12] });
  expect(await take(orderFor('main', { batch: [message('hello'), message('heartbeat')] }))).toEqual({});
  const ranks = [3, 12].map((workItemId) => ({ workItemId, rank: expect.any(Number) }));
  expect(calls).toEqual([
    ['rank', { turnId: 't1', ranks }],
    ['publish', sent(3)],
    ['publish', sent(12)],
    ['polled', { turnId: 't1', cursor }],
  ]);
});

test('a look at the other systems is begun where it is due, and the poll does not wait for it', async () => {
  const begun: string[] = [];
  const { take, asked } = turns({ lookOutside: () => void begun.push('look') });
  await take(orderFor('main'));
  expect(begun).toEqual([]);
  await take(orderFor('main', { checks: true }));
  expect({ begun, asked: asked() }).toEqual({ begun: ['look'], asked: ['polled', 'polled'] });
});

test('a session of the agent woken without a message polls again', async () => {
  const { take, calls } = turns();
  expect(await take(orderFor('main'))).toEqual({});
  expect(calls).toEqual([['polled', { turnId: 't1', cursor }]]);
});

test('a poll tells when the token of the code host expires, that it lasts, or nothing while nothing is known', async () => {
  for (const [tokenExpiresAt, told] of [
    [99, { tokenExpiries: { GIT_TOKEN: 99 } }],
    [null, { tokenExpiries: {} }],
    [undefined, {}],
  ] as const) {
    const { take, calls } = turns(tokenExpiresAt === undefined ? {} : { tokenExpiresAt });
    await take(orderFor('main'));
    expect(calls).toEqual([['polled', { turnId: 't1', cursor, ...told }]]);
  }
});

test('a board that cannot be polled is tried again later, and its cursor stays', async () => {
  const lacking = refuse('CONFIG_INVALID', 'no such state');
  const { take, calls } = turns({ lacking });
  expect(await take(orderFor('main'))).toMatchObject({ why: lacking, until: expect.any(Number) });
  expect(calls).toEqual([]);
});

test('a poll whose messages find no room is repeated later, from where the last one began', async () => {
  const full = refuse('RATE', '1000 messages wait');
  const { take, asked } = turns({ changed: [3, 12], sent: full });
  const rest = await take(orderFor('main', { batch: [message('heartbeat')] }));
  expect(rest).toEqual({ until: 660_000, why: full });
  expect(asked()).not.toContain('polled');
});

test("an item's session drives that item until it rests", async () => {
  const { take, dropped } = turns();
  expect(await take(orderFor('wi-12', { item: planReady }))).toEqual({ until: expect.any(Number) });
  expect(dropped).toEqual([]);
});

test('the files of an item that is over are dropped, unless it failed', async () => {
  const over = turns();
  await over.take(orderFor('wi-12', { item: itemIn('deployed') }));
  expect(over.dropped).toEqual(['wi-12']);
  const failed = turns();
  await failed.take(orderFor('wi-12', { item: itemIn('failed') }));
  expect(failed.dropped).toEqual([]);
});

test('what a person asks of an item is an event of it', async () => {
  const { take, calls } = turns();
  await take(orderFor('wi-12', { item: planReady, batch: [message('work.retry')] }));
  expect(calls[0]).toEqual(['apply', { turnId: 't1', event: { kind: 'retried-by', by: 'eve' } }]);
});

test('any other message does nothing', async () => {
  const { take, calls } = turns({ changed: [3] });
  const hello = { batch: [message('hello')] };
  for (const sessionId of ['main', 'slack-t-c-1', 'wi-0', 'wi-012']) {
    expect(await take(orderFor(sessionId, hello))).toEqual({});
  }
  expect(calls).toEqual([]);
});

const heard = {
  ...message('slack.message', { app: 'default', channel: 'C1', ts: '2.1', user: 'U1', text: 'How far?' }),
};

test('what people say in a thread is a conversation, which drives no work item and polls no board', async () => {
  const provider = { ...refuse('OUTSIDE_UNREACHABLE', 'no answer'), until: 900_000 };
  const { take, asked } = turns({ changed: [3], closed: provider });
  const rest = await take(orderFor('slack-default-c1-2-1', { batch: [heard] }));
  expect(rest).toMatchObject({ isUndone: true, why: provider });
  expect(asked()).toEqual(['askModel']);
});

const broken = (deaths: number, dyingSince = 0) => orderFor('wi-12', { item: planReady, deaths, dyingSince });

test('an item whose turns broke three times in a row, over more than minutes, is given up', async () => {
  const third = turns();
  await third.take(broken(3));
  expect(third.asked()).not.toContain('apply');
  const fourth = turns();
  await fourth.take(broken(4));
  expect(fourth.calls[0]).toMatchObject(['apply', { event: { kind: 'gave-up', refusal: { refused: 'STALLED' } } }]);
});

test('a machine that is restarted many times within minutes fails no work item', async () => {
  const { take, asked } = turns();
  await take(broken(9, 600_000 - 299_000));
  expect(asked()).not.toContain('apply');
});

test('a turn that lost its lease while giving up says so', async () => {
  const { take } = turns({ applied: refuse('GATE_LEASE', 'lost') });
  expect(await take(broken(4))).toMatchObject({ why: { refused: 'GATE_LEASE' } });
});
