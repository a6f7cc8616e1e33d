/** How a turn speaks: for its own session's thread, while it has the session, and with a line in the log. */
import { expect, test } from 'vitest';
import type { SayIntent } from '../../../src/conversations/say.ts';
import { say } from '../../../src/supervisor/slack/say.ts';
import { createTurnNotes } from '../../../src/supervisor/turn-notes.ts';
import { hears, inThread, thread } from '../../store/conversations/fixture.ts';
import { granted, messageFor, openTestStore } from '../../store/fixture.ts';
import { conversationAgent } from '../../turns/turn.ts';
import { nodeOver, runningTurn } from '../node.ts';

const { agentId, sessionId } = thread;

async function speaker() {
  const opened = await openTestStore();
  const key = await inThread(opened);
  const { node, said } = nodeOver(opened);
  const message = messageFor('m1', { payload: { user: 'U1', ts: '1.2' } });
  const turn = runningTurn({
    agentId,
    sessionId,
    epoch: key.epoch,
    claimId: key.claimId,
    batch: [message],
    agent: conversationAgent(),
  });
  const speak = (intent: SayIntent) => say(node, createTurnNotes(node), turn, intent);
  return { ...opened, opened, said, speak, turn };
}

test('words of a turn are stored once for the thread of its session, and stand in the log', async () => {
  const { store, said, speak } = await speaker();
  const first = granted(await speak({ kind: 'reply', text: 'Brown.' }));
  expect(await speak({ kind: 'reply', text: 'Brown, as I said.' })).toEqual(first);
  expect(await store.outbox.of(agentId)).toMatchObject([
    { state: 'queued', place: { app: 'default', channel: 'C1', root: '1.1' }, what: { kind: 'post', text: 'Brown.' } },
  ]);
  expect(said).toEqual(['reply: Brown.', 'reply: Brown, as I said.']);
});

test('the options of a question are stored as buttons with random ids', async () => {
  const { store, speak } = await speaker();
  await speak({ kind: 'ask', text: 'Which?', options: ['Red', 'Blue'] });
  const [asked] = await store.outbox.of(agentId);
  const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
  expect(asked?.what).toMatchObject({
    buttons: [
      { id, label: 'Red', action: 'answer' },
      { id, label: 'Blue', action: 'answer' },
    ],
  });
});

test('a turn that is over says nothing', async () => {
  const { store, speak, turn } = await speaker();
  await store.sessions.release({ agentId, sessionId, epoch: turn.epoch, claimId: turn.claimId, end: 'rested' });
  await expect(speak({ kind: 'reply', text: 'Late.' })).rejects.toThrow('is over');
  expect(await store.outbox.of(agentId)).toEqual([]);
});

test('the seventh message in a row is refused, and a person who writes lets the agent speak again', async () => {
  const { opened, clock, said, speak, turn } = await speaker();
  const write = (n: number) => {
    turn.batch = [messageFor(`m${n}`)];
    clock.time += 1_000;
    return speak({ kind: 'reply', text: `${n}` });
  };
  for (const n of [1, 2, 3, 4, 5, 6]) granted(await write(n));
  expect(await write(7)).toMatchObject({ refused: 'RATE' });
  expect(said.at(-1)).toBe('refused: 7');
  clock.time += 1_000;
  await hears(opened, '1.9');
  expect(await write(8)).toMatchObject({ sent: true });
});
