import { SocketModeClient } from '@slack/socket-mode';
import { expect, onTestFinished, test } from 'vitest';
import { createAzureDevOps } from '../../../emulators/azure-devops/azure-devops.ts';
import { createControl } from '../../../emulators/control/control.ts';
import { createGitHub } from '../../../emulators/github/github.ts';
import { listen } from '../../../src/base/http.ts';
import { errorOf, silent, startSlack } from './world.ts';

async function startControl() {
  const world = await startSlack({ times: { retryMs: [] } });
  const { slack, faults } = world;
  const [azureDevOps, github] = [createAzureDevOps({ tenants: [] }), createGitHub({ tenants: [] })];
  const control = await listen(createControl({ faults, azureDevOps, github, slack, setModelScript: () => {} }));
  onTestFinished(() => control.close());
  const ask = async (path: string, body?: unknown) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(control.url + path, init);
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  };
  return { ...world, ask };
}

test('people act by requests, and see what they may see', async () => {
  const { ask, bot } = await startControl();
  const { json } = await ask('/slack/say', { user: 'erin', channel: 'acme-support', text: '@agent hello' });
  const thread = String(json.ts);
  await bot().chat.postMessage({ channel: 'C0ACMESUP', thread_ts: thread, text: 'Hello Erin' });
  const seen = await ask(`/slack/messages?user=oscar&channel=acme-support&thread=${thread}`);
  expect(seen.json).toMatchObject([{ text: '<@U0JVAGENT> hello' }, { text: 'Hello Erin', user: 'U0JVAGENT' }]);
  const elsewhere = await ask('/slack/messages?user=erin.globex&channel=acme-support');
  expect(elsewhere).toEqual({ status: 400, json: { error: 'erin.globex is not in acme-support' } });
});

test('tokens die and live again, channels come, and events of any kind are brought', async () => {
  const { ask, bot, slack, person } = await startControl();
  await ask('/slack/tokens', { error: 'account_inactive' });
  expect(await errorOf(bot().auth.test())).toBe('account_inactive');
  await ask('/slack/tokens', {});
  await bot().auth.test();
  const { json } = await ask('/slack/channels', { name: 'team-7', members: ['U0ACMEERIN'] });
  person('erin').say('team-7', 'hello');
  expect((await bot().conversations.history({ channel: String(json.id) })).messages).toHaveLength(1);
  await ask('/slack/events', { event: { type: 'app_uninstalled' } });
  await slack.idle();
  expect((await ask('/slack/deliveries')).json).toMatchObject([{ type: 'message' }, { type: 'app_uninstalled' }]);
});

test('connections end as Slack ends them, and new ones may be broken', async () => {
  const { ask, slack, apiUrl } = await startControl();
  const { appToken } = slack.app();
  const clientOptions = { slackApiUrl: apiUrl };
  const app = new SocketModeClient({ appToken, clientOptions, logger: silent, autoReconnectEnabled: false });
  await app.start();
  await ask('/slack/disconnect', { reason: 'warning' });
  const gone = new Promise((resolve) => app.once('disconnected', resolve));
  await gone;
  await ask('/slack/sockets', { withoutHello: true });
  void app.start().catch(() => undefined);
  await expect.poll(() => slack.connections()).toBe(0);
  expect((await ask('/slack/disconnect', { reason: 'tired' })).status).toBe(400);
});

test('faults strike one app alone', async () => {
  const { faults, bot } = await startControl();
  const busy = { status: 429, headers: { 'retry-after': '2' }, body: { ok: false, error: 'ratelimited' } };
  faults.add({ target: 'slack', tenant: 'default', match: { path: '/api/auth.test' }, times: 1, do: busy });
  await bot('globex').auth.test();
  expect(
    await bot()
      .auth.test()
      .catch((error) => error),
  ).toMatchObject({ retryAfter: 2 });
  await bot().auth.test();
  const posted = { channel: 'C0ACMESUP', text: 'once' };
  faults.add({
    target: 'slack',
    match: { path: 'postMessage' },
    times: 1,
    do: { afterCommit: true, dropAnswer: true },
  });
  await expect(bot().chat.postMessage(posted)).rejects.toThrow();
  expect((await bot().conversations.history({ channel: 'C0ACMESUP' })).messages).toHaveLength(1);
});
