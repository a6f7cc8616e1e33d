/** What agents say, from the outbox into the emulated Slack: as people see it, once, and with Slack's own faults on the way. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../../emulators/control/faults.ts';
import type { AgentStore } from '../../src/agents/agent-store.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createReads } from '../../src/connectors/slack/reads.ts';
import { createWebClients } from '../../src/connectors/slack/web-clients.ts';
import type { OutboxWish, Outgoing } from '../../src/conversations/outgoing.ts';
import { createLookups } from '../../src/supervisor/slack/lookups.ts';
import { startSlackOut } from '../../src/supervisor/slack/slack-out.ts';
import { startSlack } from '../emulators/slack/world.ts';
import { only } from '../only.ts';
import { messageFor, openTestStore, testFolder } from '../store/fixture.ts';
import { nodeOver } from '../supervisor/node.ts';
import { conversationAgent } from '../turns/turn.ts';

const [support, shared, foreign] = ['C0ACMESUP', 'C0SHARED', 'C0GLOBSUP'] as const;

/** The agent `docs` may speak in two channels of the emulated Slack. */
async function speaker() {
  const world = await startSlack();
  const opened = await openTestStore({ clock: systemClock });
  const { store } = opened;
  const agent = conversationAgent({ folder: testFolder() });
  const slack = { channels: [support, shared], allowShared: false, directMessages: 'people' as const, people: {} };
  const own = { ...agent, config: { ...agent.config, slack } };
  await store.agents.set('docs', { trusted: { digest: own.digest, steering: {} } });
  const agents = only<AgentStore>('agents', { get: () => ({ id: own.id, agent: own }) });
  const { node } = nodeOver({ store, clock: { ...systemClock, time: 0 } }, { agents });
  const { botToken } = world.slack.app();
  const app = { name: 'default', botToken, apiUrl: world.apiUrl };
  const clients = await createWebClients({ token: botToken, apiUrl: world.apiUrl, fetch: globalThis.fetch });
  const of = () => ({ app, clients, reads: createReads(clients.read, 'default'), self: () => undefined });
  const out = await startSlackOut(node, { of, lookups: createLookups(Date.now) });
  onTestFinished(() => out.stop());
  const erin = world.person('erin');
  let keys = 0;
  const say = (what: Outgoing, more: Partial<OutboxWish> = {}) => {
    keys += 1;
    const whose = { key: `k${keys}`, agentId: 'docs', sessionId: 'main', by: 'agent' } as const;
    return store.outbox.add({ ...whose, place: { app: 'default', channel: support }, what, ...more });
  };
  /** The row once it is over. */
  const over = async (id: string) => {
    for (;;) {
      const row = await store.outbox.get(id);
      if (row && ['sent', 'failed'].includes(row.state)) return row;
      await pause(20);
    }
  };
  const fail = (path: string, how: Fault['do'], times = 1) =>
    world.faults.add({ target: 'slack', match: { path }, times, do: how });
  return { ...world, store, erin, say, over, fail };
}

test('people see words with their buttons in a thread, a reaction and a file; an edit takes the buttons away', async () => {
  const { erin, say, over, bot } = await speaker();
  const root = erin.say(support, 'Which colour?');
  const place = { app: 'default', channel: support, root };
  const buttons = [{ label: 'Red', action: 'answer', body: {}, expiresAt: Date.now() + 60_000 }];
  const asked = await say(
    { kind: 'post', text: '**Red** or blue, <!channel>?', mention: erin.user.id },
    { place, buttons },
  );
  await say({ kind: 'react', name: 'eyes', ts: root }, { place });
  const file = await say(
    { kind: 'upload', title: 'Colours', name: 'colours.md', content: Buffer.from('# Red').toString('base64') },
    { place },
  );
  expect(await over(asked)).toMatchObject({ state: 'sent' });
  expect(await over(file)).toMatchObject({ state: 'sent' });
  const [question, answer, upload] = erin.messages(support, { thread: root });
  expect(question?.reactions).toMatchObject([{ name: 'eyes' }]);
  expect(answer?.text).toMatch(/^<@U0ACMEERIN> Red or blue/);
  expect(answer?.text).not.toContain('<!channel>');
  expect(JSON.stringify(answer?.blocks)).toContain('"action_id":"jv:answer"');
  expect(upload?.files).toMatchObject([{ name: 'colours.md', title: 'Colours' }]);
  const { messages = [] } = await bot().conversations.replies({
    channel: place.channel,
    ts: root,
    include_all_metadata: true,
  });
  expect(messages[1]).toMatchObject({ metadata: { event_type: 'jvagent_message', event_payload: { id: asked } } });
  await over(await say({ kind: 'edit', of: asked, text: 'Red it is.' }, { place }));
  const changed = erin.messages(support, { thread: root })[1];
  expect(changed?.text).toBe('Red it is.');
  expect(JSON.stringify(changed?.blocks)).not.toContain('button');
  await over(await say({ kind: 'delete', of: asked }, { place }));
  expect(erin.messages(support, { thread: root }).map(({ text }) => text)).not.toContain('Red it is.');
});

test('a post whose answer was lost stands there once', async () => {
  const { erin, say, over, fail } = await speaker();
  fail('chat.postMessage', { dropAnswer: true, afterCommit: true });
  const row = await over(await say({ kind: 'post', text: 'Once.' }));
  expect(row).toMatchObject({ state: 'sent', attempts: 2 });
  const seen = erin.messages(support);
  expect(seen.filter(({ text }) => text === 'Once.')).toMatchObject([{ ts: row.ts }]);
});

test('a file whose answer was lost is there once', async () => {
  const { erin, say, over, fail } = await speaker();
  fail('files.completeUploadExternal', { dropAnswer: true, afterCommit: true });
  await over(await say({ kind: 'upload', title: 'A', name: 'a.md', content: 'SGku' }));
  expect(erin.messages(support).flatMap(({ files = [] }) => files)).toMatchObject([{ name: 'a.md' }]);
});

test('a post that was lost on its way is sent again', async () => {
  const { erin, say, over, fail } = await speaker();
  fail('chat.postMessage', { dropAnswer: true });
  expect(await over(await say({ kind: 'post', text: 'Again.' }))).toMatchObject({ state: 'sent', attempts: 2 });
  expect(erin.messages(support).filter(({ text }) => text === 'Again.')).toHaveLength(1);
});

test('Slack is asked again when it said, and the order stays', async () => {
  const { erin, say, over, fail } = await speaker();
  fail('chat.postMessage', { status: 429, headers: { 'retry-after': '1' }, body: { ok: false, error: 'ratelimited' } });
  await say({ kind: 'post', text: 'First.' });
  const last = await over(await say({ kind: 'post', text: 'Second.' }));
  expect(last).toMatchObject({ state: 'sent', attempts: 1 });
  expect(erin.messages(support).map(({ text }) => text)).toEqual(['First.', 'Second.']);
});

test('a long answer is a short message, and stands whole in a file below it', async () => {
  const { erin, say } = await speaker();
  const root = erin.say(support, 'Tell me everything.');
  const text = `${'All of it, and more. '.repeat(1_000)}The end.`;
  await say({ kind: 'post', text }, { place: { app: 'default', channel: support, root } });
  const thread = () => erin.messages(support, { thread: root });
  await expect.poll(() => thread().length).toBe(3);
  const [, post, file] = thread();
  expect(post?.text).toMatch(/^All of it.*answer\.md below\.$/s);
  expect(post?.text.length).toBeLessThan(4_000);
  expect(file?.files).toMatchObject([{ name: 'answer.md', size: text.length }]);
});

test('what the broker has for a channel is said there; a work item has one thread, which the agent has', async () => {
  const { erin, store, slack } = await speaker();
  await store.slackApps.set({ app: 'default', team: 'T0JVAGENT', botUser: slack.app().botUser, state: 'connected' });
  const tell = (id: string, text: string) =>
    store.messages.add({
      ...messageFor(id, { from: 'agent/docs/session/wi-12', to: `slack/default/${support}`, payload: { text } }),
      command: 'slack.send_message',
    });
  await tell('m1', 'Work item 12: planning.');
  await tell('m2', 'Work item 12: plan-ready.');
  await expect.poll(() => erin.messages(support).length).toBe(1);
  const [root] = erin.messages(support);
  await expect.poll(() => erin.messages(support, { thread: root?.ts ?? '' }).length).toBe(2);
  expect(await store.threads.get({ app: 'default', channel: support, root: root?.ts ?? '' })).toMatchObject({
    ...{ agentId: 'docs', team: 'T0JVAGENT', workItemId: 12 },
    sessionId: `slack-t0jvagent-c0acmesup-${root?.ts.replace('.', '-')}`,
  });
});

test("Slack's own sign shows that the agent is at work, with what it does, and that it rests", async () => {
  const { slack, erin, say, over } = await speaker();
  const root = erin.say(support, 'Which colour?');
  const place = { app: 'default', channel: support, root };
  const session = () => [...slack.state.sessions.values()][0];
  await over(await say({ kind: 'session', status: 'processing', text: 'I read files.' }, { place }));
  expect(session()).toMatchObject({ thread: root, status: 'processing', line: 'I read files.' });
  await over(await say({ kind: 'session', status: 'active', text: '' }, { place }));
  expect(session()).toMatchObject({ status: 'active', line: '' });
});

test('a channel of others or with another company, a missing message and a channel without the app: each is told with a fix', async () => {
  const { say, over, person } = await speaker();
  const at = (channel: string, root?: string) => ({ place: { app: 'default', channel, ...(root ? { root } : {}) } });
  const denied = await over(await say({ kind: 'post', text: 'Hi.' }, at(foreign)));
  expect(denied).toMatchObject({ state: 'failed', refusal: { refused: 'ADDRESS_DENIED' } });
  expect(person('erin.globex').messages(foreign)).toEqual([]);
  const open = await over(await say({ kind: 'post', text: 'Hi.' }, at(shared)));
  expect(open).toMatchObject({ state: 'failed', refusal: { fix: 'Set `slack.allowShared` if it may.' } });
  const lost = await over(await say({ kind: 'react', name: 'eyes', ts: '1.1' }, at(support)));
  expect(lost).toMatchObject({ state: 'failed', refusal: { refused: 'OUTSIDE_REFUSED' } });
  const outside = await over(await say({ kind: 'post', text: 'Hi.' }, { ...at('C0RANDOM'), by: 'platform' }));
  expect(outside).toMatchObject({ state: 'failed', refusal: { fix: expect.stringMatching(/^Invite the app/) } });
});
