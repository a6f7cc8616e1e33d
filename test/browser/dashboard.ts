/** The dashboard of a test's platform, for a browser. */
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { listen, type Respond } from '../../src/base/http.ts';
import { createLog } from '../../src/base/log.ts';
import { createLoginCodes } from '../../src/web/login-codes.ts';
import { createWeb, type WebOptions } from '../../src/web/server.ts';

export const apiToken = 'the-token-that-operates-in-a-story';

export interface Dashboard {
  url: string;
  close(): Promise<void>;
}

export async function serveDashboard(node: WebOptions['node'], clock: Clock = systemClock): Promise<Dashboard> {
  let respond: Respond = () => new Response(null, { status: 503 });
  const listener = await listen((request) => respond(request));
  const closing = new AbortController();
  respond = createWeb({
    node,
    tokens: { apiToken, viewToken: undefined },
    codes: createLoginCodes(clock),
    self: { pid: process.pid, url: listener.url },
    clock,
    log: createLog('story', 'fatal'),
    closing: closing.signal,
  });
  return {
    url: listener.url,
    async close() {
      closing.abort();
      await listener.close();
    },
  };
}
