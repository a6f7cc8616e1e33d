import { expect, test } from 'vitest';
import { OutsideError } from '../../../src/base/errors.ts';
import type { PageQuery } from '../../../src/connectors/slack/reads.ts';
import { catchUp } from '../../../src/supervisor/slack/catch-up.ts';
import { inThread, thread } from '../../store/conversations/fixture.ts';
import { openTestStore } from '../../store/fixture.ts';

const self = { app: 'default', team: 'T1', botUser: 'UBOT' };
const said = (ts: number, more = {}) => ({ type: 'message', user: 'U1', text: 'x', ts: `${ts}.000000`, ...more });

async function missing(lists: Record<string, Record<string, unknown>[]>, { isRead = true } = {}) {
  const open = await openTestStore();
  const { store, clock } = open;
  const now = clock.time;
  const asked: PageQuery[] = [];
  const reads = {
    async page(query: PageQuery) {
      asked.push(query);
      const { channel, root } = query;
      const messages = lists[root ? `${channel}/${root}` : channel] ?? (lists[channel] && []);
      if (!messages) throw new OutsideError(`no ${channel}`, { system: 'Slack', request: 'x', kind: 'missing' });
      const [first, ...rest] = messages.filter(
        (each, n) => (root && n === 0) || Number(each.ts) > Number(query.oldest),
      );
      return { messages: first ? [first, ...rest] : [] };
    },
  };
  const since = now - 60_000;
  const look = async (channels: string[], lastAt: number | undefined = since) => {
    const heard = await store.inbox.lastHeard('default');
    return catchUp({ self, reads, store, channels, since: isRead ? lastAt : undefined, heard, clock });
  };
  const heard = async () => (await store.inbox.open(['default'], 100)).map(({ channel, ts }) => `${channel} ${ts}`);
  return { open, store, asked, look, heard, seconds: Math.floor(now / 1_000) };
}

test('what people wrote since the app was connected last is read, oldest first, and once', async () => {
  const at = Math.floor(Date.UTC(2026, 10, 20, 12) / 1_000);
  const list = [said(at - 5), said(at - 9), said(at - 7, { bot_id: 'B2' }), said(at - 900)];
  const { look, heard } = await missing({ C1: list, C2: [] });
  expect(await look(['C1', 'C2'])).toBe(2);
  expect(await look(['C1', 'C2'])).toBe(0);
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
  expect(await look([])).toBe(1);
  expect(await heard()).toEqual([`C1 ${at - 3}.000000`]);
});

test('a thread that nobody took up yet is read with its replies', async () => {
  const at = Math.floor(Date.UTC(2026, 10, 20, 12) / 1_000);
  const root = said(at - 9, { reply_count: 1 });
  const reply = said(at - 3, { thread_ts: root.ts });
  const { look, heard } = await missing({ C1: [root], [`C1/${root.ts}`]: [root, reply] });
  expect(await look(['C1'])).toBe(2);
  expect(await heard()).toEqual([`C1 ${root.ts}`, `C1 ${reply.ts}`]);
});

test('a channel that cannot be read keeps no other from being read', async () => {
  const at = Math.floor(Date.UTC(2026, 10, 20, 12) / 1_000);
  const { look, heard } = await missing({ C2: [said(at - 3)] });
  await expect(look(['C1', 'C2'])).rejects.toThrow('no C1');
  expect(await heard()).toEqual([`C2 ${at - 3}.000000`]);
});
