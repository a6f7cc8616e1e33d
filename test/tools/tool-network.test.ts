/** What a user's tool reaches through the network of its host. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { listenServer } from '../../src/base/http.ts';
import { createLog } from '../../src/base/log.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import { openNetwork } from '../../src/sandbox/network.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { createToolHost } from '../../src/tools/tool-host.ts';
import { toLoopback } from '../outbound/direct.ts';
import { agentId, configOf, devops } from './turn.ts';

const source = `module.exports = { name: 'reader', schema: { type: 'object' }, async execute({ url }) {
  return fetch(url).then((answer) => answer.text(), () => 'closed'); } };`;

async function listenerThatCounts() {
  let connections = 0;
  const server = createServer((_, response) => response.end('open')).on('connection', () => {
    connections += 1;
  });
  const { url, port, close } = await listenServer(server);
  onTestFinished(close);
  return { url, place: `127.0.0.1:${port}`, connections: () => connections };
}

it('reaches the domains of `toolDomains` and nothing else on this machine', async () => {
  const root = mkdtempSync(join(tmpdir(), 'jvagent-tools-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of [agentId, 'tools']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'tools/reader.js'), source, { mode: 0o644 });
  const [listed, other] = [await listenerThatCounts(), await listenerThatCounts()];
  const network = await openNetwork({
    folder: join(root, 'run'),
    domains: [listed.place],
    registries: [],
    ...toLoopback,
    refused: () => {},
    clock: systemClock,
    log: createLog('test', 'silent'),
  });
  onTestFinished(network.close);
  const host = createToolHost({
    root,
    agent: {
      id: agentId,
      folder: join(root, agentId),
      toolFolders: [join(root, 'tools')],
      config: configOf({ devops: devops() }),
    },
    secrets: { own: new Map(), hidden: [] },
    sandbox: createSandbox({ sandboxUid: 20001, processesMax: 64, memoryMb: 1_000 }),
    network,
    log: () => {},
  });
  onTestFinished(() => host.stop());
  const { tools, warnings } = await host.load();
  expect(warnings).toEqual([]);
  const ask = (url: string) =>
    tools[0]?.call({ url }, { sessionId: 'main' as SessionId, publish: async () => expect.unreachable() });
  expect(await ask(listed.url)).toBe('open');
  expect(await ask(other.url)).not.toBe('open');
  expect({ listed: listed.connections(), other: other.connections() }).toEqual({ listed: 1, other: 0 });
});
