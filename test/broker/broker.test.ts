import { expect, test } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import { formatAddress } from '../../src/broker/address.ts';
import { createBroker, type MessageStore, type RoutingFault } from '../../src/broker/broker.ts';
import type { Delivery } from '../../src/broker/deliver.ts';
import type { Message, MessageDraft, Sender } from '../../src/broker/message.ts';
import type { Route } from '../../src/broker/route.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import { limits } from '../../src/limits.ts';

function memoryStore() {
  const messages: Message[] = [];
  const done = new Map<string, readonly unknown[]>();
  const store: MessageStore = {
    async add(message) {
      const { from, to, dedupeKey } = message;
      const known = messages.some(
        (other) => dedupeKey && other.dedupeKey === dedupeKey && other.from === from && other.to === to,
      );
      if (!known) messages.push(message);
      return !known;
    },
    get: async (id) => messages.find((message) => message.id === id),
    open: async (to) => messages.filter((message) => !done.has(message.id) && message.to === formatAddress(to)).length,
    unrouted: async (max) => messages.filter(({ id, to }) => !done.has(id) && !to.startsWith('slack/')).slice(0, max),
    outbound: async (max) => messages.filter(({ id, to }) => !done.has(id) && to.startsWith('slack/')).slice(0, max),
    delivered: async (id, deliveries) => void done.set(id, deliveries),
    async routeNew(max, decide) {
      const routed = { deliveries: [] as Delivery[], faults: [] as RoutingFault[] };
      for (const message of await store.unrouted(max)) {
        const { deliveries, answers, why } = decide(message);
        done.set(message.id, deliveries);
        routed.deliveries.push(...deliveries);
        for (const answer of answers) await store.add(answer);
        if (why !== undefined) routed.faults.push({ id: message.id, to: message.to, command: message.command, why });
      }
      return routed;
    },
  };
  return { store, messages, done };
}

function route(agentId: string, more: Partial<Route> = {}): Route {
  return {
    agentId: agentId as AgentId,
    enabled: true,
    sessionMapper: 'default',
    patterns: [],
    canMessage: [],
    ...more,
  };
}

function setUp(...routes: Route[]) {
  const memory = memoryStore();
  let ids = 0;
  const clock = { now: () => 1_000, sleep: async () => {} };
  const newId = () => `m${++ids}`;
  return { ...memory, broker: createBroker({ store: memory.store, clock, newId, routes: () => routes }) };
}

const person: Sender = { kind: 'person', name: 'eva' };
const agent = (agentId: string): Sender => ({
  kind: 'agent',
  agentId: agentId as AgentId,
  sessionId: 'main' as SessionId,
});
const say = (to: string, more: Partial<MessageDraft> = {}): MessageDraft => ({ to, command: 'note', ...more });

test('id, from and at are the brokers, whatever a draft says', async () => {
  const { broker } = setUp(route('docs'));
  const forged = { ...say('agent/docs'), id: 'mine', from: 'agent/globex', at: 5 };
  expect(await broker.publish(forged, person)).toEqual({
    id: 'm1',
    to: 'agent/docs',
    from: 'person/eva',
    at: 1_000,
    command: 'note',
    payload: {},
  });
});

test('a message with a used dedupeKey is not stored again', async () => {
  const { broker, messages } = setUp(route('docs'));
  const draft = say('agent/docs', { dedupeKey: 'k' });
  await broker.publish(draft, person);
  expect(await broker.publish(draft, person)).toBeUndefined();
  expect(messages).toHaveLength(1);
});

test('a message that is too large or malformed is refused', async () => {
  const { broker } = setUp(route('docs'));
  for (const draft of [
    say('agent/docs', { payload: { x: 'x'.repeat(300_000) } }),
    say('agent/docs', { command: 'rm -rf' }),
  ]) {
    expect(await broker.publish(draft, person)).toMatchObject({ refused: 'ADDRESS_DENIED' });
  }
});

test('an agent writes to itself and below, and elsewhere only where it was allowed to', async () => {
  const { broker } = setUp(
    route('a'),
    route('a/b', { canMessage: ['agent/docs', 'slack/*/C1'] }),
    route('a/c'),
    route('docs'),
  );
  for (const to of ['agent/a/b', 'agent/a/b/session/wi-1', 'agent/docs', 'slack/T9/C1']) {
    expect(await broker.publish(say(to), agent('a/b')), to).toMatchObject({ to });
  }
  for (const to of ['agent/a', 'agent/a/c', 'agent/docs/session/main', 'slack/T9/C2']) {
    expect(await broker.publish(say(to), agent('a/b')), to).toMatchObject({ refused: 'ADDRESS_DENIED' });
  }
  expect(await broker.publish(say('agent/a/b'), agent('a'))).toMatchObject({ to: 'agent/a/b' });
  expect(await broker.publish(say('agent/docs'), agent('unknown'))).toMatchObject({ refused: 'ADDRESS_DENIED' });
});

test('a parent cannot be used to carry a childs words to its sibling', async () => {
  const { broker } = setUp(route('a'), route('a/b', { canMessage: ['agent/a'] }), route('a/c'));
  const asked = (await broker.publish(say('agent/a'), agent('a/b'))) as Message;
  expect(await broker.publish(say('agent/a/c'), agent('a'), asked.id)).toMatchObject({
    refused: 'ADDRESS_DENIED',
    why: expect.stringContaining('a/b'),
  });
  expect(await broker.publish(say('agent/a/b'), agent('a'), asked.id)).toMatchObject({ causedBy: asked.id });
  expect(await broker.publish(say('agent/a/b'), agent('a'), 'forged')).toMatchObject({ refused: 'ADDRESS_DENIED' });
});

test('two agents cannot answer each other forever', async () => {
  const { broker } = setUp(route('a', { canMessage: ['agent/b'] }), route('b', { canMessage: ['agent/a'] }));
  let last = (await broker.publish(say('agent/a'), person)) as Message;
  let answers = 0;
  for (let turn = 0; turn < 40; turn += 1) {
    const [from, to] = turn % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
    const next = await broker.publish(say(`agent/${to}`), agent(from), last.id);
    if (!next || 'refused' in next) break;
    last = next;
    answers += 1;
  }
  expect(answers).toBe(limits.causesMax);
});

test('a message reaches its addressee and every subscriber, each in the session it chooses', async () => {
  const { broker, done } = setUp(
    route('a', { patterns: ['agent/a/**'] }),
    route('a/b', { sessionMapper: 'work-item' }),
    route('a/c'),
  );
  await broker.publish(say('agent/a/b', { command: 'work.process', payload: { workItemId: 7 } }), person);
  const { deliveries } = await broker.route();
  expect(deliveries).toEqual([
    { messageId: 'm1', agentId: 'a', sessionId: 'main', command: 'work.process' },
    { messageId: 'm1', agentId: 'a/b', sessionId: 'wi-7', command: 'work.process' },
  ]);
  expect(done.get('m1')).toEqual(deliveries);
  expect((await broker.route()).deliveries).toEqual([]);
});

test('only the addressee uses a named session', async () => {
  const { broker } = setUp(route('a', { patterns: ['agent/a/**'] }), route('a/b'));
  await broker.publish(say('agent/a/b/session/wi-7'), person);
  const { deliveries } = await broker.route();
  expect(deliveries.map(({ agentId, sessionId }) => `${agentId} ${sessionId}`)).toEqual(['a main', 'a/b wi-7']);
});

test('subscriptions outside the own branch, or of disabled agents, do not count', async () => {
  const patterns = ['agent/**'];
  const { broker } = setUp(
    route('a'),
    route('a/b', { patterns }),
    route('docs', { patterns }),
    route('b', { enabled: false, patterns }),
  );
  await broker.publish(say('agent/a'), person);
  await broker.publish(say('agent/b'), person);
  const { deliveries } = await broker.route();
  expect(deliveries.map(({ agentId }) => agentId)).toEqual(['a', 'b']);
});

test('an agent that hears its branch does not hear itself', async () => {
  const { broker } = setUp(route('a', { patterns: ['agent/a/**'] }), route('a/b'));
  await broker.publish(say('agent/a/b'), agent('a'));
  expect((await broker.route()).deliveries.map(({ agentId }) => agentId)).toEqual(['a/b']);
});

test('a message that nobody takes is marked dead and reported', async () => {
  const { broker, done } = setUp(route('a', { sessionMapper: 'work-item' }));
  await broker.publish(say('agent/nobody'), person);
  await broker.publish(say('agent/a', { payload: { workItemId: '7/../8' } }), person);
  const { faults } = await broker.route();
  expect(faults.map(({ why }) => why)).toEqual(['no agent receives it', expect.stringContaining('workItemId')]);
  expect([...done.values()]).toEqual([[], []]);
});

test('a sender whose question reaches no session is told why', async () => {
  const { broker, messages } = setUp(
    route('a', { patterns: ['agent/a/**'] }),
    route('a/b', { sessionMapper: 'work-item' }),
    route('docs', { canMessage: ['agent/**'] }),
  );
  const ask = (to: string, payload = {}) => say(to, { command: 'ask', payload: { text: 'Why?', ...payload } });
  await broker.publish(ask('agent/a/b', { workItemId: 'abc' }), person);
  await broker.publish(ask('agent/nobody/session/x'), agent('docs'));
  await broker.publish(ask('agent/a/b'), person);
  const { deliveries } = await broker.route();
  expect(deliveries.map(({ messageId, agentId }) => `${messageId} ${agentId}`)).toEqual(['m1 a', 'm3 a', 'm3 a/b']);
  expect(messages.slice(3)).toMatchObject([
    {
      ...{ from: 'agent/a/b', to: 'person/eva', command: 'ask.failed', causedBy: 'm1' },
      payload: { refused: 'SESSION_ID', why: expect.stringContaining('a/b: payload.workItemId') },
    },
    {
      ...{ from: 'agent/nobody/session/x', to: 'agent/docs/session/main', command: 'ask.failed', causedBy: 'm2' },
      payload: { refused: 'AGENT_ID', why: 'there is no agent nobody that could answer' },
    },
  ]);
});

test('nobody asks a channel, and nobody can use the key of an answer', async () => {
  const { broker, messages } = setUp(route('docs'));
  const channel = await broker.publish(say('slack/T1/C1', { command: 'ask', payload: { text: 'Why?' } }), person);
  expect(channel).toMatchObject({
    refused: 'ADDRESS_DENIED',
    why: 'slack/T1/C1 is a channel; only an agent can be asked',
  });
  const forged = await broker.publish(say('agent/docs', { dedupeKey: 'answer:m1' }), agent('docs'));
  expect(forged).toMatchObject({ refused: 'ADDRESS_DENIED', why: expect.stringContaining('answer:m1') });
  expect(messages).toEqual([]);
});

test('a message to Slack waits until something sends it', async () => {
  const { broker, store } = setUp();
  await broker.publish(say('slack/T1/C1'), person);
  expect(await broker.route()).toEqual({ deliveries: [], faults: [] });
  expect(await store.outbound(10)).toMatchObject([{ id: 'm1' }]);
  await store.delivered('m1', []);
  expect(await store.outbound(10)).toEqual([]);
});

test.each(['work.cancel', 'work.retry', 'work.rollback'])(
  'only a person may send %s, and no agent whose message caused another',
  async (command) => {
    const { broker } = setUp(route('a'), route('a/b'));
    const draft = say('agent/a/b', { command, payload: { workItemId: 12 } });
    expect(await broker.publish(draft, agent('a'))).toMatchObject({ refused: 'ADDRESS_DENIED' });
    expect(await broker.publish(draft, agent('a/b'))).toMatchObject({ refused: 'ADDRESS_DENIED' });
    const first = await broker.publish(say('agent/a/b'), agent('a'));
    const causedBy = first && 'id' in first ? first.id : '';
    expect(await broker.publish(draft, { kind: 'platform', name: 'x' }, causedBy)).toMatchObject({
      refused: 'ADDRESS_DENIED',
    });
    expect(await broker.publish(draft, person)).toMatchObject({ from: 'person/eva', command });
  },
);

test('an inbox is limited, except for messages of people', async () => {
  const { broker, messages } = setUp(route('docs'), route('impl'));
  const platform: Sender = { kind: 'platform', name: 'heartbeat' };
  for (let count = 0; count < limits.inboxMessagesMax; count++) await broker.publish(say('agent/docs'), platform);
  expect(await broker.publish(say('agent/docs'), platform)).toMatchObject({ refused: 'RATE' });
  expect(await broker.publish(say('agent/docs'), agent('docs'))).toMatchObject({ refused: 'RATE' });
  expect(messages).toHaveLength(limits.inboxMessagesMax);
  expect(await broker.publish(say('agent/docs'), person)).toHaveProperty('id');
  expect(await broker.publish(say('agent/impl'), platform)).toHaveProperty('id');
});
