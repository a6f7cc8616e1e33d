/**
 * The Web API: `/api/METHOD` with a token, as form or JSON.
 *
 * body -> token -> the app -> scope -> the method's arguments -> its answer, or `ok: false` with Slack's error
 */
import { type Context, Hono } from 'hono';
import type { SocketMode } from '../events/socket.ts';
import type { SlackApp } from '../model.ts';
import { newId, type State } from '../state.ts';
import { appOfToken, bearer } from './access.ts';
import { authMethods } from './auth-methods.ts';
import { chatMethods } from './chat-methods.ts';
import { conversationMethods } from './conversation-methods.ts';
import { fileMethods } from './file-methods.ts';
import { type Method, RateLimited, refuse, SlackError } from './method.ts';
import { reactionMethods } from './reaction-methods.ts';
import { sessionMethods } from './session-methods.ts';
import { streamMethods } from './stream-methods.ts';
import { userMethods } from './user-methods.ts';
import { viewMethods } from './view-methods.ts';

const methods = new Map<string, Method>(
  Object.entries({
    ...authMethods,
    ...chatMethods,
    ...conversationMethods,
    ...fileMethods,
    ...reactionMethods,
    ...sessionMethods,
    ...streamMethods,
    ...userMethods,
    ...viewMethods,
  }),
);

/** The arguments of body and query, and the token that stood there. */
async function argumentsOf(c: Context): Promise<{ given: Record<string, unknown>; warning?: string }> {
  const query = c.req.query();
  if (c.req.method === 'GET') return { given: query };
  const type = c.req.header('content-type') ?? '';
  if (type.includes('application/json')) {
    const body: unknown = await c.req.json().catch(() => refuse('invalid_json'));
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse('json_not_object');
    return { given: { ...query, ...body } };
  }
  if (type.includes('application/x-www-form-urlencoded')) {
    return { given: { ...query, ...Object.fromEntries(new URLSearchParams(await c.req.text())) } };
  }
  if (type.includes('multipart/form-data')) return { given: { ...query, ...(await c.req.parseBody()) } };
  if ((await c.req.text()) === '') return { given: query };
  return type === '' ? { given: query, warning: 'missing_content_type' } : refuse('invalid_post_type');
}

function checkScopes({ scopes }: Method, app: SlackApp): void {
  if (scopes.length === 0 || scopes.some((scope) => app.scopes.includes(scope))) return;
  throw new SlackError('missing_scope', { needed: scopes.join(','), provided: app.scopes.join(',') });
}

function headersOf(app: SlackApp | undefined, method: Method | undefined): Record<string, string> {
  return {
    'x-slack-req-id': newId('').toLowerCase(),
    ...(app && { 'x-oauth-scopes': app.scopes.join(',') }),
    ...(method && method.scopes.length > 0 && { 'x-accepted-oauth-scopes': method.scopes.join(',') }),
  };
}

/** Answers all methods below `/api`. */
export function apiRoutes(state: State, socket: SocketMode): Hono {
  const routes = new Hono();
  routes.all('/:method', async (c) => {
    const name = c.req.param('method');
    const found = methods.get(name);
    let app: SlackApp | undefined;
    try {
      const { given, warning } = await argumentsOf(c);
      const { token, ...rest } = given;
      if (!found) throw new SlackError('unknown_method', { req_method: name });
      const owner = appOfToken(state, bearer(c.req.header('authorization')) ?? (token ? String(token) : undefined));
      app = owner.app;
      // An app token may ask who it is, and nothing else of a bot.
      if (owner.kind !== found.token && name !== 'auth.test') return refuse('not_allowed_token_type');
      checkScopes(found, app);
      const answer = await found.run({ state, socket, app }, rest);
      return c.json({ ok: true, ...answer, ...(warning && { warning }) }, 200, headersOf(app, found));
    } catch (error) {
      if (error instanceof RateLimited) {
        return c.json({ ok: false, error: 'ratelimited' }, 429, { 'retry-after': String(error.seconds) });
      }
      if (!(error instanceof SlackError)) throw error;
      return c.json({ ok: false, error: error.code, ...error.extra }, 200, headersOf(app, found));
    }
  });
  return routes;
}
