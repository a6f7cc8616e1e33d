/** What a turn in a thread is ordered with, and what the thread is told where the turn cannot speak. */
import { expect, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import { workItemSession } from '../../../src/broker/session-id.ts';
import type { Peer } from '../../../src/ipc/peer.ts';
import type { TurnRest, WorkerMethods } from '../../../src/ipc/protocol.ts';
import { type Refusal, refuse } from '../../../src/refusal.ts';
import { say } from '../../../src/supervisor/slack/say.ts';
import { takeTurn } from '../../../src/supervisor/take-turn.ts';
import { createTurnNotes } from '../../../src/supervisor/turn-notes.ts';
import { orderOf } from '../../../src/supervisor/turn-order.ts';
import { thread } from '../../store/conversations/fixture.ts';
import { granted, messageFor, openTestStore, testFolder } from '../../store/fixture.ts';
import { conversationAgent } from '../../turns/turn.ts';
import { nodeOver, runningTurn } from '../node.ts';

const { agentId, sessionId } = thread;

/** A thread of docs, perhaps begun about a work item, in which people speak. */
async function inThread(bound = thread) {
  const { store, clock } = await openTestStore();
  await store.threads.bind(bound);
  const { node, said } = nodeOver({ store, clock });
  let heard = 0;
  async function hear(text: string, isAddressed = true): Promise<string> {
    heard += 1;
    const payload = { app: 'default', channel: 'C1', ts: `2.${heard}`, user: 'U1', text, isAddressed };
    const id = `m${heard}`;
    await store.messages.add(messageFor(id, { to: 'agent/docs', command: 'slack.message', payload }));
    await store.messages.delivered(id, [{ messageId: id, agentId, sessionId }]);
    return id;
  }
  async function begin() {
    clock.time += 600_000;
    const claim = granted(await store.sessions.claim({ ...thread, owner: 'n', leaseMs: 30_000, batchMax: 5 }));
    const { epoch, claimId, batch } = claim;
    const agent = conversationAgent({ folder: testFolder() });
    const turn = runningTurn({ agentId, sessionId, epoch, claimId, batch, agent });
    const end = (how: 'broke' | 'rested') => store.sessions.release({ agentId, sessionId, epoch, claimId, end: how });
    const reply = (text: string) => say(node, createTurnNotes(node), turn, { kind: 'reply', text });
    return { turn, claim, end, reply, order: () => orderOf(store, turn, claim, clock.now()) };
  }
  /** A turn in a worker that ends so, or throws, or a worker that does not start. */
  async function take(ends: TurnRest | Error, noWorker?: Refusal): Promise<void> {
    const { turn, claim } = await begin();
    const call = async () => {
      if (ends instanceof Error) throw ends;
      return ends;
    };
    const worker = noWorker ?? { done: () => {}, kill: () => {}, peer: { call: call as Peer<WorkerMethods>['call'] } };
    await takeTurn(node, { get: async () => worker }, turn, claim);
  }
  const posts = async () => (await store.outbox.of(agentId)).map(({ by, what }) => [by, 'text' in what && what.text]);
  return { store, said, hear, begin, take, posts };
}

test('what a turn answered before it died is not given to the next, and what was said since is', async () => {
  const { hear, begin, posts } = await inThread();
  for (const text of ['Which colour?', 'And which size?']) await hear(text);
  const first = await begin();
  granted(await first.reply('Brown, and small.'));
  await first.end('broke');
  const third = await hear('And its price?');
  const second = await begin();
  expect((await second.order()).batch.map(({ id }) => id)).toEqual([third]);
  expect(await posts()).toHaveLength(1);
});

test('a turn of a thread about a work item is told how the item stands and the end of its log', async () => {
  const { store, hear, begin } = await inThread({ ...thread, workItemId: 12 });
  const item = { agentId: agentId as AgentId, sessionId: workItemSession(12) };
  await store.sessions.ensure(item);
  await store.log.append(item, [{ at: 0, kind: 'phase', text: 'plan-ready' }]);
  await hear('How far is it?');
  const { order } = await begin();
  expect((await order()).about).toEqual([
    { label: 'how work item 12 stands', text: 'not known' },
    { label: 'the end of the log of work item 12', text: '1970-01-01T00:00:00.000Z phase: plan-ready' },
  ]);
  const other = await inThread();
  await other.hear('Hello?');
  expect(await (await other.begin()).order()).not.toHaveProperty('about');
});

test('people who wait are told once what is waited for, in words that nobody else wrote', async () => {
  const { hear, take, posts } = await inThread();
  await hear('Which colour?');
  const spent = { ...refuse('BUDGET_DAY', 'the day is spent, says <!channel>'), until: 86_400_000 };
  for (const _ of [1, 2]) await take({ isUndone: true, until: 1, why: spent });
  const [only, ...rest] = await posts();
  expect(rest).toEqual([]);
  expect(only).toEqual(['platform', expect.stringContaining('I wait for the next day, and try again at 1970-01-02')]);
  expect(JSON.stringify(only)).not.toContain('channel');
  await take({}, refuse('OUTSIDE_AUTH', 'the token is dead'));
  expect(await posts()).toHaveLength(2);
});

test('nobody is told of what passes by itself, or where nobody waits', async () => {
  const passing = await inThread();
  await passing.hear('Which colour?');
  await passing.take({ isUndone: true, until: 1, why: refuse('WORKERS', 'all are busy') });
  expect(await passing.posts()).toEqual([]);
  const overheard = await inThread();
  await overheard.hear('They talk.', false);
  await overheard.take({ isUndone: true, until: 1, why: refuse('BUDGET_DAY', 'spent') });
  expect(await overheard.posts()).toEqual([]);
});

test('people whose message broke turns again and again are told so, unless they were answered', async () => {
  const broken = new TypeError('x is not a function');
  const { hear, take, posts } = await inThread();
  await hear('Which colour?');
  for (const _ of [1, 2, 3, 4]) await take(broken);
  const [only, ...rest] = await posts();
  expect(rest).toEqual([]);
  expect(only).toEqual(['platform', expect.stringContaining('my turns broke again and again')]);
  expect(JSON.stringify(only)).not.toContain('not a function');
});
