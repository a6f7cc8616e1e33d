/** The page of threads in Slack. */
import { expect, test } from 'vitest';
import type { SessionId } from '../../src/broker/session-id.ts';
import { threadsPage } from '../../src/web/pages/threads-page.ts';
import { acme, startPages } from './pages-world.ts';

const place = { app: 'default', team: 'T1', channel: 'C1' };

test('each thread has its agent, its session and who spoke last, the latest first', async () => {
  const { show, store, clock, sql } = await startPages();
  const of = (sessionId: string, at: number, more = {}) =>
    store.threads.bind({ ...place, root: `${at}.1`, agentId: acme, sessionId: sessionId as SessionId, at, ...more });
  await store.sessions.ensure({ agentId: acme, sessionId: 'slack-old' });
  sql("update sessions set title = 'What is <i>this</i>?'");
  await of('slack-old', clock.now() - 7_200_000, { lastBy: 'U1' });
  await of('slack-new', clock.now() - 3_600_000, { lastBy: 'agent', workItemId: 12 });
  const { text, hrefs, title, data } = await show(threadsPage);
  expect(title).toBe('2 threads');
  expect(data.threads.map(({ sessionId }) => sessionId)).toEqual(['slack-new', 'slack-old']);
  expect(text).toMatch(/slack-new codechange\/acme C1 12 the agent 11:00 UTC \(1 h ago\)/);
  expect(text).toMatch(/What is <i>this<\/i>\? codechange\/acme C1 +U1 10:00 UTC/);
  for (const to of [`/sessions/${acme}/slack-new`, `/items/${acme}/12`, `/agents/${acme}`]) expect(hrefs).toContain(to);
  expect((await show(threadsPage, {}, { agent: 'docs' })).text).toContain('No agent has a thread here.');
});

test('many threads are read page by page', async () => {
  const { show, store } = await startPages();
  for (let at = 1; at <= 101; at += 1)
    await store.threads.bind({ ...place, root: `${at}.1`, agentId: acme, sessionId: `slack-${at}` as SessionId, at });
  const first = await show(threadsPage);
  expect([first.data.threads.length, first.data.threads[0]?.sessionId]).toEqual([100, 'slack-101']);
  expect(first.hrefs).toContain('/threads?page=2');
  const second = await show(threadsPage, {}, { page: '2' });
  expect(second.data.threads.map(({ sessionId }) => sessionId)).toEqual(['slack-1']);
});
