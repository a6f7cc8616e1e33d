import { expect, test } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import { answerKey } from '../../src/broker/question.ts';
import { mainSession } from '../../src/broker/session-id.ts';
import { acme, claimOptions, deliver, granted, messageFor, openTestStore, session, wi12 } from './fixture.ts';

test('a message comes back as it was published', async () => {
  const { store } = await openTestStore();
  const message = messageFor('m1', {
    dedupeKey: 'k',
    causedBy: 'm0',
    payload: { workItemId: 12, deep: [{ a: null }] },
  });
  expect(await store.messages.add(message)).toBe(true);
  expect(await store.messages.get('m1')).toEqual(message);
  expect(await store.messages.get('m2')).toBeUndefined();
});

test('a dedupe key counts once between the same two addresses, and only there', async () => {
  const { store } = await openTestStore();
  const add = (id: string, extra: object) => store.messages.add(messageFor(id, extra));
  expect(await add('m1', { dedupeKey: 'k' })).toBe(true);
  expect(await add('m2', { dedupeKey: 'k' })).toBe(false);
  expect(await store.messages.get('m2')).toBeUndefined();
  expect(await add('m3', { dedupeKey: 'k', from: 'person/zoe' })).toBe(true);
  expect(await add('m4', { dedupeKey: 'k', to: 'agent/docs' })).toBe(true);
  expect(await add('m5', {})).toBe(true);
  expect(await add('m6', {})).toBe(true);
});

test('messages wait in their order until they are delivered, to somebody or to nobody', async () => {
  const { store } = await openTestStore();
  for (const id of ['m3', 'm1', 'm2']) await store.messages.add(messageFor(id));
  const ids = async () => (await store.messages.unrouted(10)).map(({ id }) => id);
  expect(await ids()).toEqual(['m3', 'm1', 'm2']);
  await store.messages.delivered('m1', [{ messageId: 'm1', ...session }]);
  await store.messages.delivered('m3', []);
  expect(await ids()).toEqual(['m2']);
});

test('messages that wait for Slack do not block others', async () => {
  const { store } = await openTestStore();
  for (const id of ['s1', 's2']) await store.messages.add(messageFor(id, { to: 'slack/T1/C1' }));
  await store.messages.add(messageFor('m1'));
  expect((await store.messages.unrouted(1)).map(({ id }) => id)).toEqual(['m1']);
  expect((await store.messages.outbound(10)).map(({ id }) => id)).toEqual(['s1', 's2']);
  await store.messages.delivered('s1', []);
  expect((await store.messages.outbound(10)).map(({ id }) => id)).toEqual(['s2']);
});

test('only the agent that was asked has answered, from a session with the question or from its address', async () => {
  const { store } = await openTestStore();
  const answerFrom = async (questionId: string, from: string) => {
    const question = messageFor(questionId, { to: 'agent/codechange/acme', command: 'ask' });
    await store.messages.add(question);
    const listener = { agentId: 'codechange' as AgentId, sessionId: mainSession };
    const takers = [session, listener].map((taker) => ({ messageId: questionId, ...taker }));
    await store.messages.delivered(questionId, takers);
    const key = { dedupeKey: answerKey(question), causedBy: questionId };
    await store.messages.add(messageFor(`by-${questionId}`, { from, to: question.from, command: 'reply', ...key }));
    return (await store.messages.answerTo(question))?.id;
  };
  expect(await answerFrom('q1', 'agent/codechange/session/main')).toBeUndefined();
  expect(await answerFrom('q2', 'agent/codechange/acme/session/wi-13')).toBeUndefined();
  expect(await answerFrom('q3', 'agent/codechange/acme/session/wi-12')).toBe('by-q3');
  expect(await answerFrom('q4', 'agent/codechange/acme')).toBe('by-q4');
});

test('a delivery makes its session and wakes it after the debounce, counted from the first', async () => {
  const { store, clock } = await openTestStore({ debounceMsOf: () => 5_000 });
  const first = clock.time;
  await deliver(store, 'm1');
  clock.time += 2_000;
  await deliver(store, 'm2');
  expect(await store.sessions.get(acme, wi12)).toMatchObject({ ...session, workItemId: 12, wakeAt: first + 5_000 });
  expect(await store.sessions.due({ max: 10 })).toEqual([]);
  clock.time += 3_000;
  expect(await store.sessions.due({ max: 10 })).toMatchObject([session]);
});

test('a message that is delivered again goes nowhere', async () => {
  const { store } = await openTestStore();
  await deliver(store, 'm1');
  await store.messages.delivered('m1', [{ messageId: 'm1', ...session, sessionId: 'main' as never }]);
  expect(await store.sessions.get(acme, 'main')).toBeUndefined();
});

test('what waits at an address is what nobody routed, and what no turn has finished', async () => {
  const { store } = await openTestStore();
  const to = { kind: 'agent', agentId: acme } as const;
  const open = async () => [await store.messages.open(to), await store.messages.open({ ...to, sessionId: wi12 })];
  await store.messages.add(messageFor('m1'));
  expect(await open()).toEqual([1, 0]);
  await deliver(store, 'm2');
  expect(await open()).toEqual([2, 1]);
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  await store.sessions.release({ ...session, epoch, claimId, end: 'rested' });
  expect(await open()).toEqual([1, 0]);
  await store.messages.add(messageFor('s1', { to: 'slack/T1/C1' }));
  expect(await store.messages.open({ kind: 'slack', team: 'T1', channel: 'C1' })).toBe(1);
});

test('a question or an answer is taken alone, and what was sent before it comes first', async () => {
  const { store } = await openTestStore();
  const give = async (id: string, more: object = {}) => {
    await store.messages.add(messageFor(id, more));
    await store.messages.delivered(id, [{ messageId: id, ...session }]);
  };
  for (const id of ['m1', 'm2']) await give(id);
  await give('q1', { command: 'ask', payload: { text: 'Why?' } });
  await give('m3');
  await give('a1', { command: 'reply', payload: { text: 'So.' }, dedupeKey: answerKey({ id: 'q0' }) });
  const batches: string[][] = [];
  for (const _ of [1, 2, 3, 4]) {
    const { epoch, claimId, batch } = granted(await store.sessions.claim(claimOptions));
    batches.push(batch.map(({ id }) => id));
    await store.sessions.release({ ...session, epoch, claimId, end: 'rested' });
  }
  expect(batches).toEqual([['m1', 'm2'], ['q1'], ['m3'], ['a1']]);
});

test('what an agent overheard within a time is counted by channel', async () => {
  const { store } = await openTestStore();
  const hear = async (id: string, from: string, at: number, command = 'slack.ambient') => {
    await store.messages.add(messageFor(id, { from, at, command }));
    await store.messages.delivered(id, [{ messageId: id, ...session }]);
  };
  await hear('m1', 'slack/default/C1', 10);
  await hear('m2', 'slack/default/C1', 11);
  await hear('m3', 'slack/default/C2', 11);
  await hear('m4', 'slack/default/C1', 11, 'slack.message');
  await hear('m5', 'slack/default/C1', 5);
  expect(await store.messages.overheard(acme, 9)).toEqual({ C1: 2, C2: 1 });
  expect(await store.messages.overheard('docs', 9)).toEqual({});
});
