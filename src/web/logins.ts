/**
 * Logins of people: a signed cookie, and the token that goes with their forms.
 *
 * Both are made with a key of the token that gave the access, so that a new token ends all logins of the old one.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import type { Clock } from '../base/clock.ts';
import { limits } from '../limits.ts';
import type { Access, Login } from './caller.ts';
import type { Tokens } from './tokens.ts';

export interface Logins {
  begin(c: Context, given: Pick<Login, 'access' | 'person'>): Promise<void>;
  /** Undefined where the cookie is missing, forged, too old, of an earlier token, or of a login that was ended. */
  of(c: Context): Promise<Login | undefined>;
  end(c: Context, login: Login): void;
  /** False once it is too old or was ended. */
  holds(login: Login): boolean;
  /** Another site does not know it. */
  formToken(login: Login): string;
}

/** The name of a person in a cookie, and then in the audit log. */
const safe = (person: string) => person.replace(/[^\w.@-]/g, '_').slice(0, 64);

const accesses: readonly Access[] = ['operate', 'view'];

/** `port` keeps platforms on one machine apart: browsers send a cookie to all ports of a host. */
export function createLogins(tokens: Pick<Tokens, 'of'>, clock: Pick<Clock, 'now'>, port: number): Logins {
  const cookie = `jvagent-${port}`;
  const ended = new Set<string>();
  const options = { httpOnly: true, sameSite: 'Strict', path: '/' } as const;

  function keyOf(access: Access): string | undefined {
    const token = tokens.of(access);
    return token && createHmac('sha256', token).update('jvagent login').digest('hex');
  }

  const holds = ({ id, until }: Login) => until > clock.now() && !ended.has(id);

  async function read(c: Context, access: Access): Promise<Login | undefined> {
    const key = keyOf(access);
    const value = key && (await getSignedCookie(c, key, cookie));
    if (!value) return undefined;
    const [given, until = '', id = '', ...name] = value.split('.');
    const login = { id, access, person: name.join('.'), until: Number(until) };
    return given === access && holds(login) ? login : undefined;
  }

  return {
    holds,
    async begin(c, { access, person }) {
      const key = keyOf(access);
      if (key === undefined) return;
      const maxAge = limits.loginHours * 3_600;
      const id = randomBytes(16).toString('base64url');
      const value = [access, clock.now() + maxAge * 1_000, id, safe(person)].join('.');
      await setSignedCookie(c, cookie, value, key, { ...options, maxAge });
    },
    async of(c) {
      for (const access of accesses) {
        const login = await read(c, access);
        if (login) return login;
      }
      return undefined;
    },
    end(c, { id }) {
      const [oldest] = ended;
      if (oldest !== undefined && ended.size >= limits.endedLoginsMax) ended.delete(oldest);
      ended.add(id);
      deleteCookie(c, cookie, options);
    },
    formToken: ({ access, id }) =>
      createHmac('sha256', keyOf(access) ?? '')
        .update(`form ${id}`)
        .digest('base64url'),
  };
}
