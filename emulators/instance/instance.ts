/**
 * A customer's instance: it accepts deployments, reports its version and health, and has a small configuration.
 *
 * bearer token -> known Idempotency-Key? the same answer again -> the deployment starts
 */
import { gunzipSync } from 'node:zlib';
import { type Context, Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { Respond } from '../../src/base/http.ts';
import { createDeployments, type Deployment, type Deployments } from './deployments.ts';
import { instancePage } from './page.ts';
import { createSettings, type Settings } from './settings.ts';

export interface InstanceOptions {
  /** The name of the instance, such as `acme-production`. */
  name: string;
  token: string;
  /** The commit that runs at the beginning. */
  commit: string;
  clock?: Clock;
  /** How long a deployment is queued, and then how long it runs, in milliseconds. */
  stepMs?: number;
  /** The settings at the beginning. */
  config?: Readonly<Record<string, unknown>>;
  /** How many rows `/items` has. */
  itemsCount?: number;
}

export interface Instance {
  fetch: Respond;
  settings: Omit<Settings, 'routes'>;
  /** All deployments and rollbacks, oldest first. */
  history(): Deployment[];
  /** The commit that runs now. */
  version(): string;
  /** Makes the health check fail while this commit runs. */
  breakHealthAt(sha: string): void;
  /** Makes deployments of this commit fail from now on. */
  failAt(sha: string): void;
  /** Sets how long each step of a deployment takes from now on, in milliseconds. */
  setStepMs(ms: number): void;
}

const isSha = (text: unknown): text is string => typeof text === 'string' && /^[0-9a-f]{40}$/.test(text);
const refuse = (c: Context, status: 400 | 404 | 409 | 422, error: string) => c.json({ error }, status);

/** The commit of a `git archive`: it is a comment in the tar's first header. */
function shaOfArchive(bytes: Buffer): string | undefined {
  const tar = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  return /comment=([0-9a-f]{40})\n/.exec(tar.toString('latin1', 0, 2_048))?.[1];
}

async function shaOfBody(c: Context): Promise<string | undefined> {
  const isJson = (c.req.header('content-type') ?? '').includes('json');
  try {
    if (!isJson) return shaOfArchive(Buffer.from(await c.req.arrayBuffer()));
    const { sha } = await c.req.json();
    return isSha(sha) ? sha : undefined;
  } catch {
    return undefined;
  }
}

function deploymentRoutes(app: Hono, deployments: Deployments): void {
  const byKey = new Map<string, Deployment>();

  /** Repeated requests with the same key and content get the same deployment. */
  function answer(c: Context, sha: string, rollbackOf?: string): Response {
    const key = c.req.header('idempotency-key');
    const earlier = key === undefined ? undefined : byKey.get(key);
    if (earlier && (earlier.sha !== sha || earlier.rollbackOf !== rollbackOf)) {
      return refuse(c, 422, 'this Idempotency-Key belongs to another deployment');
    }
    if (earlier) return c.json(deployments.find(earlier.id) ?? earlier, 200);
    const started = deployments.start(sha, rollbackOf);
    if (!started) return refuse(c, 409, 'another deployment is running');
    if (key !== undefined) byKey.set(key, started);
    return c.json(started, 202);
  }

  app.get('/deployments', (c) => c.json({ deployments: deployments.list() }));
  app.post('/deployments', async (c) => {
    const sha = await shaOfBody(c);
    return sha === undefined ? refuse(c, 422, 'sha must be a full commit, or the body a git archive') : answer(c, sha);
  });
  app.get('/deployments/:id', (c) => {
    const found = deployments.find(c.req.param('id'));
    return found ? c.json(found) : refuse(c, 404, 'no such deployment');
  });
  app.post('/deployments/:id/rollback', (c) => {
    const id = c.req.param('id');
    if (!deployments.find(id)) return refuse(c, 404, 'no such deployment');
    const before = deployments.before(id);
    return before === undefined ? refuse(c, 409, 'this deployment changed nothing') : answer(c, before, id);
  });
}

const pageSizeMax = 100;

function itemRoutes(app: Hono, count: number): void {
  app.get('/items', (c) => {
    const number = (name: string, otherwise: number) =>
      Math.max(1, Number(c.req.query(name) ?? otherwise) || otherwise);
    const page = number('page', 1);
    const size = Math.min(pageSizeMax, number('pageSize', 20));
    const first = (page - 1) * size;
    const length = Math.max(0, Math.min(size, count - first));
    const items = Array.from({ length }, (_, n) => ({ id: first + n + 1, name: `item ${first + n + 1}` }));
    const next = first + size < count ? `/items?page=${page + 1}&pageSize=${size}` : null;
    return c.json({ items, page, pageSize: size, total: count, next });
  });
}

/** Creates an instance; each customer has its own. Only `/health` and the page at `/` answer without the token. */
export function createInstance(options: InstanceOptions): Instance {
  const { name, token, commit, clock = systemClock, stepMs = 200, config = {}, itemsCount = 45 } = options;
  const deployments = createDeployments(commit, clock, stepMs);
  const broken = new Set<string>();
  const settings = createSettings(config, clock);

  const isHealthy = () => !broken.has(deployments.version());
  const app = new Hono();
  app.get('/', (c) => {
    const [version, healthy] = [deployments.version(), isHealthy()];
    const facts = { name, version, healthy, deployments: deployments.list() };
    return c.html(instancePage({ ...facts, settings: settings.all(), changes: settings.history() }));
  });
  app.get('/health', (c) => c.json({ status: isHealthy() ? 'ok' : 'failing', name }, isHealthy() ? 200 : 503));
  app.use('*', bearerAuth({ token }));
  app.get('/version', (c) => c.json({ commit: deployments.version(), name }));
  deploymentRoutes(app, deployments);
  for (const path of ['/settings', '/config']) app.route(path, settings.routes);
  itemRoutes(app, itemsCount);
  app.notFound((c) => refuse(c, 404, 'not found'));

  return {
    fetch: (request) => app.fetch(request),
    settings,
    history: () => deployments.list().map((deployment) => ({ ...deployment })),
    version: deployments.version,
    breakHealthAt: (sha) => void broken.add(sha),
    failAt: deployments.failAt,
    setStepMs: deployments.setStepMs,
  };
}
