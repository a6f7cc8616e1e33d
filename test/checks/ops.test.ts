import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { listen } from '../../src/base/http.ts';
import { findingsOf } from '../../src/checks/finding.ts';
import { opsCheck } from '../../src/checks/ops.ts';
import { isRefusal } from '../../src/refusal.ts';
import { readSettings } from '../../src/settings.ts';
import type { OpsLine } from '../../src/store/ops/lines.ts';
import { createWorkspace } from '../agents/workspace.ts';
import { freePort } from '../free-port.ts';

const slackTokens = { SLACK_BOT_TOKEN: 'xoxb-a-token-of-the-app', SLACK_APP_TOKEN: 'xapp-a-token-of-the-app' };

async function found(env: Record<string, string>, waiting: OpsLine[] = []) {
  const settings = readSettings({ env, root: createWorkspace().root });
  if (isRefusal(settings)) throw new Error(settings.why);
  const way = { fetch: globalThis.fetch, clock: systemClock };
  const check = opsCheck({ settings, way, lines: async () => ({ waiting: async () => waiting }) });
  return (await findingsOf([check]))[0];
}

const onLoopback = (url: string) => ({ JVAGENT_ALLOW_LOOPBACK: '1', JVAGENT_OPS_WEBHOOK: url });

test('a webhook must be an https address outside this machine, unless all addresses are on it', async () => {
  for (const url of ['http://hooks.example/x', 'https://a:b@hooks.example/x', 'hooks.example'])
    expect(await found({ JVAGENT_OPS_WEBHOOK: url })).toMatchObject({ status: 'fail', code: 'CONFIG_INVALID' });
  expect(await found({ JVAGENT_OPS_WEBHOOK: 'https://127.0.0.1/x' })).toMatchObject({
    status: 'fail',
    what: 'JVAGENT_OPS_WEBHOOK is on this machine',
  });
  expect(await found(onLoopback('https://hooks.example/x'))).toMatchObject({ status: 'fail' });
});

test('a channel is one of the Slack app of .env, by its id, and not beside a webhook', async () => {
  expect(await found({ JVAGENT_OPS_CHANNEL: 'C0OPERATE', ...slackTokens })).toMatchObject({ status: 'ok' });
  expect(await found({ JVAGENT_OPS_CHANNEL: '#operate', ...slackTokens })).toMatchObject({ status: 'fail' });
  expect(await found({ JVAGENT_OPS_CHANNEL: 'C0OPERATE' })).toMatchObject({
    status: 'fail',
    fix: expect.stringContaining('SLACK_BOT_TOKEN'),
  });
  const both = { JVAGENT_OPS_CHANNEL: 'C0OPERATE', JVAGENT_OPS_WEBHOOK: 'https://hooks.example/x', ...slackTokens };
  expect(await found(both)).toMatchObject({ status: 'fail', what: expect.stringContaining('both set') });
});

test('a host that answers is named without the secret path, and nothing is posted to it', async () => {
  const asked: string[] = [];
  const listener = await listen((request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    return new Response('', { status: 404 });
  });
  onTestFinished(() => listener.close());
  const seen = await found(onLoopback(`${listener.url}/services/the-secret`));
  const { host } = new URL(listener.url);
  expect(seen).toMatchObject({
    status: 'ok',
    what: `alarms are posted to ${host}, which answers (a post was not tried)`,
  });
  expect(asked).toEqual(['HEAD /']);
});

test('a host that does not answer, and lines that could not be told, are a warning', async () => {
  const closed = `http://127.0.0.1:${await freePort()}`;
  expect(await found(onLoopback(closed))).toMatchObject({ status: 'warn', code: 'OUTSIDE_UNREACHABLE' });
  const line = { seq: 1, text: 't', at: 0, attempts: 2, isDoubtful: false, nextAt: 60_000, why: 'it answered 404' };
  expect(await found(onLoopback(closed), [line])).toMatchObject({
    status: 'warn',
    what: '1 line waits to be told, tried again at 1970-01-01 00:01 UTC: it answered 404',
  });
});
