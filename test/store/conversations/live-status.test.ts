/** One message tells what a turn does now: changed in place, seldom, and gone afterwards, also after a crash. */
import { expect, test } from 'vitest';
import { refuse } from '../../../src/refusal.ts';
import { openTestStore } from '../fixture.ts';
import { inThread, thread } from './fixture.ts';

async function turnIn() {
  const opened = await openTestStore();
  const turn = await inThread(opened);
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
  const { store, outbox, show, rows, sendAll } = await turnIn();
  await show('Reads.');
  await sendAll();
  await outbox.recover();
  expect(await rows()).toEqual([['post', 'Reads.', 'sent']]);
  await store.sessions.giveBack();
  await outbox.recover();
  await outbox.recover();
  expect(await rows()).toEqual([
    ['post', 'Reads.', 'sent'],
    ['delete', '', 'queued'],
  ]);
});

test('what a turn showed after it had spoken is not sent once it is over', async () => {
  const { store, outbox, turn, show, rows, sendAll } = await turnIn();
  await show('Reads.');
  await sendAll();
  await outbox.say(turn, { kind: 'reply', text: 'Brown.' }, { id: 'm1' });
  await show('Thinks.');
  await store.sessions.giveBack();
  await outbox.recover();
  expect((await rows()).map(([kind]) => kind)).toEqual(['post', 'delete', 'post']);
});

async function withSessions() {
  const it = await turnIn();
  await it.store.slackApps.set({ app: 'default', team: 'T1', botUser: 'UB', state: 'connected', hasSessions: true });
  await it.outbox.beginStatus(it.turn);
  const signs = async () =>
    (await it.outbox.of(thread.agentId)).map(({ what, state }) =>
      what.kind === 'session' ? [what.status, what.text, state] : what.kind,
    );
  return { ...it, signs };
}

test('where Slack has a sign of its own no message is needed, and it ends with the turn', async () => {
  const { clock, outbox, turn, show, signs, sendAll } = await withSessions();
  await sendAll();
  await show('Reads.');
  clock.time += 3_000;
  await sendAll();
  expect(await signs()).toEqual([
    ['processing', '', 'sent'],
    ['processing', 'Reads.', 'sent'],
  ]);
  await outbox.endStatus(turn);
  await sendAll();
  expect((await signs()).at(-1)).toEqual(['active', '', 'sent']);
});

test('a turn that asks leaves its thread waiting for people', async () => {
  const { outbox, turn, signs, sendAll } = await withSessions();
  await sendAll();
  await outbox.say(turn, { kind: 'ask', text: 'Which?' }, { id: 'm1' });
  await outbox.endStatus(turn);
  expect(await signs()).toEqual([['processing', '', 'sent'], ['suspended', '', 'queued'], 'post']);
});

test('after a crash the sign ends too', async () => {
  const { store, outbox, signs, sendAll } = await withSessions();
  await sendAll();
  await store.sessions.giveBack();
  await outbox.recover();
  expect((await signs()).at(-1)).toEqual(['active', '', 'queued']);
});

test('if Slack refuses its sign, a message tells what the turn does', async () => {
  const { outbox, turn, show, rows, store } = await withSessions();
  const [sign] = await outbox.waiting();
  await outbox.begin(sign?.id ?? '');
  await outbox.end(sign?.id ?? '', { kind: 'failed', refusal: refuse('OUTSIDE_REFUSED', 'not an agent') }, undefined);
  await show('Reads.');
  expect(await rows()).toEqual([['post', 'Reads.', 'queued']]);
  const next = { ...turn, epoch: turn.epoch + 1 };
  await store.outbox.beginStatus(next);
  expect(await rows()).toHaveLength(1);
});

test('a sign that jvagent did not send says nothing of what Slack takes', async () => {
  const { outbox, turn, rows } = await withSessions();
  const [sign] = await outbox.waiting();
  await outbox.begin(sign?.id ?? '');
  await outbox.end(sign?.id ?? '', { kind: 'failed', refusal: refuse('PAUSED', 'docs has been paused') }, undefined);
  await outbox.beginStatus({ ...turn, epoch: turn.epoch + 1 });
  expect((await rows()).map(([kind, , state]) => `${kind} ${state}`)).toEqual(['session failed', 'session queued']);
});

test('an app that is no agent in Slack gets no sign', async () => {
  const { outbox, turn, rows } = await turnIn();
  await outbox.beginStatus(turn);
  expect(await rows()).toEqual([]);
});
