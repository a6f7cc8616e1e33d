import { expect, test } from 'vitest';
import type { InboxEntry } from '../../../src/conversations/slack-event.ts';
import { openTestStore } from '../fixture.ts';

const written = (ts: string, more: Partial<Extract<InboxEntry, { kind: 'message' }>> = {}): InboxEntry => ({
  kind: 'message',
  ...{ eventKey: `Ev${ts}`, messageKey: `C1:${ts}`, channel: 'C1', root: ts, ts, user: 'U1' },
  body: { team: 'T1', text: 'hello', files: [], mentions: [], isDirect: false, isShared: false, eventId: `Ev${ts}` },
  ...more,
});

test('a message is let in once, by its event and by its place, in each app for itself', async () => {
  const { store } = await openTestStore();
  expect(await store.inbox.add('default', written('1.1'))).toBe(true);
  expect(await store.inbox.add('default', written('1.1'))).toBe(false);
  expect(await store.inbox.add('default', written('1.1', { eventKey: 'another event' }))).toBe(false);
  expect(await store.inbox.add('default', written('1.1', { messageKey: 'C2:1.1' }))).toBe(false);
  expect(await store.inbox.add('acme', written('1.1'))).toBe(true);
  expect((await store.inbox.open(['default', 'acme'], 10)).map(({ app, ts }) => [app, ts])).toEqual([
    ['default', '1.1'],
    ['acme', '1.1'],
  ]);
});

test('what somebody changes or deletes at once is what is read', async () => {
  const { store } = await openTestStore();
  await store.inbox.add('default', written('1.1'));
  await store.inbox.add('default', written('1.2'));
  await store.inbox.change('default', { channel: 'C1', ts: '1.1', text: 'hello <@U2>' });
  await store.inbox.change('default', { channel: 'C1', ts: '1.2' });
  await store.inbox.change('acme', { channel: 'C1', ts: '1.1' });
  expect(await store.inbox.open(['default'], 10)).toMatchObject([
    { ts: '1.1', body: { text: 'hello <@U2>', mentions: ['U2'] } },
  ]);
});

test('the last message of each channel is known, and old ones are deleted once they had their decision', async () => {
  const { store, clock } = await openTestStore();
  await store.inbox.add('default', written('1.1'));
  await store.inbox.add('default', written('1.2'));
  await store.inbox.add('default', written('0.9', { channel: 'C2', messageKey: 'C2:0.9' }));
  expect(Object.fromEntries(await store.inbox.lastHeard('default'))).toEqual({ C1: '1.2', C2: '0.9' });
  await store.inbox.change('default', { channel: 'C1', ts: '1.2' });
  clock.time += 10;
  await store.inbox.prune(9);
  expect(Object.fromEntries(await store.inbox.lastHeard('default'))).toEqual({ C1: '1.1', C2: '0.9' });
});
