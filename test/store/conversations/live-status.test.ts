/** One message tells what a turn does now: changed in place, seldom, and gone afterwards, also after a crash. */
import { expect, test } from 'vitest';
import { openTestStore } from '../fixture.ts';
import { inThread, thread } from './fixture.ts';

async function turnIn() {
  const opened = await openTestStore();
  const epoch = await inThread(opened);
  const turn = { agentId: thread.agentId, sessionId: thread.sessionId, epoch };
  const { outbox } = opened.store;
  const show = (text: string) => outbox.status(turn, text);
  const rows = async () =>
    (await outbox.of(thread.agentId)).map(({ what, state }) => [what.kind, 'text' in what ? what.text : '', state]);
  /** Sends what may leave now. */
  async function sendAll() {
    for (const { id, nextAt = 0 } of await outbox.waiting()) {
      if (nextAt > opened.clock.time) continue;
      await outbox.begin(id);
      await outbox.end(id, { kind: 'sent', ts: '5.5' }, 'p1');
    }
  }
  return { ...opened, outbox, turn, show, rows, sendAll };
}

test('only the newest words are sent, at most every three seconds', async () => {
  const { clock, show, rows, sendAll } = await turnIn();
  await show('Reads.');
  await show('Searches.');
  expect(await rows()).toEqual([['post', 'Searches.', 'queued']]);
  await sendAll();
  clock.time += 1_000;
  await show('Thinks.');
  await show('Writes.');
  await sendAll();
  expect((await rows())[1]).toEqual(['edit', 'Writes.', 'queued']);
  clock.time += 2_000;
  await sendAll();
  expect((await rows())[1]).toEqual(['edit', 'Writes.', 'sent']);
  await show('Checks.');
  expect((await rows())[1]).toEqual(['edit', 'Checks.', 'queued']);
});

test('when the turn speaks it is gone', async () => {
  const { outbox, turn, show, rows, sendAll } = await turnIn();
  await show('Reads.');
  await sendAll();
  await show('Thinks.');
  await outbox.say(turn, { kind: 'reply', text: 'Brown.' }, { id: 'm1' });
  await outbox.endStatus(turn);
  expect(await rows()).toEqual([
    ['post', 'Reads.', 'sent'],
    ['delete', '', 'queued'],
    ['post', 'Brown.', 'queued'],
  ]);
});

test('what was not sent yet when the turn ended is never sent', async () => {
  const { outbox, turn, show, rows } = await turnIn();
  await show('Reads.');
  await outbox.endStatus(turn);
  expect(await rows()).toEqual([]);
});

test('after a crash no thread keeps saying what nobody does', async () => {
  const { outbox, show, rows, sendAll } = await turnIn();
  await show('Reads.');
  await sendAll();
  await outbox.recover();
  await outbox.recover();
  expect(await rows()).toEqual([
    ['post', 'Reads.', 'sent'],
    ['delete', '', 'queued'],
  ]);
});
