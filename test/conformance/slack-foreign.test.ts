/** Our reads of Slack, answered by an emulator that we did not write. It has no Socket Mode, no presses, and takes any token. */
import { createEmulator } from 'emulate';
import { expect, onTestFinished, test } from 'vitest';
import { createReads } from '../../src/connectors/slack/reads.ts';
import { createWebClients } from '../../src/connectors/slack/web-clients.ts';

const token = 'xoxb-of-the-agent';

async function foreignSlack() {
  const users = [
    { name: 'agent', real_name: 'Agent' },
    { name: 'dev', real_name: 'Dev One' },
  ];
  const tokens = [{ token, user: 'agent', scopes: ['chat:write', 'channels:read', 'channels:history', 'users:read'] }];
  const slack = { team: { name: 'Workspace', domain: 'workspace' }, users, tokens };
  const { url, close } = await createEmulator({ service: 'slack', port: 0, seed: { slack } });
  onTestFinished(close);
  const { read, write } = await createWebClients({ token, apiUrl: `${url}/api/`, fetch: globalThis.fetch });
  const { channels = [] } = await read.conversations.list();
  const channel = channels.find(({ name }) => name === 'general')?.id ?? '';
  return { reads: createReads(read, 'default'), write, channel };
}

test('who the app is, what a channel is, and what people are called', async () => {
  const { reads, channel } = await foreignSlack();
  const { team, botUser } = await reads.identity();
  expect(team).toMatch(/^T/);
  expect(await reads.userName(botUser)).toMatch(/agent/i);
  expect(await reads.channel(channel)).toMatchObject({ name: 'general', isShared: false, isArchived: false });
});

test('a channel and a thread are read page by page, the thread from its root', async () => {
  const { reads, write, channel } = await foreignSlack();
  const { ts: root = '' } = await write.chat.postMessage({ channel, text: 'root' });
  for (const text of ['one', 'two']) await write.chat.postMessage({ channel, text, thread_ts: root });
  const texts: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await reads.page({ channel, root, cursor, limit: 2 });
    texts.push(...page.messages.map(({ text }) => text));
    cursor = page.next;
  } while (cursor !== undefined);
  expect(texts.filter((text, n) => texts.indexOf(text) === n)).toEqual(['root', 'one', 'two']);
  const { messages } = await reads.page({ channel, limit: 10 });
  expect(messages.map(({ text }) => text)).toContain('root');
});

test('a channel that Slack does not know is told as that', async () => {
  const { reads } = await foreignSlack();
  await expect(reads.channel('C404')).rejects.toMatchObject({
    facts: { kind: 'missing', typeKey: 'channel_not_found' },
  });
});
