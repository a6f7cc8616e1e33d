/** The settings of one instance: read and changed under `/settings` and `/config`, with a history that people can look at. */
import { type Context, Hono } from 'hono';
import type { Clock } from '../../src/base/clock.ts';

export interface SettingChange {
  at: string;
  method: 'POST' | 'PUT' | 'DELETE';
  key: string;
  /** Undefined once it is removed. */
  value?: unknown;
  /** The Idempotency-Key of the request that changed it. */
  requestKey?: string;
}

export interface Settings {
  routes: Hono;
  /** All settings by key. */
  all(): Record<string, unknown>;
  /** Oldest first. */
  history(): SettingChange[];
  /** Changes one as somebody else does, outside the API. */
  set(key: string, value: unknown): void;
}

const missing = (c: Context) => c.json({ error: 'no such setting' }, 404);

async function bodyOf(c: Context): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => undefined);
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

export function createSettings(initial: Readonly<Record<string, unknown>>, clock: Clock): Settings {
  const values = new Map(Object.entries(initial));
  const history: SettingChange[] = [];
  const routes = new Hono();

  /** A request that comes again with its key changes nothing more. */
  function change(c: Context, what: Pick<SettingChange, 'method' | 'key' | 'value'>): void {
    const requestKey = c.req.header('idempotency-key');
    if (requestKey !== undefined && history.some((past) => past.requestKey === requestKey)) return;
    if (what.method === 'DELETE') values.delete(what.key);
    else values.set(what.key, what.value);
    const at = new Date(clock.now()).toISOString();
    history.push({ at, ...what, ...(requestKey === undefined ? {} : { requestKey }) });
  }

  routes.get('/', (c) => c.json(Object.fromEntries(values)));
  routes.post('/', async (c) => {
    const { key, value } = await bodyOf(c);
    if (typeof key !== 'string' || value === undefined) return c.json({ error: 'key or value is missing' }, 422);
    if (values.has(key)) return c.json({ error: 'this setting is there already' }, 409);
    change(c, { method: 'POST', key, value });
    return c.json({ key, value }, 201);
  });
  routes.get('/:key{.+}', (c) => {
    const key = c.req.param('key');
    return values.has(key) ? c.json({ key, value: values.get(key) }) : missing(c);
  });
  routes.put('/:key{.+}', async (c) => {
    const key = c.req.param('key');
    const { value } = await bodyOf(c);
    if (value === undefined) return c.json({ error: 'value is missing' }, 422);
    change(c, { method: 'PUT', key, value });
    return c.json({ key, value });
  });
  routes.delete('/:key{.+}', (c) => {
    const key = c.req.param('key');
    if (!values.has(key)) return missing(c);
    change(c, { method: 'DELETE', key });
    return c.body(null, 204);
  });
  return {
    routes,
    all: () => Object.fromEntries(values),
    history: () => structuredClone(history),
    set: (key, value) => void values.set(key, value),
  };
}
