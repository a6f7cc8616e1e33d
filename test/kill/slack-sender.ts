/** A process that sends an outbox to Slack until everything is over, and dies at the crash point that it is given. */
import type { AgentStore } from '../../src/agents/agent-store.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createCrashPoints } from '../../src/base/crash-points.ts';
import { createLog } from '../../src/base/log.ts';
import { createReads } from '../../src/connectors/slack/reads.ts';
import { createWebClients } from '../../src/connectors/slack/web-clients.ts';
import { openStore } from '../../src/store/database/database.ts';
import { createLookups } from '../../src/supervisor/slack/lookups.ts';
import { startSlackOut } from '../../src/supervisor/slack/slack-out.ts';
import { only } from '../only.ts';

const [folder = '', apiUrl = '', botToken = '', crashAt = ''] = process.argv.slice(2);
const store = await openStore({ folder, clock: systemClock });
const clients = await createWebClients({ token: botToken, apiUrl, fetch: globalThis.fetch });
const connected = {
  app: { name: 'default', botToken, apiUrl },
  ...{ clients, reads: createReads(clients.read, 'default'), self: () => undefined },
};
const node = {
  ...{ store, agents: only<AgentStore>('agents', { get: () => undefined }), clock: systemClock, onEntries: () => {} },
  ...{ crashPoints: createCrashPoints(crashAt), log: createLog('sender', 'silent'), onFault: () => {} },
};
const out = await startSlackOut(node, { of: () => connected, lookups: createLookups(Date.now) });
while ((await store.outbox.waiting()).length > 0) await systemClock.sleep(50);
await out.stop();
await store.close();
