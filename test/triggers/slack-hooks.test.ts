import { expect, test } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { slackSignature } from '../../src/triggers/hook-keys.ts';
import { createSlackHooks } from '../../src/triggers/slack-hooks.ts';

const nowSeconds = 1_780_000_000;
const secret = 'a signing secret';

interface Sent {
  body?: string;
  at?: number;
  signedWith?: string;
  headers?: Record<string, string>;
  path?: string;
}

function start({ isBroken = false } = {}) {
  const taken: unknown[] = [];
  const respond = createSlackHooks({
    secretOf: (app) => (app === 'default' || app === 'acme' ? secret : undefined),
    async take(app, body) {
      if (isBroken) throw new Error('the disk is full');
      taken.push([app, body]);
    },
    clock: { now: () => nowSeconds * 1_000 },
    log: createLog('test', 'silent'),
  });
  async function post({
    body = '{"type":"event_callback"}',
    at = nowSeconds,
    signedWith = secret,
    headers = {},
    path = '',
  }: Sent) {
    const signature = slackSignature(signedWith, String(at), Buffer.from(body));
    const signed = { 'x-slack-request-timestamp': String(at), 'x-slack-signature': signature, ...headers };
    const answer = await respond(
      new Request(`http://hooks/hooks/slack${path}`, { method: 'POST', body, headers: signed }),
    );
    return { status: answer.status, text: await answer.text() };
  }
  return { taken, post };
}

test('an event is stored before Slack is told that it came, for the app in the path', async () => {
  const { post, taken } = start();
  expect(await post({})).toMatchObject({ status: 200 });
  expect(await post({ path: '/acme' })).toMatchObject({ status: 200 });
  expect(taken).toEqual([
    ['default', { type: 'event_callback' }],
    ['acme', { type: 'event_callback' }],
  ]);
  expect(await start({ isBroken: true }).post({})).toMatchObject({ status: 500 });
});

test('a retry is taken like a first try: it may be the only one that arrives', async () => {
  const { post, taken } = start();
  expect(await post({ headers: { 'x-slack-retry-num': '2', 'x-slack-retry-reason': 'http_timeout' } })).toMatchObject({
    status: 200,
  });
  expect(taken).toHaveLength(1);
});

test.each([
  ['signed with another secret', { signedWith: 'guess' }],
  ['six minutes old', { at: nowSeconds - 360 }],
  ['of the future', { at: nowSeconds + 360 }],
  ['without a signature', { headers: { 'x-slack-signature': '' } }],
  ['for an app that there is not', { path: '/globex' }],
  ['of a time that is none', { headers: { 'x-slack-request-timestamp': 'soon' } }],
])('a hook that is %s is refused', async (_, sent: Sent) => {
  const { post, taken } = start();
  expect(await post(sent)).toMatchObject({ status: 401 });
  expect(taken).toEqual([]);
});

test("Slack's tests are answered: the address with its challenge, the certificate without a signature", async () => {
  const { post, taken } = start();
  const body = JSON.stringify({ type: 'url_verification', challenge: 'c-1' });
  expect(await post({ body })).toEqual({ status: 200, text: 'c-1' });
  expect(await post({ body, signedWith: 'guess' })).toMatchObject({ status: 401 });
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'x-slack-signature': '' };
  expect(await post({ body: 'ssl_check=1&token=x', headers: form })).toMatchObject({ status: 200 });
  expect(taken).toEqual([]);
});

test('a press comes as a form, whose raw bytes are signed', async () => {
  const { post, taken } = start();
  const body = `payload=${encodeURIComponent(JSON.stringify({ type: 'block_actions' }))}`;
  expect(await post({ body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })).toMatchObject({
    status: 200,
  });
  expect(taken).toEqual([['default', { type: 'block_actions' }]]);
});

test('a hook that is too large is refused unread', async () => {
  const { post, taken } = start();
  expect(await post({ body: 'x'.repeat((1 << 20) + 1) })).toMatchObject({ status: 413 });
  expect(taken).toEqual([]);
});
