/** How a turn answers the question that it was given, and no other. */
import { expect, test } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import type { Message } from '../../src/broker/message.ts';
import type { Answer } from '../../src/broker/question.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import type { Node } from '../../src/supervisor/node.ts';
import { createTurnMethods } from '../../src/supervisor/turn-methods.ts';
import { orderOf } from '../../src/supervisor/turn-order.ts';
import { only } from '../only.ts';
import { granted, messageFor, openTestStore, testFolder } from '../store/fixture.ts';
import { conversationAgent } from '../turns/turn.ts';
import { nodeOver, runningTurn } from './node.ts';

const docs = 'docs' as AgentId;
const main = { agentId: docs, sessionId: 'main' as SessionId };
const replied: Answer = { command: 'reply', payload: { text: 'Brown.' } };

/** A node with a turn for what was asked; another agent has been asked too. */
async function node() {
  const { store, clock } = await openTestStore();
  const ask = async (id: string, to: string, agentId: AgentId): Promise<Message> => {
    const question = messageFor(id, { to, command: 'ask', payload: { text: 'Which colour?' } });
    await store.messages.add(question);
    await store.messages.delivered(id, [{ messageId: id, agentId, sessionId: main.sessionId }]);
    return question;
  };
  const own = await ask('q1', 'agent/docs', docs);
  const other = await ask('q2', 'agent/impl', 'impl' as AgentId);
  const said: string[] = [];
  const onEntries: Node['onEntries'] = (_, entries) =>
    void said.push(...entries.map(({ kind, text }) => `${kind} ${text}`));
  async function begin() {
    const claim = granted(await store.sessions.claim({ ...main, owner: 'n', leaseMs: 30_000, batchMax: 1 }));
    const agent = conversationAgent({ folder: testFolder() });
    const { epoch, claimId, batch } = claim;
    const turn = runningTurn({ ...main, epoch, claimId, batch, agent });
    const { node } = nodeOver({ store, clock }, { onEntries });
    const turnOf = (turnId: string) => (turnId === 't1' ? turn : undefined);
    const methods = createTurnMethods(node, {
      ...{ purse: only('purse'), modelWatch: only('modelWatch') },
      ...{ agentId: turn.agentId, turnOf, thread: only('thread') },
    });
    const answer = (questionId: string, given = replied) => methods.answer({ turnId: 't1', questionId, answer: given });
    return { answer, order: () => orderOf(store, turn, claim, clock.now()), epoch, claimId };
  }
  return { store, own, other, said, begin };
}

test('an answer is a message from its session to the sender, caused by the question, and is in the log', async () => {
  const { store, own, said, begin } = await node();
  const { answer } = await begin();
  const sent = granted(await answer('q1'));
  expect(sent).toMatchObject({ from: 'agent/docs/session/main', to: 'person/eve', command: 'reply', causedBy: 'q1' });
  expect(await store.messages.answerTo(own)).toEqual(sent);
  expect(said).toEqual(['reply Brown.']);
  expect(await store.messages.unrouted(10)).toEqual([]);
});

test('a question is answered once, also by a turn that comes again after the one that answered died', async () => {
  const { store, own, begin } = await node();
  const first = await begin();
  expect((await first.order()).batch).toEqual([own]);
  await first.answer('q1');
  expect(await first.answer('q1', { command: 'no-reply', payload: { reason: 'x' } })).toMatchObject({
    refused: 'ADDRESS_DENIED',
  });
  await store.sessions.release({ ...main, epoch: first.epoch, claimId: first.claimId, end: 'broke' });
  const second = await begin();
  expect((await second.order()).batch).toEqual([]);
  expect(await second.answer('q1')).toMatchObject({ refused: 'ADDRESS_DENIED' });
});

test('what another agent was asked cannot be answered, nor what nobody asked', async () => {
  const { store, other, begin } = await node();
  const { answer } = await begin();
  for (const id of ['q2', 'q3', '']) expect(await answer(id)).toMatchObject({ refused: 'SESSION_TENANT' });
  expect(await store.messages.answerTo(other)).toBeUndefined();
});
