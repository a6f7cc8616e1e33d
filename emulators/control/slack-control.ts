/** What the control API does to Slack: people's words and clicks, what goes wrong with apps' connections, tokens and pace. */
import { Hono } from 'hono';
import { z } from 'zod';
import { createSlackPerson } from '../slack/person.ts';
import type { Slack } from '../slack/slack.ts';

const app = z.string().optional();
const say = z.strictObject({ user: z.string(), channel: z.string(), text: z.string(), thread: z.string().optional() });
const click = z.strictObject({
  user: z.string(),
  ts: z.string(),
  action: z.string(),
  channel: z.string().optional(),
  chosen: z.string().optional(),
});
const submit = z.strictObject({ user: z.string(), view: z.string(), values: z.record(z.string(), z.string()) });
const disconnect = z.strictObject({
  app,
  reason: z.enum(['warning', 'refresh_requested', 'link_disabled', 'too_many_websockets', 'cut']),
});
const tokens = z.strictObject({ app, error: z.string().optional() });
const pace = z.strictObject({ ms: z.int().nonnegative() });
const channel = z.strictObject({
  app,
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,79}$/),
  id: z
    .string()
    .regex(/^C[A-Z0-9]+$/)
    .optional(),
  members: z.array(z.string()).optional(),
});
const event = z.strictObject({ app, event: z.looseObject({ type: z.string() }) });
const sockets = z.strictObject({ withoutHello: z.boolean().optional(), deaf: z.boolean().optional() });
const requestUrl = z.strictObject({ app, url: z.string().optional() });

/** Below `/slack`: `POST /say`, `/click`, `/submit`, `/disconnect`, `/tokens`, `/pace`, `/sockets`,
 * `/request-url`, `/channels`, `/events`; `GET /messages`, `/views`, `/deliveries`. */
export function slackControl(slack: Slack): Hono {
  const routes = new Hono();
  const person = (user: string) => createSlackPerson({ slack }, { user });
  routes.post('/say', async (c) => {
    const { user, channel, text, thread } = say.parse(await c.req.json());
    return c.json({ ts: person(user).say(channel, text, thread === undefined ? {} : { thread }) }, 201);
  });
  routes.post('/click', async (c) => {
    const { user, ts, action, channel, chosen } = click.parse(await c.req.json());
    const options = { ...(channel !== undefined && { channel }), ...(chosen !== undefined && { chosen }) };
    await person(user).click(ts, action, options);
    return c.json({ ok: true }, 201);
  });
  routes.post('/submit', async (c) => {
    const { user, view, values } = submit.parse(await c.req.json());
    await person(user).submit(view, values);
    return c.json({ ok: true }, 201);
  });
  routes.get('/messages', (c) => {
    const { user = '', channel = '', thread } = c.req.query();
    return c.json(person(user).messages(channel, thread === undefined ? {} : { thread }));
  });
  routes.get('/views', (c) => c.json(person(c.req.query('user') ?? '').views()));
  routes.get('/deliveries', (c) => c.json(slack.deliveries()));
  routes.post('/disconnect', async (c) => {
    const { reason, app: name } = disconnect.parse(await c.req.json());
    if (reason === 'cut') slack.cut(name);
    else slack.disconnect(reason, name);
    return c.json({ ok: true }, 201);
  });
  routes.post('/tokens', async (c) => {
    const { error, app: name } = tokens.parse(await c.req.json());
    slack.refuseTokens(error, name);
    return c.json({ ok: true }, 201);
  });
  routes.post('/pace', async (c) => {
    slack.state.paceMs = pace.parse(await c.req.json()).ms;
    return c.json({ ok: true }, 201);
  });
  routes.post('/channels', async (c) => {
    const { id } = slack.addChannel(channel.parse(await c.req.json()));
    return c.json({ id }, 201);
  });
  routes.post('/events', async (c) => {
    const { event: told, app: name } = event.parse(await c.req.json());
    slack.send(told, name);
    return c.json({ ok: true }, 201);
  });
  routes.post('/sockets', async (c) => {
    slack.misbehave({ sockets: sockets.parse(await c.req.json()) });
    return c.json({ ok: true }, 201);
  });
  routes.post('/request-url', async (c) => {
    const { url, app: name } = requestUrl.parse(await c.req.json());
    await slack.setRequestUrl(url, name);
    return c.json({ ok: true }, 201);
  });
  return routes;
}
