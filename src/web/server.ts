/**
 * The dashboard and its API: every view of the platform as a page and as JSON.
 *
 * request -> guard -> page or twin: one read of the view; or an act; or the stream of events
 */
import { type Context, Hono } from 'hono';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Respond } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import { readPlatform } from '../status/read-facts.ts';
import { takesNoWrites } from '../store/database/at-once/no-writes.ts';
import { isAway } from '../store/database/postgres.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { type NodeView, readNodes } from '../views/nodes-view.ts';
import { platformView } from '../views/platform-view.ts';
import type { ViewSource } from '../views/source.ts';
import { addActs, createToldOnce, pathOfPage, type ToldOnce } from './acts.ts';
import { assetAt } from './assets/assets.ts';
import type { WebEnv } from './caller.ts';
import { createEvents } from './events.ts';
import { body, headers, ofThisHost, ofThisSite, withAccess, withTokens } from './guard.ts';
import { addLogin, addLogout } from './login.ts';
import type { LoginCodes } from './login-codes.ts';
import { createLogins, type Logins } from './logins.ts';
import type { Page, Viewer } from './page.ts';
import { framed } from './pages/frame.ts';
import { pages } from './pages/pages.ts';
import { say } from './say.ts';
import { createTokens, type TokensOptions } from './tokens.ts';

export interface WebOptions {
  readonly node: Pick<Supervisor, 'store' | 'agents' | 'broker' | 'metrics' | 'isAlive' | 'stateFolder'>;
  readonly tokens: Pick<TokensOptions, 'apiToken' | 'viewToken'>;
  readonly codes: LoginCodes;
  /** This node, as every view names it; its address is where it is served. */
  readonly self: NodeView & { readonly url: string };
  readonly clock: Clock;
  readonly log: Log;
  /** Ends all streams. */
  readonly closing: AbortSignal;
}

type App = Hono<WebEnv>;

/** The node's log has the database's name. */
const awaySaid = (error: unknown) => ({
  why: `the database ${takesNoWrites(error) ? 'takes no writes' : 'cannot be reached'}: ${messageOf(error)}`,
  fix: 'Try again. Work goes on by itself when it is back.',
});

const absent = { why: 'there is nothing of this name', fix: 'Look for it on the first page, or in `jvagent status`.' };

/** The views of one request: one moment of the platform. */
async function sourceOf({ node: { store, agents, stateFolder }, self, clock }: WebOptions): Promise<ViewSource> {
  const platform = await readPlatform(store, { isUp: true, now: clock.now() });
  const nodes = await readNodes(store);
  return { store, agents, platform, nodes: nodes.length === 0 ? [self] : nodes, stateFolder };
}

const forOperators = {
  why: "this login may only look, and the page shows a customer's code",
  fix: 'Read the pull request, log in with JVAGENT_API_TOKEN, or run `jvagent open` without `--view`.',
};

function addPage(app: App, options: WebOptions, page: Page, viewerOf: (c: Context<WebEnv>) => Viewer): void {
  for (const path of page.isForOperators ? [page.api, page.path] : []) {
    app.get(path, (c, next) => (c.var.caller.access === 'operate' ? next() : say(c, 403, forOperators)));
  }
  const read = async (c: Context<WebEnv>, isTwin: boolean) =>
    page.read(await sourceOf(options), { params: c.req.param(), query: c.req.query(), isTwin });
  app.get(page.api, async (c) => {
    const data = await read(c, true);
    return data === undefined ? say(c, 404, absent) : c.json(data);
  });
  app.get(page.path, async (c) => {
    const data = await read(c, false);
    if (data === undefined) return say(c, 404, absent);
    const viewer = viewerOf(c);
    return c.html(framed(page.title(data), page.html(data, viewer), viewer));
  });
}

const viewerFor =
  (logins: Logins, told: ToldOnce, clock: Pick<Clock, 'now'>) =>
  (c: Context<WebEnv>): Viewer => {
    const { access, login } = c.var.caller;
    return {
      access,
      path: pathOfPage(new URL(c.req.url)),
      now: clock.now(),
      formToken: login ? logins.formToken(login) : '',
      told: told.of(login, c.req.query('told')),
    };
  };

export function createWeb(options: WebOptions): Respond {
  const { node, codes, self, clock, log, closing } = options;
  const port = Number(new URL(self.url).port);
  const tokens = createTokens({ ...options.tokens, clock, log });
  const logins = createLogins(tokens, clock, port);
  const told = createToldOnce();
  const app: App = new Hono();
  app.onError((error, c) => {
    if (isAway(error)) return say(c, 503, awaySaid(error));
    log.error(`could not answer ${c.req.method} ${c.req.path}: ${messageOf(error)}`);
    const fix = 'Try again. If it stays, the reason is in the log of `jvagent start`.';
    return say(c, 500, { why: 'something went wrong in the platform', fix });
  });
  app.notFound((c) => say(c, 404, absent));

  app.use(...headers, ofThisHost(port), ofThisSite);
  app.use('/assets/*', async (c, next) => {
    const asset = assetAt(c.req.path);
    if (!asset) return next();
    // The login page has a style too, and nothing in these files is secret.
    const kept = 'max-age=31536000, immutable';
    return c.body(asset.body, 200, { 'content-type': asset.type, 'cache-control': kept });
  });
  app.get('/healthz', (c) => (node.isAlive() ? c.text('ok\n') : c.text('no work is being taken\n', 503)));
  app.use(withTokens(tokens), ...body);
  addLogin(app, { tokens, logins, codes, log });
  app.use(withAccess(tokens, logins));
  addLogout(app, { logins, codes }, self.url);
  app.get('/metrics', async (c) =>
    c.body(await node.metrics.text(), 200, { 'content-type': node.metrics.contentType }),
  );
  const overview = async () => platformView(await sourceOf(options));
  app.get('/api/events', createEvents({ store: node.store, overview, clock, closing, logins, log }));
  addActs(app, node, told);
  for (const page of pages) addPage(app, options, page, viewerFor(logins, told, clock));
  return (request) => app.fetch(request);
}
