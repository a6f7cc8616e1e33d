/** A turn's gateway by itself, spoken to over its socket as the engine would. */
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { createAnthropic } from '../../emulators/anthropic/anthropic.ts';
import { systemClock } from '../../src/base/clock.ts';
import { listen, type Respond } from '../../src/base/http.ts';
import { createLog } from '../../src/base/log.ts';
import { createRedact } from '../../src/base/redact.ts';
import { openTurnGateway } from '../../src/engine/gateway/gateway.ts';
import type { Spent } from '../../src/engine/gateway/spending.ts';
import { type GatewayParts, gatewayOptions } from './gateway-options.ts';
import { modelOf } from './try-turn.ts';

const id = 'claude-sonnet-5';
export const hello = { model: id, max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] };

/** A gateway in front of a provider of the test's own, or of the scripted one; what it books is kept. */
export async function openGateway(more: Partial<GatewayParts> = {}, handler?: Respond) {
  const provider = createAnthropic({
    script: {
      scenes: [{ replies: [[{ text: 'hi' }, { usage: { input: 1_000_000, cached: 500_000, output: 100_000 } }]] }],
    },
  });
  const upstream = await listen(handler ?? provider.handler);
  const folder = await mkdtemp(join(tmpdir(), 'jv-'));
  const booked: { reserved: number[]; settled: [number, Spent][] } = { reserved: [], settled: [] };
  const socketPath = join(folder, 'gw.sock');
  const options = gatewayOptions({
    baseUrl: `${upstream.url}/`,
    key: 'sk-real',
    keyName: 'ANTHROPIC_API_KEY in .env',
    models: [modelOf(id)],
    bodyBytesMax: 10_000,
    requestsPerMinuteMax: 3,
    outputTokensMax: 1_000,
    budget: {
      async reserve(usdMax) {
        booked.reserved.push(usdMax);
        return undefined;
      },
      settle: (usdMax, spent) => void booked.settled.push([usdMax, spent]),
    },
    refused: () => {},
    redact: createRedact([{ name: 'CRM_TOKEN', value: 's3cret-value' }]),
    clock: systemClock,
    log: createLog('test', 'silent'),
    ...more,
  });
  const gateway = await openTurnGateway(options, { socketPath });
  onTestFinished(async () => {
    await gateway.close();
    await upstream.close();
    await rm(folder, { recursive: true });
  });

  const send = (body: unknown, { path = '/v1/messages', method = 'POST', headers = {} } = {}) =>
    new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
      const sent = request({ socketPath, path, method, headers: { 'content-type': 'application/json', ...headers } });
      sent.once('error', reject);
      sent.once('response', async (answer) => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) });
      });
      sent.end(method === 'GET' ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    });
  return { gateway, provider, host: new URL(upstream.url).host, booked, send, socketPath };
}
