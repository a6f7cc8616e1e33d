/** Logging in and out, and the codes with which `jvagent open` does it. */
import type { Hono } from 'hono';
import type { Log } from '../base/log.ts';
import type { Caller, WebEnv } from './caller.ts';
import { limited } from './guard.ts';
import type { LoginCodes } from './login-codes.ts';
import { loginPage } from './login-pages.ts';
import type { Logins } from './logins.ts';
import { say, wantsPage } from './say.ts';
import { ownUrl, textIn } from './sent.ts';
import type { Tokens } from './tokens.ts';

type App = Hono<WebEnv>;

/** A path of ours; anything else would lead a person away. */
function pathOf(next = '/'): string {
  const url = next.startsWith('/') ? ownUrl(next, 'http://here') : undefined;
  return url ? url.pathname + url.search : '/';
}

const used = 'This address was used, or is too old. Run `jvagent open` again.';

export interface LoginParts {
  readonly tokens: Tokens;
  readonly logins: Logins;
  readonly codes: LoginCodes;
  readonly log: Log;
}

/** What needs no login. */
export function addLogin(app: App, { tokens, logins, codes, log }: LoginParts): void {
  function judge(code: string | undefined, token = ''): Omit<Caller, 'login'> | 'limited' | undefined {
    if (code !== undefined) return codes.use(code);
    const access = tokens.judge(token);
    return access === 'wrong' ? undefined : access === 'limited' ? access : { access, person: 'dashboard' };
  }

  app.get('/login', (c) => {
    const { code, next } = c.req.query();
    return loginPage(c, 200, { next: pathOf(next), ...(code ? { code } : {}) });
  });

  app.post('/login', async (c) => {
    const code = textIn(c, 'code');
    const next = pathOf(textIn(c, 'next'));
    const given = judge(code, textIn(c, 'token'));
    if (given && given !== 'limited') {
      await logins.begin(c, given);
      log.info({ access: given.access, person: given.person }, 'somebody logged in to the dashboard');
      return c.redirect(next, 303);
    }
    const why =
      given === 'limited' ? `${limited.why}. ${limited.fix}` : code ? used : 'This is not a token of the platform.';
    return loginPage(c, given === 'limited' ? 429 : 401, { next, why });
  });
}

/** What needs one. */
export function addLogout(app: App, { logins, codes }: Pick<LoginParts, 'logins' | 'codes'>, origin: string): void {
  app.post('/api/login-codes', (c) => {
    const { access = 'operate' } = c.var.fields;
    if (access !== 'operate' && access !== 'view') {
      return say(c, 400, {
        why: 'access is neither operate nor view',
        fix: 'Send one of them, or nothing to operate.',
      });
    }
    const next = textIn(c, 'next');
    const { code, until } = codes.make({ access, person: textIn(c, 'person') || 'dashboard' });
    const path = next === undefined ? '' : `&${new URLSearchParams({ next: pathOf(next) })}`;
    return c.json({ url: `${origin}/login?code=${code}${path}`, until });
  });

  app.post('/logout', (c) => {
    const { login } = c.var.caller;
    if (login) logins.end(c, login);
    return wantsPage(c) ? c.redirect('/login', 303) : c.json({ done: 'Logged out.' });
  });
}
