/** The dashboard and its API: every view of the platform as a page and as JSON. */
import { Hono } from 'hono';
import type { Clock } from '../base/clock.ts';
import type { Respond } from '../base/http.ts';
import { readPlatform } from '../status/read-facts.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { equalSecrets } from '../triggers/hook-keys.ts';
import type { NodeView, ViewSource } from '../views/source.ts';
import { assetAt } from './assets/assets.ts';
import type { Asked, Viewer } from './page.ts';
import { framed } from './pages/frame.ts';
import { pages } from './pages/pages.ts';

export interface WebOptions {
  readonly node: Pick<Supervisor, 'store' | 'agents' | 'broker'>;
  /** Operates; without one nobody gets in. */
  readonly apiToken: string | undefined;
  /** Reads alone. */
  readonly viewToken: string | undefined;
  /** This node, as every view names it. */
  readonly self: NodeView;
  readonly clock: Clock;
}

/** The views of one request: one moment of the platform. */
async function sourceOf({ node: { store, agents }, self, clock }: WebOptions): Promise<ViewSource> {
  const platform = await readPlatform(store, { isUp: true, now: clock.now() });
  return { store, agents, platform, nodes: [self] };
}

function accessOf({ apiToken, viewToken }: WebOptions, authorization = ''): Viewer['access'] | undefined {
  const given = /^Bearer (.+)$/i.exec(authorization)?.[1] ?? '';
  if (apiToken && equalSecrets(given, apiToken)) return 'operate';
  return viewToken && equalSecrets(given, viewToken) ? 'view' : undefined;
}

export function createWeb(options: WebOptions): Respond {
  const app = new Hono<{ Variables: { access: Viewer['access'] } }>();
  app.use(async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host))
      return c.text('This address is not served here.\n', 421);
    const asset = assetAt(c.req.path);
    // The login page has a style too, and nothing in these files is secret.
    if (asset)
      return c.body(asset.body, 200, { 'content-type': asset.type, 'cache-control': 'max-age=31536000, immutable' });
    const access = accessOf(options, c.req.header('authorization'));
    if (!access)
      return c.text('Send `Authorization: Bearer TOKEN` with JVAGENT_API_TOKEN or JVAGENT_VIEW_TOKEN.\n', 401);
    c.set('access', access);
    return next();
  });
  for (const page of pages) {
    const asked = (c: { req: { param(): Asked['params']; query(): Asked['query'] } }): Asked => ({
      params: c.req.param(),
      query: c.req.query(),
    });
    app.get(page.api, async (c) => {
      const data = await page.read(await sourceOf(options), asked(c));
      return data === undefined ? c.json({ why: 'there is nothing of this name' }, 404) : c.json(data);
    });
    app.get(page.path, async (c) => {
      const data = await page.read(await sourceOf(options), asked(c));
      if (data === undefined) return c.text('There is nothing of this name.\n', 404);
      const { pathname, search } = new URL(c.req.url);
      const viewer: Viewer = { access: c.var.access, path: pathname + search, now: options.clock.now(), formToken: '' };
      return c.html(framed(page.title(data), page.html(data, viewer), viewer));
    });
  }
  return (request) => app.fetch(request);
}
