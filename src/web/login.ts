/** Logging in and out, and the codes with which `jvagent open` does it. */
import type { Hono } from 'hono';
import type { Log } from '../base/log.ts';
import type { Caller, WebEnv } from './caller.ts';
import { limited } from './guard.ts';
import type { LoginCodes } from './login-codes.ts';
import { loginPage } from './login-pages.ts';
import type { Logins } from './logins.ts';
import { wantsPage } from './say.ts';
import type { Tokens } from './tokens.ts';

type App = Hono<WebEnv>;

/** A path of ours; anything else would lead a person away. */
function pathOf(next: unknown): string {
  const base = 'http://here';
  const text = String(next ?? '/');
  if (!text.startsWith('/') || !URL.canParse(text, base)) return '/';
  const { origin, pathname, search } = new URL(text, base);
  return origin === base ? pathname + search : '/';
}

const used = 'This address was used, or is older than five minutes. Run `jvagent open` again.';

export interface LoginParts {
  readonly tokens: Tokens;
  readonly logins: Logins;
  readonly codes: LoginCodes;
  readonly log: Log;
}

/** What needs no login. */
export function addLogin(app: App, { tokens, logins, codes, log }: LoginParts): void {
  function judge(code: unknown, token: unknown): Omit<Caller, 'login'> | 'limited' | undefined {
    if (typeof code === 'string') return codes.use(code);
    const access = tokens.judge(String(token ?? ''));
    return access === 'wrong' ? undefined : access === 'limited' ? access : { access, person: 'dashboard' };
  }

  app.get('/login', (c) => {
    const { code, next } = c.req.query();
    return loginPage(c, 200, { next: pathOf(next), ...(code ? { code } : {}) });
  });

  app.post('/login', async (c) => {
    const { code, token } = c.var.fields;
    const next = pathOf(c.var.fields.next);
    const given = judge(code, token);
    if (given && given !== 'limited') {
      await logins.begin(c, given);
      log.info({ access: given.access, person: given.person }, 'somebody logged in to the dashboard');
      return c.redirect(next, 303);
    }
    const why =
      given === 'limited' ? `${limited.why}. ${limited.fix}` : code ? used : 'This is no token of the platform.';
    return loginPage(c, given === 'limited' ? 429 : 401, { next, why });
  });
}

/** What needs one. */
export function addLogout(app: App, { logins, codes }: Pick<LoginParts, 'logins' | 'codes'>, origin: string): void {
  app.post('/api/login-codes', (c) => {
    const { access, person, next } = c.var.fields;
    const given = { access: access === 'view' ? access : 'operate', person: String(person ?? 'dashboard') } as const;
    const { code, until } = codes.make(given);
    const path = next === undefined ? '' : `&${new URLSearchParams({ next: pathOf(next) })}`;
    return c.json({ url: `${origin}/login?code=${code}${path}`, until });
  });

  app.post('/logout', (c) => {
    const { login } = c.var.caller;
    if (login) logins.end(c, login);
    return wantsPage(c) ? c.redirect('/login', 303) : c.json({ done: 'Logged out.' });
  });
}
