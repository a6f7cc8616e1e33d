import { verifySlackRequest } from '@slack/bolt';
import { SocketModeClient } from '@slack/socket-mode';
import { expect, onTestFinished, test } from 'vitest';
import type { SlackOptions } from '../../../emulators/slack/slack.ts';
import { listen } from '../../../src/base/http.ts';
import { silent, startSlack } from './world.ts';

interface Heard {
  // biome-ignore lint/suspicious/noExplicitAny: events of any shape
  body: any;
  nth: number | undefined;
  reason: string | undefined;
}

const support = 'acme-support';

/** An app on Socket Mode that keeps what it hears; `takes` says whether it acknowledges the nth envelope. */
async function startApp(options: SlackOptions = {}, takes: (nth: number) => boolean = () => true) {
  const world = await startSlack(options);
  const heard: Heard[] = [];
  const clientOptions = { slackApiUrl: world.apiUrl, retryConfig: { retries: 0 } };
  const connect = async () => {
    const { appToken } = world.slack.app();
    const client = new SocketModeClient({ appToken, clientOptions, logger: silent, autoReconnectEnabled: false });
    client.on('slack_event', async ({ ack, body, retry_num, retry_reason }) => {
      heard.push({ body, nth: retry_num, reason: retry_reason });
      if (takes(heard.length)) await ack();
    });
    await client.start();
    onTestFinished(() => {
      world.slack.cut();
    });
    return client;
  };
  return { ...world, heard, connect, types: () => heard.map(({ body }) => body.event.type) };
}

test('a mention in a channel comes twice, with one ts and two event ids', async () => {
  const { connect, heard, person, slack } = await startApp();
  await connect();
  const ts = person('erin').say(support, '@agent hello & <b>');
  await slack.idle();
  expect(heard.map(({ body }) => body.event)).toMatchObject([
    { type: 'message', ts, channel: 'C0ACMESUP', user: 'U0ACMEERIN', channel_type: 'channel' },
    { type: 'app_mention', ts, channel: 'C0ACMESUP', text: '<@U0JVAGENT> hello &amp; &lt;b&gt;' },
  ]);
  expect(new Set(heard.map(({ body }) => body.event_id)).size).toBe(2);
  expect(heard[0]?.body).toMatchObject({ type: 'event_callback', team_id: 'T0JVAGENT', api_app_id: 'A0JVAGENT' });
  expect(heard[0]?.nth).toBe(0);
});

test('in direct messages a mention comes once, and a channel without the bot is silent', async () => {
  const { connect, heard, person, slack } = await startApp();
  await connect();
  person('erin').say('@agent', '@agent hello');
  person('erin').say('random', '@agent are you here?');
  await slack.idle();
  expect(heard.map(({ body }) => body.event)).toMatchObject([
    { type: 'message', channel: 'D0ACMEERIN', channel_type: 'im' },
  ]);
});

test('own posts, edits, deletions, joins, files and reactions come as Slack sends them', async () => {
  const { connect, heard, person, slack, bot } = await startApp();
  await connect();
  const erin = person('erin');
  const channel = 'C0ACMESUP';
  const { ts: own = '' } = await bot().chat.postMessage({ channel, text: 'mine' });
  await bot().chat.update({ channel, ts: own, text: 'still mine' });
  await bot('build').chat.postMessage({ channel, text: 'build 7 is broken' });
  const said = erin.say(support, 'a');
  erin.edit(support, said, 'b');
  erin.react(support, said, 'x');
  erin.say(support, 'to all', { thread: said, broadcast: true });
  erin.delete(support, said);
  person('pat').join('acme-status');
  await slack.idle();
  expect(heard.map(({ body }) => body.event)).toMatchObject([
    { text: 'mine', bot_id: 'B0JVAGENT', app_id: 'A0JVAGENT', user: 'U0JVAGENT' },
    { subtype: 'message_changed', hidden: true, message: { ts: own, text: 'still mine', bot_id: 'B0JVAGENT' } },
    { text: 'build 7 is broken', bot_id: 'B0BUILDBOT' },
    { text: 'a', user: 'U0ACMEERIN' },
    { subtype: 'message_changed', message: { text: 'b', edited: {} }, previous_message: { text: 'a' } },
    { type: 'reaction_added', reaction: 'x', user: 'U0ACMEERIN', item: { channel, ts: said } },
    { subtype: 'thread_broadcast', thread_ts: said, root: { ts: said, reply_count: 1 } },
    { subtype: 'message_changed', message: { subtype: 'tombstone', ts: said } },
    { subtype: 'channel_join', user: 'U0PRODPAT', channel: 'C0ACMESTAT' },
  ]);
});

test('an event that is not taken in time comes again, and says so', async () => {
  const times = { ackMs: 50, retryMs: [0, 10, 10] };
  const { connect, heard, person, slack } = await startApp({ times }, (nth) => nth >= 3);
  await connect();
  person('erin').say(support, 'hello');
  await slack.idle();
  expect(heard.map(({ nth }) => nth)).toEqual([0, 1, 2]);
  expect(heard.map(({ reason }) => reason)).toEqual(['', 'timeout', 'timeout']);
  expect(new Set(heard.map(({ body }) => body.event_id)).size).toBe(1);
});

test('what happens while an app is not connected comes when it connects', async () => {
  const { connect, heard, person, slack, types } = await startApp();
  const client = await connect();
  const gone = new Promise((resolve) => client.once('disconnected', resolve));
  slack.disconnect('refresh_requested');
  await gone;
  const [first, second] = [person('erin').say(support, 'one'), person('erin').say(support, 'two')];
  await connect();
  await slack.idle();
  expect(types()).toEqual(['message', 'message']);
  expect(heard.map(({ body }) => body.event.ts)).toEqual([first, second]);
});

test('each event goes to one of several connections, and an address connects once', async () => {
  const { connect, heard, person, slack, url, apiUrl } = await startApp();
  await connect();
  await connect();
  for (let n = 0; n < 6; n += 1) person('erin').say(support, `${n}`);
  await slack.idle();
  expect(heard).toHaveLength(6);
  expect(slack.connections()).toBe(2);
  const headers = { authorization: `Bearer ${slack.app().appToken}` };
  const answer = await (await fetch(`${apiUrl}apps.connections.open`, { method: 'POST', headers })).json();
  const address = (answer as { url: string }).url;
  expect(address).toContain(url.replace('http', 'ws'));
  const openOnce = () =>
    new Promise((resolve) => {
      const socket = new WebSocket(address);
      socket.onmessage = ({ data }) => resolve(JSON.parse(data).type);
      socket.onerror = () => resolve('refused');
      onTestFinished(() => socket.close());
    });
  expect(await openOnce()).toBe('hello');
  expect(await openOnce()).toBe('refused');
});

test('a dead token opens no connection, and a bot token never does', async () => {
  const { slack, apiUrl } = await startApp();
  const open = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${apiUrl}apps.connections.open`, { method: 'POST', headers })).json();
  };
  expect(await open(slack.app().botToken)).toEqual({ ok: false, error: 'not_allowed_token_type' });
  slack.refuseTokens('invalid_auth');
  expect(await open(slack.app().appToken)).toEqual({ ok: false, error: 'invalid_auth' });
});

test('the Events API answers a challenge first, signs what it sends, and sends it again', async () => {
  const { slack, person } = await startSlack({ times: { retryMs: [0, 0, 0] } });
  const told: { headers: Headers; body: string }[] = [];
  const statuses = [200, 500, 503, 200];
  const app = await listen(async (request) => {
    const body = await request.text();
    told.push({ headers: request.headers, body });
    const { challenge } = JSON.parse(body);
    return challenge ? Response.json({ challenge }) : new Response(null, { status: statuses[told.length - 1] ?? 200 });
  });
  onTestFinished(() => app.close());
  await slack.setRequestUrl(`${app.url}/hooks/slack`);
  person('erin').say(support, 'hello');
  await slack.idle();
  expect(told.map(({ headers }) => headers.get('x-slack-retry-num'))).toEqual([null, null, '1', '2']);
  expect(told[2]?.headers.get('x-slack-retry-reason')).toBe('http_error');
  for (const { headers, body } of told) {
    verifySlackRequest({
      signingSecret: slack.app().signingSecret,
      body,
      headers: {
        'x-slack-signature': headers.get('x-slack-signature') ?? '',
        'x-slack-request-timestamp': Number(headers.get('x-slack-request-timestamp')),
      },
    });
  }
  await expect(slack.setRequestUrl('https://example.com/')).rejects.toThrow('loopback');
});

test('an app that wants no retry gets none', async () => {
  const { slack, person } = await startSlack({ times: { retryMs: [0, 0, 0] } });
  let count = 0;
  const app = await listen(async (request) => {
    const { challenge } = JSON.parse(await request.text());
    if (challenge) return new Response(challenge);
    count += 1;
    return new Response(null, { status: 500, headers: { 'x-slack-no-retry': '1' } });
  });
  onTestFinished(() => app.close());
  await slack.setRequestUrl(app.url);
  person('erin').say(support, 'hello');
  await slack.idle();
  expect(count).toBe(1);
});
