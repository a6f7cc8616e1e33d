/** What the outbox keeps: one row for each wish, one thread for each work item, and whose a begun thread is. */
import { expect, test } from 'vitest';
import type { OutboxWish } from '../../../src/conversations/outgoing.ts';
import { refuse } from '../../../src/refusal.ts';
import { messageFor, openTestStore, type TestStore } from '../fixture.ts';

const toChannel: OutboxWish = {
  ...{ key: 'k1', agentId: 'codechange/acme', sessionId: 'wi-12', by: 'agent' },
  ...{ place: { app: 'default', channel: 'C1' }, what: { kind: 'post', text: 'Planned.' } },
};
const outboxOf = async ({ store }: TestStore) => (await store.outbox.of('codechange/acme')).map((row) => row);

async function take(opened: TestStore, id: string, wish: Partial<OutboxWish> = {}) {
  await opened.store.messages.add(messageFor(id, { to: 'slack/default/C1', command: 'slack.send_message' }));
  await opened.store.outbox.take(id, { ...toChannel, key: `message:${id}`, ...wish });
}

async function send({ store }: TestStore, id: string, ts: string) {
  await store.outbox.begin(id);
  await store.outbox.end(id, { kind: 'sent', ts }, 'p1');
}

test('a message of the broker is moved once', async () => {
  const opened = await openTestStore();
  await take(opened, 'm1');
  await opened.store.outbox.take('m1', { ...toChannel, key: 'other' });
  expect(await outboxOf(opened)).toHaveLength(1);
  expect(await opened.store.messages.outbound(10)).toEqual([]);
});

test('all that is said of a work item stands in one thread, which its first message begins', async () => {
  const opened = await openTestStore();
  await take(opened, 'm1');
  await take(opened, 'm2');
  await take(opened, 'm3', { sessionId: 'wi-13' });
  const [first] = await outboxOf(opened);
  expect((await outboxOf(opened)).map(({ place }) => place.root)).toEqual([undefined, `of:${first?.id}`, undefined]);
  await send(opened, first?.id ?? '', '5.5');
  await take(opened, 'm4');
  expect((await outboxOf(opened)).map(({ place }) => place.root)).toEqual([undefined, '5.5', undefined, '5.5']);
});

test('if the first message of a thread cannot be sent, the next one begins it', async () => {
  const opened = await openTestStore();
  for (const id of ['m1', 'm2', 'm3']) await take(opened, id);
  const [first, second] = await outboxOf(opened);
  await opened.store.outbox.begin(first?.id ?? '');
  await opened.store.outbox.end(
    first?.id ?? '',
    { kind: 'failed', refusal: refuse('OUTSIDE_REFUSED', 'x') },
    undefined,
  );
  expect((await outboxOf(opened)).map(({ place }) => place.root)).toEqual([undefined, undefined, `of:${second?.id}`]);
});

test('a thread that an agent began is bound to it, with a session of its own and the work item', async () => {
  const opened = await openTestStore();
  await take(opened, 'm1');
  const [first] = await outboxOf(opened);
  await send(opened, first?.id ?? '', '1700000000.000200');
  const thread = { app: 'default', channel: 'C1', root: '1700000000.000200' };
  expect(await opened.store.threads.get(thread)).toMatchObject({
    ...{ agentId: 'codechange/acme', sessionId: 'slack-none-c1-1700000000-000200' },
    ...{ workItemId: 12, lastBy: 'agent' },
  });
});

test('a text that is too long for a message is cut, and stands whole in a file below it', async () => {
  const opened = await openTestStore();
  const text = 'All is well. '.repeat(2_000);
  await opened.store.outbox.add({ ...toChannel, what: { kind: 'post', text } });
  const [post, file] = await outboxOf(opened);
  expect(post?.what).toMatchObject({
    kind: 'post',
    text: expect.stringMatching(/^All is well.*file answer\.md below\.$/s),
  });
  expect(file).toMatchObject({ key: 'k1:file', place: { root: `of:${post?.id}` }, what: { name: 'answer.md' } });
  const content = file?.what.kind === 'upload' ? file.what.content : '';
  expect(Buffer.from(content, 'base64').toString()).toBe(text);
});

test('what was over long ago is forgotten, and what still waits is not', async () => {
  const opened = await openTestStore();
  const { outbox } = opened.store;
  const old = await outbox.add({ ...toChannel, key: 'old' });
  await send(opened, old, '1.1');
  await outbox.add({ ...toChannel, key: 'waits' });
  await outbox.prune(0);
  expect(await outboxOf(opened)).toHaveLength(2);
  opened.clock.time += 1;
  await outbox.prune(0);
  expect((await outboxOf(opened)).map(({ key }) => key)).toEqual(['waits']);
});

test('what could not be sent is told by agent with its last reason, and what was sent or is older is not', async () => {
  const opened = await openTestStore();
  const { store, clock } = opened;
  for (const id of ['m1', 'm2', 'm3', 'm4']) {
    await take(opened, id, id === 'm4' ? { agentId: 'docs' } : {});
    clock.time += 1_000;
  }
  const [first, second, third] = await outboxOf(opened);
  for (const [row, why] of [
    [first, 'older'],
    [second, 'no such channel'],
  ] as const) {
    await store.outbox.begin(row?.id ?? '');
    await store.outbox.end(row?.id ?? '', { kind: 'failed', refusal: refuse('OUTSIDE_REFUSED', why) }, undefined);
  }
  await send(opened, third?.id ?? '', '5.5');
  const last = expect.objectContaining({ why: 'no such channel' });
  const at = clock.time - 3_000;
  expect(await store.outbox.failedSince(at)).toEqual([{ agentId: 'codechange/acme', count: 1, last, at }]);
  expect(await store.outbox.failedSince(0)).toMatchObject([{ agentId: 'codechange/acme', count: 2, last }]);
});
