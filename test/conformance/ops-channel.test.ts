/** Alarms reach a webhook that takes them, and get there in the end where it is broken, slow, or sends on to others. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { listen, type Respond } from '../../src/base/http.ts';
import { createLog } from '../../src/base/log.ts';
import { postToWebhook } from '../../src/connectors/ops-webhook.ts';
import { isRefusal, refuse } from '../../src/refusal.ts';
import { readSettings } from '../../src/settings.ts';
import { openStore } from '../../src/store/database/database.ts';
import { startOpsWatch } from '../../src/supervisor/ops/watch.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { freePort } from '../free-port.ts';
import { startInterceptingProxy } from '../outbound/intercepting-proxy.ts';
import { acme, testFolder } from '../store/fixture.ts';
import { slackWorld } from './slack-world.ts';

const atOnce = { everyMs: 50, holdMsOf: () => 0, overMsOf: () => 0, linesPerHourMax: 20 };
const hold = {
  ...refuse('HOLD', 'not healthy after the deployment'),
  since: Date.UTC(2026, 10, 20, 12),
  workItemId: 7,
};
const minute = 60_000;

/** A listener that answers as the test says, and what it was sent. */
async function webhook(respond: Respond) {
  const got: { text: string; type: string | null; method: string }[] = [];
  const listener = await listen(async (request) => {
    const { text } = (await request.clone().json()) as { text: string };
    got.push({ text, type: request.headers.get('content-type'), method: request.method });
    return respond(request);
  });
  onTestFinished(() => listener.close());
  return { url: listener.url, got };
}

const taken: Respond = () => new Response('ok');

/** A platform's watch alone, over a store in a folder; its clock can be put forward. */
async function watch(env: Record<string, string>) {
  const { root } = createWorkspace({ 'codechange/acme/jvAgent.json': customerConfig('acme') });
  const settings = readSettings({ env: { JVAGENT_ALLOW_LOOPBACK: '1', ...env }, root });
  if (isRefusal(settings)) throw new Error(settings.why);
  const skew = { ms: 0 };
  const clock: Clock = { now: () => Date.now() + skew.ms, sleep: systemClock.sleep };
  const folder = testFolder();
  const store = await openStore({ folder, clock });
  const logged: string[] = [];
  const log = createLog('test', 'warn', { write: (line: string) => void logged.push(line) });
  const onFault = (error: unknown) => log.error(String(error));
  const node = { store, agents: createAgentStore({ root }), clock, log, onFault };
  let running = startOpsWatch(node, settings, { pace: atOnce });
  onTestFinished(async () => {
    await running.stop();
    await store.close();
  });
  return {
    store,
    logged,
    skew,
    async restart(meanwhile = async () => {}) {
      await running.stop();
      await meanwhile();
      running = startOpsWatch(node, settings, { pace: atOnce });
    },
    /** Resolves when everything that stood there was looked at once more. */
    async lookedAgain() {
      const probe = { ...refuse('OUTSIDE_LIMITED', 'a probe'), since: 0, tries: 1, until: 0 };
      await store.agents.set(acme, { modelFault: probe });
      await expect.poll(async () => (await store.alarms.list()).some(({ kind }) => kind === 'model')).toBe(true);
      await store.agents.set(acme, { modelFault: null });
      await expect.poll(async () => (await store.alarms.list()).some(({ kind }) => kind === 'model')).toBe(false);
    },
  };
}

test('an alarm is posted once as {"text"}, with cause, fix and since when, and its end once, across restarts', async () => {
  const { url, got } = await webhook(taken);
  const { store, restart, lookedAgain } = await watch({ JVAGENT_OPS_WEBHOOK: url });
  await store.agents.set(acme, { hold });
  await expect.poll(() => got.length).toBe(1);
  // What was sent when a platform stops, and not known to have come, would be told again.
  const allKnown = () => expect.poll(() => store.opsLines.waiting()).toEqual([]);
  await allKnown();
  expect(got[0]).toMatchObject({ method: 'POST', type: 'application/json' });
  expect(got[0]?.text).toBe(
    [
      'codechange/acme: HOLD: the instance of codechange/acme has been on hold since 2026-11-20 12:00 UTC, after the deployment for work item 7: not healthy after the deployment.',
      'Look at the instance and the failed deployment, then run `jvagent release codechange/acme`.',
      'Since 2026-11-20 12:00 UTC.',
    ].join('\n'),
  );
  await restart();
  await lookedAgain();
  await store.agents.set(acme, { hold: null });
  const own = () => got.map(({ text }) => text).filter((text) => text.includes('HOLD'));
  await expect.poll(() => own().length).toBe(2);
  await allKnown();
  expect(own()[1]).toMatch(/^Over: codechange\/acme: HOLD: /);
  await restart();
  await lookedAgain();
  expect(own()).toHaveLength(2);
});

test('what the webhook does not take is sent again after a pause, in order, with the same words', async () => {
  let isBroken = true;
  const { url, got } = await webhook(() => new Response('', { status: isBroken ? 503 : 200 }));
  const { store, skew, logged } = await watch({ JVAGENT_OPS_WEBHOOK: url });
  await store.alarms.store({ put: [], drop: [], lines: ['first', 'second'] });
  await expect.poll(() => logged.join('')).toContain('answered 503');
  expect(got.map(({ text }) => text)).toEqual(['first']);
  isBroken = false;
  skew.ms += minute;
  await expect.poll(() => got.map(({ text }) => text)).toEqual(['first', 'first', 'second']);
  await expect.poll(() => store.opsLines.waiting()).toEqual([]);
});

test('a webhook that asks for time is given it', async () => {
  const { url } = await webhook(() => new Response('', { status: 429, headers: { 'retry-after': '600' } }));
  const { store } = await watch({ JVAGENT_OPS_WEBHOOK: url });
  await store.alarms.store({ put: [], drop: [], lines: ['first'] });
  await expect
    .poll(async () => (await store.opsLines.waiting())[0]?.nextAt ?? 0)
    .toBeGreaterThan(Date.now() + 9 * minute);
});

test('a redirect is not followed, and told by its host', async () => {
  const elsewhere = await webhook(taken);
  const { url } = await webhook(() => new Response('', { status: 307, headers: { location: elsewhere.url } }));
  const { store, logged } = await watch({ JVAGENT_OPS_WEBHOOK: url });
  await store.alarms.store({ put: [], drop: [], lines: ['first'] });
  await expect.poll(() => logged.join('')).toContain(`sends on to ${new URL(elsewhere.url).host} (307)`);
  expect(elsewhere.got).toEqual([]);
  expect(await store.opsLines.waiting()).toMatchObject([{ text: 'first', attempts: 1, isDoubtful: false }]);
});

test('of a webhook that does not answer in time, or not at all, it is known whether the words may stand there', async () => {
  const { url } = await webhook(() => new Promise<Response>(() => {}));
  const [fetch, clock] = [globalThis.fetch, systemClock];
  expect(await postToWebhook({ url, fetch, clock, secondsMax: 0.5 }, 'first')).toMatchObject({ mayStand: true });
  const closed = `http://127.0.0.1:${await freePort()}`;
  expect(await postToWebhook({ url: closed, fetch, clock }, 'first')).toMatchObject({ mayStand: false });
});

test('a platform that stops does not wait for a webhook, and tells the words again when it starts', async () => {
  let isSilent = true;
  const { url, got } = await webhook((request) => (isSilent ? new Promise<Response>(() => {}) : taken(request)));
  const { store, restart, skew } = await watch({ JVAGENT_OPS_WEBHOOK: url });
  await store.alarms.store({ put: [], drop: [], lines: ['first'] });
  await expect.poll(() => got.length).toBe(1);
  await restart(async () => {
    expect(await store.opsLines.waiting()).toMatchObject([{ why: expect.stringContaining('the platform stops') }]);
    isSilent = false;
    skew.ms += minute;
  });
  await expect.poll(() => got.map(({ text }) => text)).toEqual(['first', '(Perhaps told before.) first']);
});

test('words that may stand there already say so when they are sent again', async () => {
  const { url, got } = await webhook(taken);
  const { store, restart } = await watch({ JVAGENT_OPS_WEBHOOK: url });
  await restart(async () => {
    await store.alarms.store({ put: [], drop: [], lines: ['first'] });
    const [line] = await store.opsLines.waiting();
    await store.opsLines.begin(line?.seq ?? 0);
  });
  await expect.poll(() => got.map(({ text }) => text)).toEqual(['(Perhaps told before.) first']);
});

test('what is not taken for a day is given up, and the rest goes on', async () => {
  let isBroken = true;
  const { url, got } = await webhook(() => new Response('', { status: isBroken ? 404 : 200 }));
  const { store, skew, logged } = await watch({ JVAGENT_OPS_WEBHOOK: url });
  await store.alarms.store({ put: [], drop: [], lines: ['first'] });
  await expect.poll(() => got.length).toBe(1);
  skew.ms += 25 * 60 * minute;
  await expect.poll(() => logged.join('')).toContain('an alarm was not told');
  isBroken = false;
  await store.alarms.store({ put: [], drop: [], lines: ['second'] });
  await expect.poll(() => got.map(({ text }) => text)).toEqual(['first', 'second']);
});

test('words that the webhook refuses three times are given up, and the rest goes on', async () => {
  const { url, got } = await webhook(async (request) => {
    const { text } = (await request.json()) as { text: string };
    return new Response('', { status: text === 'odd' ? 400 : 200 });
  });
  const { store, skew, logged } = await watch({ JVAGENT_OPS_WEBHOOK: url });
  await store.alarms.store({ put: [], drop: [], lines: ['odd', 'second'] });
  for (const tries of [1, 2, 3]) {
    await expect.poll(() => got.length).toBeGreaterThanOrEqual(tries);
    await expect
      .poll(async () => (await store.opsLines.waiting())[0]?.nextAt ?? Number.POSITIVE_INFINITY)
      .toBeGreaterThan(0);
    skew.ms += 20 * minute;
  }
  await expect.poll(() => got.map(({ text }) => text)).toEqual(['odd', 'odd', 'odd', 'second']);
  expect(logged.join('')).toContain('an alarm was not told');
});

test("a webhook is reached by the company's proxy and its authority, like every other system", async () => {
  const { url, got } = await webhook(taken);
  const proxy = await startInterceptingProxy({ names: { 'hooks.example': url }, login: 'jvagent:a-password' });
  onTestFinished(proxy.close);
  const file = join(testFolder(), 'company.pem');
  writeFileSync(file, proxy.certificate);
  const { store } = await watch({
    ...{ JVAGENT_ALLOW_LOOPBACK: '0', JVAGENT_OPS_WEBHOOK: 'https://hooks.example/services/x' },
    ...{ HTTPS_PROXY: proxy.url.replace('//', '//jvagent:a-password@'), NODE_EXTRA_CA_CERTS: file },
  });
  await store.alarms.store({ put: [], drop: [], lines: ['first'] });
  await expect.poll(() => got.map(({ text }) => text)).toEqual(['first']);
});

test("nobody is mentioned by what others said, and the platform's own secrets are hidden", async () => {
  const { url, got } = await webhook(taken);
  const key = 'sk-ant-the-key-of-the-platform';
  const { store } = await watch({ JVAGENT_OPS_WEBHOOK: url, ANTHROPIC_API_KEY: key });
  const why = `<!channel> @here <https://evil.example|click>\n/remind ${key}`;
  await store.agents.set(acme, { hold: { ...hold, why } });
  await expect.poll(() => got.length).toBe(1);
  expect(got[0]?.text).not.toMatch(/<!|@here|<https|\n\/remind|https:\/\/evil/);
  expect(got[0]?.text).not.toContain(key);
  expect(got[0]?.text).toContain('[jvagent-redacted:ANTHROPIC_API_KEY]');
});

test('with a channel of Slack the words go through the outbox, each once', async () => {
  const slack = { SLACK_BOT_TOKEN: 'xoxb-a-token-of-the-app', SLACK_APP_TOKEN: 'xapp-a-token-of-the-app' };
  const { store, restart, lookedAgain } = await watch({ ...slack, JVAGENT_OPS_CHANNEL: 'C0OPERATE' });
  await store.agents.set(acme, { hold });
  await expect.poll(async () => (await store.outbox.of('')).length).toBe(1);
  const [sending] = await store.outbox.of('');
  const place = { app: 'default', channel: 'C0OPERATE' };
  expect(sending).toMatchObject({
    by: 'platform',
    place,
    what: { kind: 'post', text: expect.stringContaining('HOLD') },
  });
  await restart();
  await lookedAgain();
  expect((await store.outbox.of('')).filter(({ what }) => JSON.stringify(what).includes('HOLD'))).toHaveLength(1);
});

test('they arrive there as the words of the platform, which belong to no agent', async () => {
  const { root, store, slack, start } = await slackWorld();
  const { stop } = await start();
  const settings = readSettings({ env: { JVAGENT_OPS_CHANNEL: 'C0PRODUCT' }, root });
  if (isRefusal(settings)) throw new Error(settings.why);
  const log = createLog('test', 'fatal');
  const node = { store, agents: createAgentStore({ root }), clock: systemClock, log, onFault: () => {} };
  const watching = startOpsWatch(node, settings, { pace: atOnce });
  onTestFinished(() => watching.stop());
  await store.alarms.store({
    put: [],
    drop: [],
    lines: ['codechange/acme: HOLD: not healthy.\nRun `jvagent release`.'],
  });
  const posted = () => slack.state.channels.find(({ id }) => id === 'C0PRODUCT')?.messages.map(({ text }) => text);
  await expect.poll(posted).toEqual(['codechange/acme: HOLD: not healthy.\nRun jvagent release.']);
  await watching.stop();
  await stop();
});
