/** Slack on two nodes of one state: what comes is taken in once, and what leaves keeps order and pace. */
import { expect, test } from 'vitest';
import { createLog } from '../../../src/base/log.ts';
import type { SendOutcome } from '../../../src/conversations/outcome.ts';
import type { OutboxWish } from '../../../src/conversations/outgoing.ts';
import { refuse } from '../../../src/refusal.ts';
import type { Store } from '../../../src/store/database/database.ts';
import { createCatchUp } from '../../../src/supervisor/slack/catch-up.ts';
import { createSendLoop } from '../../../src/supervisor/slack/send-loop.ts';
import { twoStoresOfFile } from '../../postgres/two-stores.ts';
import { inChannels } from '../slack/channels.ts';

const openTwoStores = twoStoresOfFile();
const log = createLog('test', 'silent');

const wish = (key: string, channel = 'C1', app = 'default'): OutboxWish => ({
  ...{ key, agentId: 'docs', sessionId: 's', by: 'agent', place: { app, channel, root: '1.1' } },
  what: { kind: 'post', text: key },
});

/** Two nodes that send what is stored; `ends` says how a message ends, by default well. */
async function twoSenders(wishes: OutboxWish[], ends: Record<string, SendOutcome & { appUntil: number }> = {}) {
  const { one, other, clock } = await openTwoStores();
  for (const each of wishes) await one.outbox.add(each);
  const sent: string[] = [];
  const senderOf = (store: Store) =>
    createSendLoop({
      ...store,
      async perform(id) {
        const begun = await store.outbox.begin(id);
        if (!begun) return undefined;
        const { row } = begun;
        sent.push(row.key);
        const { appUntil, ...outcome } = ends[row.key] ?? { kind: 'sent' as const, ts: `9.${sent.length}` };
        delete ends[row.key];
        await store.outbox.end(id, outcome, undefined);
        return { row, outcome, ...(appUntil === undefined ? {} : { appUntil }) };
      },
      onPerformed: async () => {},
      clock,
      log,
    });
  const senders = [senderOf(one), senderOf(other)];
  /** What left within these milliseconds, whichever node sent it. */
  const within = async (ms: number) => {
    sent.length = 0;
    for (let passed = 0; passed < ms; passed += 250) {
      await Promise.all(senders.map((sender) => sender.step()));
      await Promise.all(senders.map((sender) => sender.rest()));
      clock.time += 250;
    }
    return [...sent];
  };
  return { clock, within };
}

test('of two nodes one sends each message, in their order, and a channel gets one a second', async () => {
  const { within } = await twoSenders([wish('a1'), wish('a2'), wish('b1', 'C2'), wish('a3')]);
  expect((await within(1_000)).sort()).toEqual(['a1', 'b1']);
  expect(await within(1_000)).toEqual(['a2']);
  expect(await within(2_000)).toEqual(['a3']);
});

test('the threads of one channel share its pace, whichever nodes send', async () => {
  const threads = ['1.1', '2.2', '3.3', '4.4'].map((root) => {
    const { place, ...rest } = wish(root);
    return { ...rest, place: { ...place, root } };
  });
  const { within } = await twoSenders(threads);
  expect(await within(1_000)).toHaveLength(1);
  expect(await within(3_000)).toHaveLength(3);
});

test('a limit that one node is told of holds for the other', async () => {
  const until = Date.UTC(2026, 10, 20, 12, 0, 10);
  const limited = { kind: 'later', until, appUntil: until, refusal: refuse('OUTSIDE_LIMITED', 'too many') } as const;
  const { within } = await twoSenders([wish('a1')], { a1: limited });
  expect(await within(1_000)).toEqual(['a1']);
  expect(await within(8_000)).toEqual([]);
  expect(await within(2_000)).toEqual(['a1']);
});

test('what two nodes catch up with at once is taken in once, in its order', async () => {
  const { one, other, clock } = await openTwoStores();
  const messages = [3, 1, 2].map((nth) => ({
    ...{ type: 'message', user: 'U1', text: `words ${nth}` },
    ts: `${clock.time / 1_000 - 60 + nth}.000001`,
  }));
  const self = { app: 'default', team: 'T1', botUser: 'UBOT', botId: 'B1' };
  const reads = { page: async () => ({ messages }) };
  const caughtUp = async (store: Store) => {
    const missed = createCatchUp({ reads, store, channels: () => ['C1'], clock, log });
    await missed.note(self, clock.time - 3_600_000);
    return missed.read(self);
  };
  expect(await Promise.all([caughtUp(one), caughtUp(other)])).toEqual([undefined, undefined]);
  const open = await one.inbox.open(['default'], 10);
  expect(open.map(({ body }) => 'text' in body && body.text)).toEqual(['words 1', 'words 2', 'words 3']);
});

test('what two nodes hear and decide at the same moment is given to the agent once, and answered once', async () => {
  const { one, other, clock } = await openTwoStores();
  const usual = { docs: { slack: { channels: ['C1'] } } };
  const [here, there] = await Promise.all([one, other].map((store) => inChannels(usual, { at: { store, clock } })));
  const words = ['<@UBOT> one', '<@UBOT> two', '<@UBOT> three', '<@UBOT> four'];
  // Both get the same events.
  for (const text of words) await Promise.all([here, there].map((node) => node?.says('C1', 'U1', text)));
  expect((await here?.given('docs'))?.map((line) => line.split(' ').at(-1))).toEqual(['one', 'two', 'three', 'four']);
  expect(await there?.posts('docs')).toHaveLength(4);
});

test('an app is connected while any node has a connection of it', async () => {
  const { one, other } = await openTwoStores();
  const state = async () => (await one.slackApps.list()).map((app) => [app.state, app.fault?.refused]);
  await one.slackApps.set({ app: 'default', team: 'T1', botUser: 'U', state: 'connected' });
  await other.slackApps.set({ app: 'default', state: 'connecting', fault: refuse('OUTSIDE_UNREACHABLE', 'no way') });
  expect(await state()).toEqual([['connecting', 'OUTSIDE_UNREACHABLE']]);
  await one.slackApps.isConnected('default');
  expect(await state()).toEqual([['connected', undefined]]);
  await other.slackApps.set({ app: 'default', state: 'dead', fault: refuse('OUTSIDE_AUTH', 'revoked') });
  await one.slackApps.isConnected('default');
  expect(await state()).toEqual([['dead', 'OUTSIDE_AUTH']]);
});
