/** What people and programs do over HTTP: each is a function of `src/operate/`, or a message. */
import { randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { quoted } from '../base/text/characters.ts';
import { limits } from '../limits.ts';
import type { Operator } from '../operate/operator.ts';
import { setPause } from '../operate/pause.ts';
import { release } from '../operate/release.ts';
import { decideItem } from '../operate/work-item.ts';
import { type Code, isRefusal, type Refusal } from '../refusal.ts';
import type { Login, WebEnv } from './caller.ts';
import type { Viewer } from './page.ts';
import { say, wantsPage } from './say.ts';
import { ownUrl, textIn } from './sent.ts';

type Told = NonNullable<Viewer['told']>;

/** What forms did, kept for the page that is shown next. */
export interface ToldOnce {
  /** An address that shows it to this login, on the page at `path`. */
  keep(login: Login, path: string, told: Told): string;
  of(login: Login | undefined, id: string | undefined): Told | undefined;
}

export function createToldOnce(): ToldOnce {
  const all = new Map<string, Told>();
  const keyOf = (login: Login, id: string) => `${login.id} ${id}`;
  return {
    keep(login, path, told) {
      const id = randomBytes(8).toString('base64url');
      const [oldest] = all.keys();
      if (oldest !== undefined && all.size >= limits.toldMax) all.delete(oldest);
      all.set(keyOf(login, id), told);
      return `${path}${path.includes('?') ? '&' : '?'}told=${id}`;
    },
    of: (login, id) => (login && id !== undefined ? all.get(keyOf(login, id)) : undefined),
  };
}

/** The path of a page without what it told. */
export function pathOfPage(url: URL): string {
  const query = new URLSearchParams(url.search);
  query.delete('told');
  return query.size > 0 ? `${url.pathname}?${query}` : url.pathname;
}

/** The page that the form is on: it says so itself, or the browser does. */
function pageOf(c: Context<WebEnv>): string {
  const here = new URL(c.req.url).origin;
  const url = ownUrl(textIn(c, 'back') ?? c.req.header('referer') ?? '/', here);
  return url ? pathOfPage(url) : '/';
}

/** A sentence on what is so now, or why it is not. */
type Done = { readonly done: string } | { readonly cannot: string } | Refusal;

const statusOf: Readonly<Partial<Record<Code, ContentfulStatusCode>>> = {
  AGENT_ID: 404,
  SESSION_ID: 400,
  ADDRESS_DENIED: 400,
  RATE: 429,
};

const wordsOf = (done: Done): Told => {
  if ('done' in done) return { text: done.done, isRefusal: false };
  return { text: 'cannot' in done ? done.cannot : `${done.refused}: ${done.why}. ${done.fix}`, isRefusal: true };
};

function answer(c: Context<WebEnv>, told: ToldOnce, done: Done): Response | Promise<Response> {
  const { login } = c.var.caller;
  if (login && wantsPage(c)) return c.redirect(told.keep(login, pageOf(c), wordsOf(done)), 303);
  if ('done' in done) return c.json(done);
  if ('cannot' in done) return say(c, 409, { why: done.cannot, fix: 'Look at it again: it may have changed.' });
  return say(c, statusOf[done.refused] ?? 409, done);
}

const doneOf = (text: string | Refusal): Done => (isRefusal(text) ? text : { done: text });

const pauseFields = ['agentId', 'back', 'formToken'];

/** What is meant for one agent must not reach all, because its name came in a field that nobody reads. */
function unknownField(fields: WebEnv['Variables']['fields']): string | undefined {
  return Object.keys(fields).find((name) => !pauseFields.includes(name));
}

/** Undefined means the whole platform, so that only what was not sent is undefined. */
function idIn({ agentId }: WebEnv['Variables']['fields']): string | undefined {
  return agentId === undefined || typeof agentId === 'string' ? agentId : JSON.stringify(agentId);
}

export function addActs(app: Hono<WebEnv>, node: Omit<Operator, 'person'>, told: ToldOnce): void {
  const operator = (c: Context<WebEnv>): Operator => ({ ...node, person: c.var.caller.person });

  for (const action of ['pause', 'resume'] as const) {
    app.post(`/api/${action}`, async (c) => {
      const unknown = unknownField(c.var.fields);
      if (unknown !== undefined) {
        const fix = 'Send the agent as agentId, or nothing to mean the whole platform.';
        return say(c, 400, { why: `${action} knows no field ${quoted(unknown)}`, fix });
      }
      return answer(c, told, doneOf(await setPause(operator(c), action, idIn(c.var.fields))));
    });
  }
  app.post('/api/agents/:agent{.+}/release', async (c) =>
    answer(c, told, doneOf(await release(operator(c), c.req.param('agent')))),
  );
  for (const name of ['cancel', 'retry', 'rollback'] as const) {
    app.post(`/api/items/:agent{.+}/:item{[1-9][0-9]*}/${name}`, async (c) => {
      const { agent, item } = c.req.param();
      return answer(c, told, await decideItem(operator(c), name, agent, Number(item)));
    });
  }
  app.post('/api/messages', async (c) => {
    const { to, command, payload, dedupeKey } = c.var.fields;
    const draft = { to, command, payload, dedupeKey } as Parameters<Operator['broker']['publish']>[0];
    const sent = await node.broker.publish(draft, { kind: 'person', name: c.var.caller.person });
    if (isRefusal(sent)) return say(c, statusOf[sent.refused] ?? 409, sent);
    if (sent) return c.json(sent, 201);
    return say(c, 409, {
      why: `the dedupeKey ${dedupeKey} was used before`,
      fix: 'Nothing to do: it was sent already.',
    });
  });
}
