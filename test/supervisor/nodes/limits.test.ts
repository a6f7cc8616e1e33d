/** A system that asks one node to wait is not asked by another node either. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createHttpClient } from '../../../src/connectors/http/http-client.ts';
import { createPaces } from '../../../src/connectors/http/pace.ts';
import type { Store } from '../../../src/store/database/database.ts';
import { createTurnMethods } from '../../../src/supervisor/turn-methods.ts';
import { orderOf } from '../../../src/supervisor/turn-order.ts';
import { only } from '../../only.ts';
import { twoStoresOfFile } from '../../postgres/two-stores.ts';
import { claimOptions, granted, session } from '../../store/fixture.ts';
import { nodeOver, runningTurn } from '../node.ts';

const openTwoStores = twoStoresOfFile();

/** A system that answers 429 to all, and counts. */
async function busySystem() {
  let asked = 0;
  const server = createServer((_, answer) => {
    asked += 1;
    answer.writeHead(429, { 'retry-after': '600' }).end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await expect.poll(() => server.listening).toBe(true);
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { baseUrl, asked: () => asked };
}

/** What a worker of the agent has, and what its turn is told by its supervisor. */
async function workerAt(store: Store, clock: Parameters<typeof nodeOver>[0]['clock'], baseUrl: string) {
  const { node } = nodeOver({ store, clock });
  const parts = { purse: only<never>('purse'), modelWatch: only<never>('watch'), thread: only<never>('thread') };
  const methods = createTurnMethods(node, { ...parts, agentId: session.agentId, turnOf: () => undefined });
  const told: Promise<unknown>[] = [];
  const paces = createPaces(clock, undefined, (system, ms) => void told.push(methods.paused({ system, ms })));
  const claim = granted(await store.sessions.claim(claimOptions));
  const order = await orderOf(store, runningTurn({ ...claim, ...session }), claim, clock.now());
  paces.hold(order.pauses ?? {});
  const bounds = { requestSecondsMax: 10, retriesMax: 0, retryWaitSecondsMax: 1, answerBytesMax: 1_000 };
  const client = createHttpClient({
    system: 'the board',
    baseUrl,
    headers: () => ({ authorization: 'Basic x' }),
    answers: 'json',
    http: { clock, redact: (text) => text, limits: bounds, paces },
  });
  const ask = () => client.get('/items').catch((error: { facts?: unknown }) => error.facts);
  return { claim, ask, told: () => Promise.all(told) };
}

test('after a 429 on one node, a turn of the agent on another node asks nothing until the time is over', async () => {
  const { one, other, clock } = await openTwoStores();
  const { baseUrl, asked } = await busySystem();
  await one.sessions.ensure(session);
  const here = await workerAt(one, clock, baseUrl);
  expect(await here.ask()).toMatchObject({ kind: 'limited', retryAfterMs: 600_000 });
  await here.told();
  await one.sessions.release({ ...here.claim, end: 'rested' });
  const there = await workerAt(other, clock, baseUrl);
  expect(await there.ask()).toMatchObject({ kind: 'limited', typeKey: 'RATE' });
  expect(asked()).toBe(1);
  clock.time += 600_000;
  await there.ask();
  expect(asked()).toBe(2);
  await there.told();
});
