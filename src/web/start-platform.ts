/** The platform with its dashboard: the port is opened first, so that nothing is half up where it cannot be had. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Respond } from '../base/http.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { stateFolderOf } from '../supervisor/nodes/state.ts';
import { type Supervisor, type SupervisorOptions, startSupervisor } from '../supervisor/supervisor.ts';
import { openPort } from '../triggers/open-port.ts';
import { createLoginCodes } from './login-codes.ts';
import { createWeb } from './server.ts';

/** Where nobody names a port; another platform on the same machine may have it. */
const usualPort = 7460;

export interface Platform extends Supervisor {
  /** The address of the dashboard. */
  readonly url: string;
  /** An address that logs a person in once, to operate, within a day: where nobody can ask for another. */
  loginUrl(person: string): string;
}

const wanted = (port: number | undefined) => ({
  port: port ?? usualPort,
  orAnother: port === undefined,
  name: `port ${port} for the dashboard (JVAGENT_PORT)`,
  fix: 'Set JVAGENT_PORT in .env, or --port, to a free port. Port 0 takes any.',
});

const starting: Respond = () => new Response('jvagent is starting.\n', { status: 503 });

/** A refusal where the supervisor refuses, or where the port that was named cannot be opened. */
export async function startPlatform(options: SupervisorOptions): Promise<Platform | Refusal> {
  const { settings, clock, log } = options;
  const { port, apiToken, viewToken, root } = settings;
  let respond = starting;
  const listener = await openPort((request) => respond(request), wanted(port));
  if (isRefusal(listener)) return listener;
  const node = await startSupervisor({ ...options, dashboard: listener.url }).catch(async (error: unknown) => {
    await listener.close();
    throw error;
  });
  if (isRefusal(node)) {
    await listener.close();
    return node;
  }
  const { url } = listener;
  const self = { pid: process.pid, url };
  const closing = new AbortController();
  const codes = createLoginCodes(clock);
  const tokens = { apiToken, viewToken };
  respond = createWeb({ node, tokens, codes, self, clock, log, closing: closing.signal });
  // Commands find the dashboard by it, while this process has the lock on the state.
  writeFileSync(join(stateFolderOf(root), 'state', 'dashboard.json'), JSON.stringify(self), { mode: 0o600 });
  return {
    ...node,
    url,
    loginUrl(person) {
      const { code } = codes.make({ access: 'operate', person }, limits.demoCodeSeconds);
      return `${url}/login?code=${code}`;
    },
    async stop() {
      closing.abort();
      await listener.close();
      await node.stop();
    },
  };
}
