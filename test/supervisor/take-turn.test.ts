import { expect, test, vi } from 'vitest';
import type { Message } from '../../src/broker/message.ts';
import type { Peer } from '../../src/ipc/peer.ts';
import type { TurnRest, WorkerMethods } from '../../src/ipc/protocol.ts';
import { refuse } from '../../src/refusal.ts';
import type { RunningTurn } from '../../src/supervisor/running-turn.ts';
import { takeTurn } from '../../src/supervisor/take-turn.ts';
import {
  acme,
  claimOptions,
  deliver,
  granted,
  messageFor,
  openTestStore,
  session,
  testFolder,
} from '../store/fixture.ts';
import { conversationAgent } from '../turns/turn.ts';
import { nodeOver, runningTurn } from './node.ts';

type Answer = () => Promise<TurnRest>;

const leaseMs = 30_000;

/** A session with a message, and turns of it whose worker answers as `answer` says; time goes on to each turn. */
async function begin(answer: Answer, refusal?: ReturnType<typeof refuse>) {
  const begun = await beginWithout(answer, refusal);
  await deliver(begun.store, 'm1');
  return begun;
}

/** The same with no message yet. */
async function beginWithout(answer: Answer, refusal?: ReturnType<typeof refuse>) {
  const { store, clock } = await openTestStore();
  let forks = 0;
  const peer: Peer<WorkerMethods> = { call: answer as Peer<WorkerMethods>['call'] };
  const workers = {
    get: async () => {
      forks += 1;
      return refusal ?? { done: () => {}, kill: () => {}, peer };
    },
  };
  const { node, said: notes } = nodeOver({ store, clock });
  /** The next turn, as soon as the session is due; how long that took, in seconds. */
  async function next(more: Partial<RunningTurn> = {}): Promise<number> {
    const before = clock.time;
    while ((await store.sessions.due({ max: 10 })).length === 0) clock.time += 500;
    const waited = (clock.time - before) / 1_000;
    const claim = granted(await store.sessions.claim({ ...session, owner: 'node-1', leaseMs, batchMax: 10 }));
    const { epoch, claimId, batch } = claim;
    await takeTurn(node, workers, runningTurn({ epoch, claimId, batch, ...more }), claim);
    return waited;
  }
  async function ask(id: string): Promise<Message> {
    const question = messageFor(id, { command: 'ask', payload: { text: 'Why?' } });
    await store.messages.add(question);
    await store.messages.delivered(id, [{ messageId: id, ...session }]);
    return question;
  }
  return { store, clock, next, notes, ask, broker: node.broker, running: node.running, forks: () => forks };
}

const breaks: Answer = () => Promise.reject(new TypeError('x is not a function'));

test('a turn that breaks is tried again with its message after growing pauses, and given up in plain sight', async () => {
  const { store, next, notes } = await begin(breaks);
  expect([await next(), await next(), await next(), await next()]).toEqual([0, 1, 30, 300]);
  expect(notes.at(-1)).toContain('4 turns in a row of wi-12');
  expect(notes.at(-1)).toContain('its message is given up');
  const given = granted(await store.sessions.get(acme, 'wi-12'));
  expect(given.waits).toMatchObject({ refused: 'CRASHED' });
  expect(await store.messages.open({ kind: 'agent', agentId: acme, sessionId: session.sessionId })).toBe(0);
});

test('a sender whose question broke turns is told so, without what broke', async () => {
  const { store, next, ask, notes } = await beginWithout(breaks);
  const question = await ask('q1');
  for (const _ of [1, 2, 3]) await next();
  expect(await store.messages.answerTo(question)).toBeUndefined();
  await next();
  const why = '4 turns in a row of wi-12 of codechange/acme failed';
  expect(notes.join()).toContain(`${why}: x is not a function`);
  expect(await store.messages.answerTo(question)).toMatchObject({
    ...{ to: 'person/eve', command: 'ask.failed', causedBy: 'q1' },
    payload: { refused: 'CRASHED', why, fix: expect.stringContaining('jvagent logs codechange/acme wi-12') },
  });
});

/** A question whose turns break until the last, which loses its lease; `isTaken` is whether another node has claimed the session then. */
async function lostAtLast(isTaken: boolean) {
  let turns = 0;
  const begun = await beginWithout(async () => {
    turns += 1;
    if (turns === 4) {
      begun.clock.time += leaseMs;
      if (isTaken) granted(await begun.store.sessions.claim({ ...claimOptions, owner: 'node-2' }));
    }
    return breaks();
  });
  const question = await begun.ask('q1');
  for (const _ of [1, 2, 3, 4]) await begun.next();
  return { ...begun, question };
}

test('a turn that loses its lease as it breaks for the last time leaves the question to the node that goes on with it', async () => {
  const { store, broker, question, notes } = await lostAtLast(true);
  expect(await store.messages.answerTo(question)).toBeUndefined();
  expect(notes.join()).not.toContain('given up');
  const replied = { command: 'reply' as const, payload: { text: 'So.' } };
  expect(await broker.answer(question, replied, { kind: 'agent', ...session })).toMatchObject(replied);
});

test('a question whose last turn lost its lease to nobody is taken up at once, and its sender is told in the end', async () => {
  const { store, next, question } = await lostAtLast(false);
  expect(await store.messages.answerTo(question)).toBeUndefined();
  expect(await next()).toBe(0);
  expect(await store.messages.answerTo(question)).toMatchObject({ command: 'ask.failed' });
});

test('a sender is told that a question is given up although the node ends before the turn is released', async () => {
  const { store, next, ask } = await beginWithout(breaks);
  const question = await ask('q1');
  for (const _ of [1, 2, 3]) await next();
  vi.spyOn(store.sessions, 'release').mockRejectedValueOnce(new Error('the node ends'));
  await expect(next()).rejects.toThrow('the node ends');
  expect(await store.messages.answerTo(question)).toMatchObject({ command: 'ask.failed' });
});

test('a turn that rests after another node got its session tells nobody that there is no answer', async () => {
  const begun = await beginWithout(async () => {
    for (const turn of begun.running.values()) turn.isLost = () => 0;
    begun.clock.time += leaseMs;
    granted(await begun.store.sessions.claim({ ...claimOptions, owner: 'node-2' }));
    return {};
  });
  const question = await begun.ask('q1');
  await begun.next({ agent: conversationAgent({ folder: testFolder() }) });
  expect(await begun.store.messages.answerTo(question)).toBeUndefined();
});

test('a turn that rests leaves no question of its batch without an answer', async () => {
  const { store, next, ask, notes, broker } = await beginWithout(async () => ({}));
  const [first, second] = [await ask('q1'), await ask('q2')];
  const replied = { command: 'reply' as const, payload: { text: 'So.' } };
  await broker.answer(first, replied, { kind: 'agent', ...session });
  // Each question has a turn of its own.
  const agent = conversationAgent({ folder: testFolder() });
  await next({ agent });
  await next({ agent });
  expect(await store.messages.answerTo(first)).toMatchObject(replied);
  expect(await store.messages.answerTo(second)).toMatchObject({
    command: 'ask.failed',
    payload: { refused: 'ATTEMPTS' },
  });
  expect(notes).toEqual([
    expect.stringContaining('ask.failed: ATTEMPTS: codechange/acme ended its turn without an answer'),
  ]);
});

test('a sender who asks an agent with a board is told that it answers nothing, whatever its turn waits for', async () => {
  const waits = refuse('GATE_STATE', 'not approved');
  const { store, next, ask } = await beginWithout(async () => ({ until: Number.MAX_SAFE_INTEGER, why: waits }));
  const question = await ask('q1');
  await next();
  expect(await store.messages.answerTo(question)).toMatchObject({
    command: 'ask.failed',
    payload: { why: 'codechange/acme works on the items of its board and does not answer questions' },
  });
});

test('a turn that could not handle its message returns it until it wakes', async () => {
  const why = refuse('BUDGET_DAY', 'the money of today is spent');
  const { store, clock, next, ask } = await begin(async () => ({ isUndone: true, until: clock.time + 60_000, why }));
  const question = await ask('q1');
  await next();
  expect(await store.messages.answerTo(question)).toBeUndefined();
  expect(await store.sessions.get(acme, 'wi-12')).toMatchObject({ deaths: 0, waits: why });
  expect(await store.messages.open({ kind: 'agent', agentId: acme, sessionId: session.sessionId })).toBe(2);
  clock.time += 59_000;
  expect(await store.sessions.due({ max: 10 })).toEqual([]);
  clock.time += 1_000;
  expect(await store.sessions.due({ max: 10 })).toHaveLength(1);
});

test('a message that comes meanwhile does not shorten the pause, and what a person sends does', async () => {
  const { store, clock, next } = await begin(breaks);
  for (const _ of [1, 2, 3]) await next();
  await deliver(store, 'm2');
  clock.time += 299_000;
  expect(await store.sessions.due({ max: 10 })).toEqual([]);
  await deliver(store, 'm3', 'person/erin');
  expect(await store.sessions.due({ max: 10 })).toHaveLength(1);
});

test('a worker that cannot start costs no death and loses no message, and its reason is said once', async () => {
  const why = refuse('CONFIG_UNTRUSTED', 'codechange/acme: its files changed while its worker started');
  const { store, next, notes, forks } = await begin(async () => ({}), why);
  for (const _ of [1, 2, 3, 4, 5]) await next();
  expect(forks()).toBe(5);
  expect(notes).toHaveLength(1);
  expect(await store.sessions.get(acme, 'wi-12')).toMatchObject({ deaths: 0, waits: why });
  expect(await store.messages.open({ kind: 'agent', agentId: acme, sessionId: session.sessionId })).toBe(1);
});

test('heartbeats that found no turn do not pile up', async () => {
  const { store, next } = await begin(breaks);
  await deliver(store, 'm2', 'platform/heartbeat');
  await next();
  expect(await store.messages.open({ kind: 'agent', agentId: acme, sessionId: session.sessionId })).toBe(1);
});

test('a turn that ends well resets the count', async () => {
  let isBroken = true;
  const { store, next } = await begin(() => (isBroken ? breaks() : Promise.resolve({})));
  await next();
  isBroken = false;
  await next();
  expect(await store.sessions.get(acme, 'wi-12')).toMatchObject({ deaths: 0 });
});
