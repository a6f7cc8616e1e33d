/** One connection of Socket Mode, to the emulated Slack. */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { expect, onTestFinished, test } from 'vitest';
import { createSlack } from '../../../emulators/slack/slack.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { listenServer } from '../../../src/base/http.ts';
import { connectSocket } from '../../../src/connectors/slack/socket.ts';
import { type Outbound, openOutbound } from '../../../src/outbound/outbound.ts';
import { startInterceptingProxy } from '../../outbound/intercepting-proxy.ts';

const direct = openOutbound({ noProxy: '', authorities: [] });

/** Slack at an address of its own, or one that only a proxy knows. */
async function slackAt(host?: string) {
  const slack = createSlack({ times: { ackMs: 300, retryMs: [0, 50] } });
  const server = createServer(getRequestListener(slack.fetch));
  const listener = await listenServer(server);
  const url = host ? `https://${host}` : listener.url;
  slack.attach(server, url);
  onTestFinished(async () => {
    slack.close();
    await listener.close();
  });
  const taken: unknown[] = [];
  const connect = (
    outbound: Outbound = direct,
    take = async (body: unknown) => void taken.push(body),
    clock = systemClock,
  ) =>
    connectSocket({
      app: { name: 'default', apiUrl: `${url}/api/`, appToken: slack.app().appToken },
      ...{ outbound, take, clock },
    });
  const send = () => slack.send({ type: 'app_home_opened', user: 'U0ACMEERIN', event_ts: '1.1' });
  return { slack, url: listener.url, taken, connect, send };
}

test('an event is told as taken only after it was stored, and comes again if it was not', async () => {
  const { slack, connect, send } = await slackAt();
  let tries = 0;
  const { close } = await connect(direct, async () => {
    tries += 1;
    if (tries === 1) throw new Error('the disk is full');
  });
  onTestFinished(close);
  send();
  await slack.idle();
  expect(tries).toBe(2);
});

test('a frame that nobody can read ends nothing', async () => {
  const { slack, connect, send, taken } = await slackAt();
  const { close } = await connect();
  onTestFinished(close);
  // An envelope without an event, as Slack's word about a rate limit is.
  slack.send({ type: 'app_rate_limited', toJSON: () => undefined });
  send();
  await slack.idle();
  expect(taken.length).toBeGreaterThan(0);
});

test('a connection without a greeting is given up, and its end is told once', async () => {
  const { slack, connect } = await slackAt();
  slack.misbehave({ sockets: { withoutHello: true } });
  const impatient = { ...systemClock, sleep: async () => {} };
  await expect(connect(direct, undefined, impatient)).rejects.toThrow('was not followed by a greeting');
  slack.misbehave({});
  const { ended } = await connect();
  slack.disconnect('refresh_requested');
  await ended;
});

test.each(['invalid_auth', 'account_inactive'])(
  'a token that is refused with %s is an error about the token',
  async (error) => {
    const { slack, connect } = await slackAt();
    slack.refuseTokens(error);
    await expect(connect()).rejects.toMatchObject({ facts: { kind: 'auth', typeKey: error } });
  },
);

test("the socket goes through the company's proxy, whose authority is trusted", async () => {
  const host = 'slack.example';
  const { url, slack, connect, send, taken } = await slackAt(host);
  const proxy = await startInterceptingProxy({ names: { [host]: url }, login: 'me:pass' });
  onTestFinished(proxy.close);
  const httpsProxy = proxy.url.replace('//', '//me:pass@');
  const { close } = await connect(openOutbound({ httpsProxy, noProxy: '', authorities: [proxy.certificate] }));
  onTestFinished(close);
  send();
  await slack.idle();
  expect(taken).toHaveLength(1);
  expect(proxy.asked.length).toBeGreaterThan(1);
});
