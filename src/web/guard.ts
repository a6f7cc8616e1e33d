/**
 * What every request to the dashboard passes before anything is read.
 *
 * headers of every answer -> this host -> this site -> token or login -> for what changes: the right to operate, and its form's token
 */
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { equalSecrets } from '../base/digest.ts';
import { limits } from '../limits.ts';
import type { Caller, WebEnv } from './caller.ts';
import { loginPage } from './login-pages.ts';
import type { Logins } from './logins.ts';
import { say, wantsPage } from './say.ts';
import { textIn } from './sent.ts';
import type { Tokens } from './tokens.ts';

type Step = MiddlewareHandler<WebEnv>;

const none = ["'none'"];
const own = ["'self'"];

/** Nothing but our own files runs or is loaded, no page frames ours, and nobody keeps an answer. */
export const headers: readonly Step[] = [
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: none,
      scriptSrc: own,
      styleSrc: own,
      imgSrc: own,
      connectSrc: own,
      formAction: own,
      frameAncestors: none,
      baseUri: none,
    },
    // With `no-referrer` browsers would send forms without saying which site they come from.
    referrerPolicy: 'same-origin',
    xFrameOptions: 'DENY',
    strictTransportSecurity: false,
  }),
  async (c, next) => {
    c.header('cache-control', 'no-store');
    await next();
  },
];

/** A page of somebody else could have a name of its own lead here (DNS rebinding), so that names are told apart by the browser alone. */
export function ofThisHost(port: number): Step {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (hosts.includes(host)) return next();
    const fix = `Use http://127.0.0.1:${port}/. From another machine, reach it by a tunnel to the same port: ssh -L ${port}:127.0.0.1:${port} HOST.`;
    return say(c, 421, { why: 'the dashboard is not served under this name', fix });
  };
}

const changes = (c: Context) => !['GET', 'HEAD'].includes(c.req.method);

/** Whether the browser says that another site asks; links to pages may be anywhere. */
function isForeign(c: Context): boolean {
  const origin = c.req.header('origin');
  if (origin !== undefined && origin !== `http://${c.req.header('host')}`) return true;
  const site = c.req.header('sec-fetch-site') ?? 'none';
  const isLink = c.req.header('sec-fetch-mode') === 'navigate' && c.req.header('sec-fetch-dest') === 'document';
  return site !== 'none' && site !== 'same-origin' && (changes(c) || !isLink || c.req.path.startsWith('/api/'));
}

export const ofThisSite: Step = async (c, next) =>
  isForeign(c)
    ? say(c, 403, { why: 'another site asked for this', fix: 'Open the dashboard itself, and do it there.' })
    : next();

const whole = bodyLimit({
  maxSize: limits.webBodyBytesMax,
  onError: (c) =>
    say(c, 413, { why: `more than ${limits.webBodyBytesMax} bytes were sent`, fix: 'Send less at once.' }),
});

/** Undefined for anything but a JSON object or a form: what is not understood must not pass for nothing. */
async function read(c: Context): Promise<Record<string, unknown> | undefined> {
  const type = c.req.header('content-type') ?? '';
  try {
    if (/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/.test(type)) return await c.req.parseBody();
    const text = await c.req.text();
    if (text === '') return {};
    if (!/^application\/json\b/i.test(type)) return undefined;
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const fields: Step = async (c, next) => {
  const sent = await read(c);
  if (!sent) return say(c, 400, { why: 'what was sent is not a JSON object', fix: 'Send one JSON object, or a form.' });
  c.set('fields', sent);
  return next();
};

/** What was sent, of a bounded size. */
export const body: readonly Step[] = [whole, async (c, next) => (changes(c) ? fields(c, next) : next())];

const noTokens = {
  why: 'nobody can log in, because neither JVAGENT_API_TOKEN nor JVAGENT_VIEW_TOKEN is set',
  fix: 'Run `jvagent doctor` to see how to add them to the .env of the workspace, and start the platform again.',
};

export function withTokens({ isAny }: Pick<Tokens, 'isAny'>): Step {
  return async (c, next) => (isAny ? next() : say(c, 401, noTokens));
}

export const limited = {
  why: 'too many wrong tokens came within this minute',
  fix: 'Wait a minute. Whoever is logged in goes on.',
};

async function callerOf(c: Context, tokens: Tokens, logins: Logins): Promise<Caller | 'wrong' | 'limited' | undefined> {
  const given = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (given !== undefined) {
    const access = tokens.judge(given);
    return access === 'wrong' || access === 'limited' ? access : { access, person: 'api' };
  }
  const login = await logins.of(c);
  return login && { access: login.access, person: login.person, login };
}

function notIn(c: Context, isWrong: boolean): Response | Promise<Response> {
  c.header('www-authenticate', 'Bearer');
  if (wantsPage(c) && !changes(c)) {
    // The browser keeps its login from links on other sites, and sends it when our own page asks again.
    if (c.req.header('sec-fetch-site') === 'cross-site') c.header('refresh', '0');
    return loginPage(c, 401, { next: c.req.path });
  }
  const why = isWrong ? 'this token is not one of the platform' : 'there is no token and no login';
  const fix = 'Send `Authorization: Bearer TOKEN` with JVAGENT_API_TOKEN or JVAGENT_VIEW_TOKEN, or run `jvagent open`.';
  return say(c, 401, { why, fix });
}

/** Lets in whoever has a token or a login; what changes needs the right to operate, and a form the token of its page. */
export function withAccess(tokens: Tokens, logins: Logins): Step {
  return async (c, next) => {
    const caller = await callerOf(c, tokens, logins);
    if (caller === 'limited') return say(c, 429, limited);
    if (caller === 'wrong' || caller === undefined) return notIn(c, caller === 'wrong');
    c.set('caller', caller);
    if (!changes(c)) return next();
    if (caller.access !== 'operate' && c.req.path !== '/logout') {
      const fix = 'Log in with JVAGENT_API_TOKEN, or run `jvagent open` without `--view`.';
      return say(c, 403, { why: 'this login may only look', fix });
    }
    const formToken = textIn(c, 'formToken') ?? c.req.header('x-form-token') ?? '';
    if (caller.login && !equalSecrets(formToken, logins.formToken(caller.login))) {
      return say(c, 403, { why: 'the form is not of this login', fix: 'Load the page again, and do it there.' });
    }
    return next();
  };
}
