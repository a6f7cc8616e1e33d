/** A dashboard over the state and the agents of a workspace, without a platform behind it. */
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { isRefusal } from '../../src/refusal.ts';
import { readSettings } from '../../src/settings.ts';
import { openStore } from '../../src/store/database/database.ts';
import { agentsOf } from '../../src/supervisor/nodes/state.ts';
import { brokerOver } from '../../src/supervisor/supervisor.ts';
import { createLoginCodes } from '../../src/web/login-codes.ts';
import { createWeb, type WebOptions } from '../../src/web/server.ts';
import { createCliWorkspace } from '../cli/fixture.ts';

export const apiToken = 'the-token-that-operates';
export const viewToken = 'the-token-that-looks';
export const host = '127.0.0.1:7460';
export const origin = `http://${host}`;

export interface Sent {
  readonly method?: string;
  readonly bearer?: string;
  readonly cookie?: string;
  readonly headers?: Record<string, string>;
  /** Sent as a form. */
  readonly form?: Record<string, string>;
  readonly json?: unknown;
}

function bodyOf({ form, json }: Sent): { body?: string; headers: Record<string, string> } {
  if (form) {
    return {
      body: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
  }
  if (json === undefined) return { headers: {} };
  return { body: JSON.stringify(json), headers: { 'content-type': 'application/json' } };
}

export interface DashboardOptions {
  readonly files?: Record<string, unknown>;
  readonly tokens?: WebOptions['tokens'];
  readonly isAlive?: () => boolean;
  /** How much faster than ours its time goes. */
  readonly haste?: number;
}

export async function openDashboard(options: DashboardOptions = {}) {
  const { files = {}, tokens = { apiToken, viewToken }, isAlive = () => true, haste = 1 } = options;
  const workspace = createCliWorkspace(files);
  const settings = readSettings({ env: { HOME: workspace.root }, root: workspace.root });
  if (isRefusal(settings)) throw new Error(settings.why);
  const clock = {
    time: Date.now(),
    now: () => clock.time,
    sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / haste, signal),
  };
  const store = await openStore({ folder: workspace.path('.jvagent/state'), clock: systemClock });
  const agents = agentsOf(settings, systemClock);
  const broker = brokerOver(store, agents, systemClock);
  const closing = new AbortController();
  const logged: string[] = [];
  const codes = createLoginCodes(clock);
  const metrics = createMetrics({ store, agents, clock: systemClock, workers: () => 2 });
  const web = (given: WebOptions['tokens']) =>
    createWeb({
      node: { store, agents, broker, metrics, isAlive, stateFolder: workspace.path('.jvagent') },
      tokens: given,
      codes,
      self: { pid: process.pid, url: origin },
      clock,
      log: createLog('test', 'warn', { write: (line) => void logged.push(line) }),
      closing: closing.signal,
    });
  let respond = web(tokens);
  onTestFinished(async () => {
    closing.abort();
    await store.close();
  });

  async function ask(path: string, sent: Sent = {}): Promise<Response> {
    const { body, headers } = bodyOf(sent);
    const auth = sent.bearer === undefined ? {} : { authorization: `Bearer ${sent.bearer}` };
    const cookie = sent.cookie === undefined ? {} : { cookie: sent.cookie };
    return respond(
      new Request(origin + path, {
        method: sent.method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { host, ...headers, ...auth, ...cookie, ...sent.headers },
        ...(body === undefined ? {} : { body }),
      }),
    );
  }

  /** The cookie of a new login, as a browser sends it. */
  async function login(token = apiToken): Promise<string> {
    const answer = await ask('/login', { form: { token } });
    return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  }

  return {
    ...workspace,
    ...{ store, agents, codes, clock, ask, login, logged },
    serve: (request: Request) => respond(request),
    /** The same state with other tokens. */
    restart: (given: WebOptions['tokens']) => {
      respond = web(given);
    },
  };
}
