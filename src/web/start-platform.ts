/** The platform with its dashboard: the port is opened first, so that nothing is half up where it cannot be had. */
import type { Respond } from '../base/http.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { type Supervisor, type SupervisorOptions, startSupervisor } from '../supervisor/supervisor.ts';
import { openPort } from '../triggers/open-port.ts';
import { createWeb } from './server.ts';

/** Where nobody names a port; another platform on the same machine may have it. */
const usualPort = 7460;

export interface Platform extends Supervisor {
  /** The address of the dashboard. */
  readonly url: string;
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
  const { port, apiToken, viewToken } = options.settings;
  let respond = starting;
  const listener = await openPort((request) => respond(request), wanted(port));
  if (isRefusal(listener)) return listener;
  const supervisor = await startSupervisor(options);
  if (isRefusal(supervisor)) {
    await listener.close();
    return supervisor;
  }
  const self = { pid: process.pid, url: listener.url };
  respond = createWeb({ node: supervisor, apiToken, viewToken, self, clock: options.clock });
  return {
    ...supervisor,
    url: listener.url,
    async stop() {
      await listener.close();
      await supervisor.stop();
    },
  };
}
