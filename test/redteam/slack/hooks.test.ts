/** The way in over HTTP: only what Slack signed for this app, now, is taken, and only once. */
import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { listen } from '../../../src/base/http.ts';
import { createLog } from '../../../src/base/log.ts';
import { limits } from '../../../src/limits.ts';
import { slackSignature } from '../../../src/triggers/hook-keys.ts';
import { createSlackHooks } from '../../../src/triggers/slack-hooks.ts';

const secrets: Record<string, string> = { default: 'the secret of acme', globex: 'the secret of globex' };
const event = JSON.stringify({ type: 'event_callback', event_id: 'Ev1' });

async function start() {
  const taken: string[] = [];
  const take = async (app: string) => void taken.push(app);
  const secretOf = (app: string) => (Object.hasOwn(secrets, app) ? secrets[app] : undefined);
  const listener = await listen(
    createSlackHooks({ secretOf, take, clock: systemClock, log: createLog('test', 'silent') }),
  );
  onTestFinished(() => listener.close());
  return { taken, url: listener.url };
}

interface Sent {
  path?: string;
  body?: string;
  signed?: string;
  secret?: string;
  laterSeconds?: number;
  signature?: string;
}

async function post(
  url: string,
  { path = '', body = event, signed = body, secret, laterSeconds = 0, signature }: Sent,
) {
  const at = String(Math.floor(Date.now() / 1_000) + laterSeconds);
  const own = signature ?? slackSignature(secret ?? secrets.default ?? '', at, Buffer.from(signed));
  const headers = { 'content-type': 'application/json', 'x-slack-request-timestamp': at, 'x-slack-signature': own };
  return (await fetch(`${url}/hooks/slack${path}`, { method: 'POST', body, headers })).status;
}

const forged: [string, Sent][] = [
  ['without a signature', { signature: '' }],
  ['with a signature of zeros', { signature: `v0=${'0'.repeat(64)}` }],
  ['with the signature of another body', { signed: '{}' }],
  ['signed with the secret of another customer', { secret: 'the secret of globex' }],
  ['for another app than the one that signed', { path: '/globex' }],
  ['for an app that there is not', { path: '/constructor' }],
  ['signed for a later time', { laterSeconds: limits.slackHookSecondsMax + 60 }],
  ['signed long ago', { laterSeconds: -limits.slackHookSecondsMax - 60 }],
  ['with an unsigned challenge', { body: '{"type":"url_verification","challenge":"x"}', signature: 'v0=' }],
];

test.each(forged)('a hook %s is refused, and nothing is stored', async (_, sent) => {
  const { url, taken } = await start();
  expect(await post(url, sent)).toBe(401);
  expect(taken).toEqual([]);
  expect(await post(url, {})).toBe(200);
  expect(taken).toEqual(['default']);
});

test('a huge body is refused before it is read to its end, also where it does not say how long it is', async () => {
  const { url, taken } = await start();
  expect(await post(url, { body: 'x'.repeat(limits.hookBytesMax + 1) })).toBe(413);
  const endless = new Promise<number>((resolve, reject) => {
    const part = Buffer.alloc(64 << 10, 'x');
    let written = 0;
    const sent = request(`${url}/hooks/slack`, { method: 'POST' }, (answer) => {
      clearInterval(writing);
      answer.resume();
      resolve(answer.statusCode ?? 0);
      sent.destroy();
    });
    const writing = setInterval(() => {
      written += part.length;
      if (written > 64 * limits.hookBytesMax) reject(new Error('all of it was read'));
      else sent.write(part);
    }, 1);
    sent.on('error', (error) => reject(error));
  });
  expect(await endless).toBe(413);
  expect(taken).toEqual([]);
});
