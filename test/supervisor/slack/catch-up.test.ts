import { expect, test } from 'vitest';
import { OutsideError, type OutsideErrorFacts } from '../../../src/base/errors.ts';
import { createLog } from '../../../src/base/log.ts';
import type { PageQuery } from '../../../src/connectors/slack/reads.ts';
import { normaliseListed } from '../../../src/conversations/slack-event.ts';
import { createCatchUp } from '../../../src/supervisor/slack/catch-up.ts';
import { inThread, thread } from '../../store/conversations/fixture.ts';
import { openTestStore } from '../../store/fixture.ts';

const self = { app: 'default', team: 'T1', botUser: 'UBOT' };
const fails = (message: string, facts: Pick<OutsideErrorFacts, 'kind' | 'retryAfterMs'>) =>
  new OutsideError(message, { system: 'Slack', request: 'x', ...facts });
const said = (ts: number, more = {}) => ({ type: 'message', user: 'U1', text: 'x', ts: `${ts}.000000`, ...more });

async function missing(lists: Record<string, Record<string, unknown>[]>, { isRead = true } = {}) {
  const open = await openTestStore();
  const { store, clock } = open;
  const now = clock.time;
  const asked: PageQuery[] = [];
  /** What Slack says of a channel instead of its messages. */
  const failing = new Map<string, Error>();
  const reads = {
    async page(query: PageQuery) {
      asked.push(query);
      const { channel, root } = query;
      const messages = lists[root ? `${channel}/${root}` : channel] ?? (lists[channel] && []);
      const failure = failing.get(channel) ?? (messages ? undefined : fails(`no ${channel}`, { kind: 'missing' }));
      if (!messages || failure) throw failure;
      const [first, ...rest] = messages.filter(
        (each, n) => (root && n === 0) || Number(each.ts) > Number(query.oldest),
      );
      return { messages: first ? [first, ...rest] : [] };
    },
  };
  const since = now - 60_000;
  let channels: string[] = [];
  const log = createLog('test', 'silent');
  const missed = createCatchUp({ reads, store, channels: () => channels, clock, log });
  const look = async (heardIn: string[], lastAt: number | undefined = since) => {
    channels = heardIn;
    await missed.note(self, isRead ? lastAt : undefined);
    return missed.read(self);
  };
  const heard = async () => (await store.inbox.open(['default'], 100)).map(({ channel, ts }) => `${channel} ${ts}`);
  return { open, store, asked, failing, look, again: () => missed.read(self), heard, seconds: Math.floor(now / 1_000) };
}

test('what people wrote since the app was connected last is read, oldest first, and once', async () => {
  const at = Math.floor(Date.UTC(2026, 10, 20, 12) / 1_000);
  const list = [said(at - 5), said(at - 9), said(at - 7, { bot_id: 'B2' }), said(at - 900)];
  const { look, heard } = await missing({ C1: list, C2: [] });
  await look(['C1', 'C2']);
  await look(['C1', 'C2']);
  expect(await heard()).toEqual([`C1 ${at - 9}.000000`, `C1 ${at - 5}.000000`]);
});

test('an app that was never connected reads nothing, and a long gap is read for a day only', async () => {
  const never = await missing({ C1: [] }, { isRead: false });
  await never.look(['C1']);
  expect(never.asked).toEqual([]);
  const { look, asked, seconds } = await missing({ C1: [] });
  await look(['C1'], 1);
  expect(Number(asked[0]?.oldest)).toBe(seconds - 86_400);
});

test('replies in threads of an agent are read too, but not the root that comes with them', async () => {
  const at = Math.floor(Date.UTC(2026, 10, 20, 12) / 1_000);
  const { open, look, heard } = await missing({ 'C1/1.1': [said(1), said(at - 3, { thread_ts: '1.1' })] });
  await inThread(open, { ...thread, at: open.clock.time });
  await look([]);
  expect(await heard()).toEqual([`C1 ${at - 3}.000000`]);
});

test('a thread that nobody took up yet is read with its replies', async () => {
  const at = Math.floor(Date.UTC(2026, 10, 20, 12) / 1_000);
  const root = said(at - 9, { reply_count: 1 });
  const reply = said(at - 3, { thread_ts: root.ts });
  const { look, heard } = await missing({ C1: [root], [`C1/${root.ts}`]: [root, reply] });
  await look(['C1']);
  expect(await heard()).toEqual([`C1 ${root.ts}`, `C1 ${reply.ts}`]);
});

test('a channel that Slack refuses is left out, and keeps no other from being read', async () => {
  const at = Math.floor(Date.UTC(2026, 10, 20, 12) / 1_000);
  const { look, again, heard, asked } = await missing({ C2: [said(at - 3)] });
  expect(await look(['C1', 'C2'])).toBe(undefined);
  expect(await heard()).toEqual([`C2 ${at - 3}.000000`]);
  await again();
  expect(asked.map(({ channel }) => channel)).toEqual(['C1', 'C2']);
});

test('a channel that cannot be read now is read later, from the same time, also after more connections', async () => {
  const at = Math.floor(Date.UTC(2026, 10, 20, 12) / 1_000);
  const root = said(at - 50, { reply_count: 1 });
  const reply = said(at - 40, { thread_ts: root.ts });
  const { open, store, look, again, heard, failing, asked } = await missing({
    ...{ C1: [root], [`C1/${root.ts}`]: [root, reply], C2: [said(at - 3)] },
  });
  failing.set('C1', fails('too many', { kind: 'limited', retryAfterMs: 600_000 }));
  expect(await look(['C1', 'C2'])).toBe(600_000);
  failing.set('C1', fails('no answer', { kind: 'unreachable' }));
  expect(await again()).toBe(0);
  failing.set('C1', new Error('the database is away'));
  expect(await again()).toBe(0);
  expect(asked.map(({ channel }) => channel)).toEqual(['C1', 'C2', 'C1', 'C1']);
  // What comes live is later than what was missed.
  open.clock.time += 3_600_000;
  const live = normaliseListed(self, 'C1', said(at + 3_600));
  if ('take' in live) await store.inbox.add('default', live.take);
  expect(await look(['C1', 'C2'], open.clock.time)).toBe(0);
  failing.clear();
  expect(await again()).toBe(undefined);
  const expected = [root.ts, reply.ts, `${at - 3}.000000`, `${at + 3_600}.000000`];
  expect((await heard()).map((each) => each.split(' ')[1])).toEqual(expected);
});
