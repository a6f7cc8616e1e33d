/** The endpoints of a repository's webhooks: create, list, read, delete. Only loopback urls are accepted. */
import { Hono } from 'hono';
import { z } from 'zod';
import { type HookSender, isLoopback } from '../control/deliver.ts';
import { isoTime } from './answers.ts';
import { tellHook } from './hooks.ts';
import type { RepositoryHook } from './hosted.ts';
import { readBody } from './read-body.ts';
import { refuse, refuseCustom } from './refuse.ts';
import { type Api, type ApiContext, need, paged } from './transport.ts';

const newHook = z.object({
  name: z.literal('web').default('web'),
  active: z.boolean().default(true),
  events: z.array(z.string()).min(1).default(['push']),
  config: z.object({
    url: z.string(),
    content_type: z.enum(['json', 'form']).default('form'),
    secret: z.string().default(''),
  }),
});

/** A secret is never shown again. */
function toHook({ id, view, active, events, url, secret, form, createdAt }: RepositoryHook) {
  const own = `${view.origin}/repos/${view.hosted.fullName}/hooks/${id}`;
  const config = { content_type: form ? 'form' : 'json', insecure_ssl: '0', url };
  return {
    type: 'Repository',
    id,
    name: 'web',
    active,
    events,
    config: { ...config, ...(secret === '' ? {} : { secret: '********' }) },
    updated_at: isoTime(createdAt),
    created_at: isoTime(createdAt),
    url: own,
    test_url: `${own}/test`,
    ping_url: `${own}/pings`,
    deliveries_url: `${own}/deliveries`,
    last_response: { code: null, status: 'unused', message: null },
  };
}

function hookOf(c: ApiContext): RepositoryHook {
  const id = Number(c.req.param('id'));
  return c.get('view').hosted.hooks.find((hook) => hook.id === id) ?? refuse(404, 'Not Found');
}

/** A new hook gets a `ping` immediately. */
async function create(c: ApiContext, sender: HookSender) {
  const view = c.get('view');
  const { hosted } = view;
  const { active, events, config } = await readBody(c, newHook, 'Hook');
  const { url, secret } = config;
  if (!isLoopback(url)) refuseCustom('Hook', `url is not supported because it is not on loopback (${url})`);
  if (hosted.hooks.some((hook) => hook.url === url)) refuseCustom('Hook', 'Hook already exists on this repository');
  const form = config.content_type === 'form';
  const made = { id: hosted.nextId(), createdAt: hosted.clock.now() };
  const hook: RepositoryHook = { ...made, view, active, events, url, secret, form };
  hosted.hooks.push(hook);
  tellHook(hook, { event: 'ping', by: c.get('person').login, hookId: hook.id }, sender);
  return c.json(toHook(hook), 201);
}

/** Mounted under `/repos/:owner/:repo`. */
export function hookRoutes(sender: HookSender): Hono<Api> {
  const app = new Hono<Api>();
  app.use('/hooks/*', async (c, next) => {
    need(c, 'webhooks', c.req.method === 'GET' ? 'read' : 'write');
    await next();
  });
  app.get('/hooks', async (c) => paged(c, c.get('view').hosted.hooks.map(toHook)));
  app.post('/hooks', (c) => create(c, sender));
  app.get('/hooks/:id', (c) => c.json(toHook(hookOf(c))));
  app.delete('/hooks/:id', (c) => {
    const { hooks } = c.get('view').hosted;
    hooks.splice(hooks.indexOf(hookOf(c)), 1);
    return c.body(null, 204);
  });
  return app;
}
