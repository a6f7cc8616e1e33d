/** What the engine's own commands reach: nothing but the gateway, unless a network is opened for the turn. */
import { createServer } from 'node:http';
import { expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { listenServer } from '../../src/base/http.ts';
import { createLog } from '../../src/base/log.ts';
import { openNetwork } from '../../src/sandbox/network.ts';
import { toLoopback } from '../outbound/direct.ts';
import { endOf, ofKind, openEngine } from './try-turn.ts';

vi.setConfig({ testTimeout: 30_000 });

async function listenerThatCounts() {
  let connections = 0;
  const server = createServer((_, response) => response.end('open')).on('connection', () => {
    connections += 1;
  });
  const { port, close } = await listenServer(server);
  onTestFinished(close);
  return { place: `127.0.0.1:${port}`, connections: () => connections };
}

it.each([false, true])('reaches listed domains only if the turn is let out: %s', async (isOut) => {
  const [listed, other] = [await listenerThatCounts(), await listenerThatCounts()];
  const ask = ({ place }: { place: string }) => `curl -s -m 5 http://${place}/`;
  const command = `${ask(listed)}; ${ask(other)}; curl -s -m 5 --noproxy '*' http://${other.place}/; echo .`;
  const scenes = [{ when: {}, replies: [[{ tool: 'Bash', input: { command } }], [{ text: 'done' }]] }];
  const openOut = async () => {
    const log = createLog('test', 'silent');
    const domains = [listed.place];
    const refused = () => {};
    const places = { folder: engine.root, domains, registries: [], ...toLoopback };
    return openNetwork({ ...places, refused, clock: systemClock, log });
  };
  const engine = await openEngine({ scenes }, {}, isOut ? { openNetwork: openOut } : {});
  const events = await engine.turn({});
  expect(endOf(events)).toMatchObject({ outcome: 'done' });
  expect(ofKind(events, 'tool-result')[0]?.result).toMatch(isOut ? /^open/ : /^\.$/);
  expect({ listed: listed.connections(), other: other.connections() }).toEqual({ listed: isOut ? 1 : 0, other: 0 });
});
